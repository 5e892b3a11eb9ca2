"""The legal clock as rule sets date it: those of the product, and those published since."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.episodes.alertes import Delai
from services.orientation.load import read_jeux
from services.orientation.queries import regles as queries
from services.orientation.rule_files import JeuFile, ParametreFile
from services.orientation.rules.jeu import DAYS, MONTHS
from services.orientation.rules.situation import legal_deadline

Delay = tuple[int, int] | None
"""Months and days, ``None`` when no delay is known."""


async def read_deadlines(session: AsyncSession) -> Delai:
    """Return what gives the last day to orient who was notified on a day, by the rule set that holds on that day."""
    return deadlines_of(tuple(row["contenu"] for row in await queries.list_published(session)))


@lru_cache(maxsize=2)
def deadlines_of(publies: tuple[str, ...]) -> Delai:
    """Return the same, beside the product's own rule sets those whose contents are given."""
    every = [*(JeuFile.model_validate_json(each) for each in publies), *read_jeux()]
    jeux = sorted({(jeu.code, jeu.version): jeu for jeu in every}.values(), key=_start_of)
    starts = [_start_of(jeu) for jeu in jeux]

    @lru_cache(maxsize=1 << 12)
    def find_deadline(notification: date) -> date | None:
        jeu = jeux[bisect_right(starts, notification) - 1]
        return legal_deadline(notification, lambda day: delay_of(jeu, day))

    return find_deadline


def delay_of(jeu: JeuFile, notification: date) -> Delay:
    """Return the delay that a rule set gives to who is notified on a day."""
    values = {each.code: each.at(notification) for each in jeu.parametres if each.code in (MONTHS, DAYS)}
    found = {code: int(value.valeur) for code, value in values.items() if value is not None}
    return (found.get(MONTHS, 0), found.get(DAYS, 0)) if found else None


def changes_delays(jeu: JeuFile, before: JeuFile) -> bool:
    """Tell whether a rule set gives, on some day since it begins, another delay than the one that it ends."""
    start = _start_of(jeu)
    days = {start, *(day for each in (jeu, before) for day in _changes_of(each.parametres) if day >= start)}
    return any(delay_of(jeu, day) != delay_of(before, day) for day in days)


def _changes_of(parametres: Sequence[ParametreFile]) -> set[date]:
    return {value.valide_du for each in parametres for value in each.valeurs if value.valide_du is not None}


def _start_of(jeu: JeuFile) -> date:
    return jeu.valide_du or date.min
