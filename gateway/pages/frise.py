"""The timeline of a fiche: the lines of its schedule and its actions, as bars over their years and the present one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

WIDTH = 1000
"""The width of the drawing, in its own units: the page stretches it."""
Bounds = tuple[date | None, date | None]


@dataclass(frozen=True)
class Ligne:
    """A line: one of the plan's schedule, or an action (``code``); ``x`` and ``largeur`` say where its bar is."""

    texte: str
    code: str | None
    debut: str | None
    fin: str | None
    en_retard: bool
    x: float
    largeur: float


@dataclass(frozen=True)
class Frise:
    """Years side by side, each as wide as its days; ``reperes`` are their first days, ``aujourd_hui`` the present."""

    annees: tuple[int, ...]
    reperes: tuple[float, ...]
    aujourd_hui: float
    lignes: tuple[Ligne, ...]


def draw_frise(fiche: Mapping[str, Any], today: date) -> Frise | None:
    """Return the timeline of a fiche, ``None`` when nothing of it is dated.

    A line without a first day begins with the years shown, one without a last day ends with them.
    """
    told = [(each, _bounds(each)) for each in (*fiche["echeances"], *fiche["actions"])]
    years = {day.year for _, bounds in told for day in bounds if day is not None}
    if not years:
        return None
    scale = _Scale(min(*years, today.year), max(*years, today.year))
    return Frise(
        annees=tuple(range(scale.first, scale.last + 1)),
        reperes=tuple(scale.at(date(year, 1, 1)) for year in range(scale.first, scale.last + 1)),
        aujourd_hui=scale.at(today),
        lignes=tuple(_iter_lines(told, scale)),
    )


class _Scale:
    """Days to places, from the first day of the first year to the last of the last."""

    def __init__(self, first: int, last: int) -> None:
        self.first, self.last = first, last
        self.begin, self.end = date(first, 1, 1), date(last, 12, 31)
        self._days = (self.end - self.begin).days + 1

    def at(self, day: date) -> float:
        """Return where a day begins."""
        return round((day - self.begin).days / self._days * WIDTH, 1)


def _bounds(told: Mapping[str, Any]) -> Bounds:
    debut, fin = (date.fromisoformat(told[name]) if told[name] else None for name in ("debut", "fin"))
    return debut, fin


def _iter_lines(told: list[tuple[Mapping[str, Any], Bounds]], scale: _Scale) -> Iterator[Ligne]:
    for each, (debut, fin) in told:
        x = scale.at(debut or scale.begin)
        until = scale.at((fin or scale.end) + timedelta(days=1))
        yield Ligne(
            texte=each.get("titre") or each["texte"],
            code=each.get("code"),
            debut=each["debut"],
            fin=each["fin"],
            en_retard=each.get("en_retard", False),
            x=x,
            largeur=round(until - x, 1) if debut or fin else 0,
        )
