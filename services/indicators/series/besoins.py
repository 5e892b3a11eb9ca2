"""What must be read to compute cells."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.indicators.geography import Geographie
from services.indicators.periods import Periode
from services.indicators.series.lieux import Lecture
from services.indicators.series.regles import Regles


@dataclass(frozen=True, slots=True)
class Besoins:
    """Rows of ``lignes`` and sums of the children of ``sommes``, for each of ``periodes``.

    Without ``sommes``, for natures whose sums are not kept, ``lignes`` holds all that :func:`sum_children` needs.
    """

    lignes: frozenset[str]
    sommes: frozenset[str]
    periodes: frozenset[str]


def needed_rows(
    regles: Regles,
    geo: Geographie,
    lecture: Lecture,
    territoires: Iterable[str],
    periodes: Iterable[Periode],
    *,
    kept_sums: bool = True,
) -> Besoins:
    """Return what the cells of these territories and periods are made from; without ``kept_sums``, rows only."""
    rolled_up = regles.rolled_up and kept_sums
    asked = list(territoires)
    used = {
        each.code: each for periode in periodes for way in ((periode,), *regles.list_splits(periode)) for each in way
    }
    days = {geo.read_at(periode.dernier_jour): periode.dernier_jour for periode in used.values()}
    lignes, sommes = set(asked), set[str]()
    for carte, day in days.items():
        for code in asked:
            for part in geo.list_parts(code, day, lecture.geographie, lecture.today):
                branches = carte.list_branches(part)
                lignes.update((part, *branches) if rolled_up else carte.iter_subtree(part))
                sommes.update(branches if rolled_up else ())
    return Besoins(frozenset(lignes), frozenset(sommes), frozenset(used))
