"""The median of a distribution known by intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.indicators.series.arrondis import CALCUL, add, round_quotient


@dataclass(frozen=True, slots=True)
class Intervalle:
    """How many are from ``debut`` to ``fin`` (excluded); an end that is open has no value."""

    debut: Decimal | None
    fin: Decimal | None
    effectif: Decimal


def find_middle(intervalles: Sequence[Intervalle]) -> tuple[Intervalle, Decimal] | None:
    """Return the interval that holds the middle, and how many of it stand before; nothing when all are empty."""
    half = CALCUL.divide(add(each.effectif for each in intervalles), Decimal(2))
    before = Decimal(0)
    for each in sorted(intervalles, key=lambda each: (each.debut is not None, each.debut or Decimal(0))):
        reached = CALCUL.add(before, each.effectif)
        if each.effectif > 0 and reached >= half:
            return each, CALCUL.subtract(half, before)
        before = reached
    return None


def interpolate(intervalle: Intervalle, before: Decimal, decimales: int) -> Decimal | None:
    """Return the point of the interval that has so many before it, as if spread evenly; nothing when an end is open."""
    if intervalle.debut is None or intervalle.fin is None:
        return None
    width = CALCUL.subtract(intervalle.fin, intervalle.debut)
    start = CALCUL.multiply(intervalle.debut, intervalle.effectif)
    point = CALCUL.add(start, CALCUL.multiply(width, before))
    return round_quotient(point, intervalle.effectif, decimales)
