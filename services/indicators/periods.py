"""Periods: days, ISO weeks, months, quarters, semesters, years, counted in Europe/Paris days. Pure functions."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from services.indicators.vocabulary import Periodicite

FORMS = {
    Periodicite.ANNEE: re.compile(r"(?P<annee>\d{4})"),
    Periodicite.SEMESTRE: re.compile(r"(?P<annee>\d{4})-S(?P<rang>[12])"),
    Periodicite.TRIMESTRE: re.compile(r"(?P<annee>\d{4})-Q(?P<rang>[1-4])"),
    Periodicite.MOIS: re.compile(r"(?P<annee>\d{4})-(?P<rang>\d{2})"),
    Periodicite.SEMAINE: re.compile(r"(?P<annee>\d{4})-W(?P<rang>\d{2})"),
    Periodicite.JOUR: re.compile(r"(?P<annee>\d{4})-(?P<rang>\d{2})-(?P<jour>\d{2})"),
}
MONTHS = {Periodicite.ANNEE: 12, Periodicite.SEMESTRE: 6, Periodicite.TRIMESTRE: 3, Periodicite.MOIS: 1}
EXEMPLES = "2025, 2025-S1, 2025-Q2, 2025-06, 2025-W26 ou 2025-06-30"
FIRST_YEAR, LAST_YEAR = 1990, 2100
ONE_DAY, ONE_WEEK = timedelta(days=1), timedelta(days=7)


class PeriodeInvalideError(ValueError):
    """Not the code of a period that exists."""


@dataclass(frozen=True, slots=True)
class Periode:
    """One period: its code, its type, its first day and the day after its last."""

    code: str
    genre: Periodicite
    debut: date
    fin: date

    @property
    def dernier_jour(self) -> date:
        """The last day of the period."""
        return self.fin - ONE_DAY


@lru_cache(maxsize=8192)
def parse_periode(code: str) -> Periode:
    """Return the period that ``code`` names. Raises :class:`PeriodeInvalideError`."""
    for genre, form in FORMS.items():
        if found := form.fullmatch(code):
            if not code.isascii() or not FIRST_YEAR <= int(found["annee"]) <= LAST_YEAR:
                break
            try:
                return _build(genre, {name: int(text) for name, text in found.groupdict().items()})
            except ValueError as error:
                raise PeriodeInvalideError(code) from error
    raise PeriodeInvalideError(code)


def _build(genre: Periodicite, parts: dict[str, int]) -> Periode:
    if genre is Periodicite.JOUR:
        return periode_of(date(parts["annee"], parts["rang"], parts["jour"]), genre)
    if genre is Periodicite.SEMAINE:
        return periode_of(date.fromisocalendar(parts["annee"], parts["rang"], 1), genre)
    month = (parts.get("rang", 1) - 1) * MONTHS[genre] + 1
    return periode_of(date(parts["annee"], month, 1), genre)


@lru_cache(maxsize=8192)
def periode_of(jour: date, genre: Periodicite) -> Periode:
    """Return the period of type ``genre`` that holds ``jour``."""
    if genre is Periodicite.JOUR:
        return Periode(jour.isoformat(), genre, jour, jour + ONE_DAY)
    if genre is Periodicite.SEMAINE:
        annee, semaine, rang = jour.isocalendar()
        debut = jour - timedelta(days=rang - 1)
        return Periode(f"{annee}-W{semaine:02d}", genre, debut, debut + ONE_WEEK)
    length = MONTHS[genre]
    rang = (jour.month - 1) // length
    debut = date(jour.year, rang * length + 1, 1)
    suivant = rang * length + length
    fin = date(jour.year + suivant // 12, suivant % 12 + 1, 1)
    marks = {12: "", 6: f"-S{rang + 1}", 3: f"-Q{rang + 1}", 1: f"-{rang + 1:02d}"}
    return Periode(f"{jour.year}{marks[length]}", genre, debut, fin)


def next_periode(periode: Periode) -> Periode:
    """Return the period of the same type that follows."""
    return periode_of(periode.fin, periode.genre)


def previous_periode(periode: Periode) -> Periode:
    """Return the period of the same type that precedes."""
    return periode_of(periode.debut - ONE_DAY, periode.genre)


@lru_cache(maxsize=8192)
def split(periode: Periode, genre: Periodicite) -> tuple[Periode, ...]:
    """Return the periods of the finer type ``genre`` that make up ``periode`` exactly, none when they do not."""
    parts = tuple(iter_between(periode_of(periode.debut, genre), periode.dernier_jour))
    exact = parts[0].debut == periode.debut and parts[-1].fin == periode.fin
    return parts if exact and len(parts) > 1 else ()


def iter_between(first: Periode, last_day: date) -> Iterator[Periode]:
    """Yield ``first`` and those of its type that follow, as long as they begin on or before ``last_day``."""
    here = first
    while here.debut <= last_day:
        yield here
        here = next_periode(here)


def iter_inside(debut: date, fin: date, genre: Periodicite) -> Iterator[Periode]:
    """Yield the periods of type ``genre`` that lie whole between two days, both included."""
    for periode in iter_between(periode_of(debut, genre), fin):
        if periode.debut >= debut and periode.dernier_jour <= fin:
            yield periode
