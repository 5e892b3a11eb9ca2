"""The five indicators of a period from the sums of what counts, in the shape and with the rounding of ``compute``."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from services.orientation.statistics.comptes import ETAPES, Nature
from services.orientation.statistics.rio import DIRECTE, RATE, RIO, TENTH, round_half_up

SERIES = ("total", "orientation", "rdv")
FUNNEL = ("signales", "convoques", "presents", "orientes", "entres")


@dataclass
class Sommes:
    """What was summed over a period: rows, distinct persons of a cell, distinct persons of any cell, delays in days."""

    nombre: Counter[tuple[int, str]] = field(default_factory=Counter)
    personnes: Counter[tuple[int, str]] = field(default_factory=Counter)
    personnes_tous: Counter[int] = field(default_factory=Counter)
    delais: dict[str, Counter[int]] = field(default_factory=lambda: {name: Counter() for name in SERIES})

    def cells(self, nature: Nature, counted: Counter[tuple[int, str]]) -> dict[str, int]:
        """Return the cells of a nature, those that are not empty, in order."""
        return {cle: number for (which, cle), number in sorted(counted.items()) if which == nature and number}

    def total(self, nature: Nature) -> int:
        """Return how many rows of a nature there are."""
        return sum(self.cells(nature, self.nombre).values())


def figures_of(sommes: Sommes) -> dict[str, Any]:
    """Return the five indicators, as ``compute`` does."""
    first = sommes.cells(Nature.PREMIERE, sommes.nombre)
    total = sum(first.values())
    direct = sum(number for cle, number in first.items() if cle.endswith(f"/{DIRECTE}"))
    return {
        "I1": {
            "personnes_rio": sommes.personnes[Nature.PRESENCE, RIO],
            "personnes_rio_ou_entretien": sommes.personnes_tous[Nature.PRESENCE],
        },
        "I2": {"matrice": _matrix_of(sommes), "personnes": sommes.personnes_tous[Nature.ENTREE]},
        "I3": {**_delays_of(sommes.delais), "n_en_attente": sommes.total(Nature.ATTENTE)},
        "I4a": {
            "decisions": sommes.total(Nature.REORIENTATION),
            "personnes": sommes.personnes_tous[Nature.REORIENTATION],
        },
        "I4b": {"personnes": sommes.personnes_tous[Nature.ABANDON]},
        "I5": {
            "directes": direct,
            "total": total,
            "taux": round_half_up(Decimal(direct) / total, RATE) if total else None,
        },
        "statut_inconnu": sommes.personnes_tous[Nature.INCONNU],
    }


def anomalies_of(sommes: Sommes) -> dict[str, int]:
    """Return how many anomalies there are of each code, up to the end of the period."""
    return sommes.cells(Nature.ANOMALIE, sommes.nombre)


def funnel_of(sommes: Sommes) -> dict[str, int]:
    """Return how many of the persons whose episode began in the period had gone through each step at its end."""
    counted = (sommes.personnes[Nature.ETAPE, etape.value] for etape in ETAPES)
    return dict(zip(FUNNEL, counted, strict=True))


def _matrix_of(sommes: Sommes) -> dict[str, dict[str, int]]:
    matrix: dict[str, dict[str, int]] = {}
    for cle, number in sommes.cells(Nature.ENTREE, sommes.personnes).items():
        path, _, step = cle.partition("/")
        matrix.setdefault(path, {})[step] = number
    return {path: dict(sorted(matrix[path].items())) for path in sorted(matrix)}


def _delays_of(delais: dict[str, Counter[int]]) -> dict[str, Any]:
    whole = delais["total"]
    n = whole.total()
    days = sum(jours * number for jours, number in whole.items())
    return {
        "n": n,
        "mediane_jours": median_of_counts(whole),
        "moyenne_jours": round_half_up(Decimal(days) / n, TENTH) if n else None,
        "mediane_orientation_jours": median_of_counts(delais["orientation"]),
        "mediane_rdv_jours": median_of_counts(delais["rdv"]),
    }


def median_of_counts(counts: Counter[int]) -> float | None:
    """Return the median of days, each told with its number: the mean of the two middle ones when they are even."""
    n = counts.total()
    return (_at(counts, (n - 1) // 2) + _at(counts, n // 2)) / 2 if n else None


def _at(counts: Counter[int], rank: int) -> int:
    """Return the day that stands at ``rank`` in order."""
    return next(day for day, below in _accumulate(counts) if rank < below)


def _accumulate(counts: Counter[int]) -> Iterable[tuple[int, int]]:
    below = 0
    for day in sorted(counts):
        below += counts[day]
        yield day, below
