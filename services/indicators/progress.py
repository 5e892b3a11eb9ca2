"""How far a quantity is from its target, and which way it goes, knowing which way is better. Pure functions."""

from dataclasses import dataclass
from decimal import Decimal

from services.indicators.definitions import Grandeur
from services.indicators.series.arrondis import round_quotient
from services.indicators.vocabulary import Nature, Periodicite, RegleTemps, Sens, Tendance

DIGITS = 4
GROW_WITH_TIME = frozenset({Nature.FLUX, Nature.PERSONNES_DISTINCTES, Nature.CUMUL})
"""What a longer period has more of: the value of a month says nothing of the target of a year."""


def can_compare(grandeur: Grandeur, genre: Periodicite, other: Periodicite) -> bool:
    """Tell whether values of two types of periods may be held against each other.

    A rate over a population grows with time too, unless its last value stands for the whole.
    """
    grows = grandeur.nature in GROW_WITH_TIME
    grows |= grandeur.nature is Nature.TAUX and grandeur.temps is not RegleTemps.DERNIER
    return genre is other or not grows


@dataclass(frozen=True, slots=True)
class Progression:
    """``part`` of the way done (1: reached, may exceed), and whether the target is reached."""

    part: Decimal | None
    atteinte: bool | None


def measure_progress(sens: Sens, valeur: Decimal, cible: Decimal, depart: Decimal | None) -> Progression:
    """Return how far ``valeur`` is on the way to ``cible``.

    Where more is better, the part of the target that is done. Where less is better, the part of the way from
    ``depart``, the first value known; nothing without it, for no share of a decrease can be told from its end alone.
    """
    if sens is Sens.NEUTRE:
        return Progression(None, None)
    if sens is Sens.HAUSSE:
        part = round_quotient(valeur, cible, DIGITS) if cible > 0 else None
        return Progression(part, valeur >= cible)
    way = None if depart is None else depart - cible
    part = round_quotient(depart - valeur, way, DIGITS) if depart is not None and way is not None and way > 0 else None
    return Progression(part, valeur <= cible)


def read_trend(valeur: Decimal, precedente: Decimal) -> Tendance:
    """Return which way a quantity went."""
    if valeur == precedente:
        return Tendance.STABLE
    return Tendance.HAUSSE if valeur > precedente else Tendance.BAISSE


def is_better(sens: Sens, tendance: Tendance) -> bool | None:
    """Tell whether that way is the better one; ``None`` when neither is, or nothing moved."""
    if sens is Sens.NEUTRE or tendance is Tendance.STABLE:
        return None
    return sens.value == tendance.value
