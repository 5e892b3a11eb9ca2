"""Exact figures of a period: entries in RIO and in pathways, delays, reorientations, abandons, direct orientations.

Source: fiche 11 of the plan, its indicators; formulas and choices are those of our specification (§5.10). ``null`` says
that a figure has no object, never zero. Medians do not add up over territories: they are computed again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Any

from services.orientation.episodes import Decision, Episode, Parcours
from shared.vocabulary import Terme

RIO, DIRECTE = "RIO_COLLECTIVE", "DIRECTE"
TENTH, RATE = Decimal("0.1"), Decimal("0.0001")


class PerimetreBrsa(Terme):
    """Les bénéficiaires du RSA que l'on compte"""

    SOUMIS = "SOUMIS", "Soumis", "Les bénéficiaires soumis aux droits et devoirs"
    TOUS = "TOUS", "Tous", "Tous les bénéficiaires"


@dataclass(frozen=True)
class Periode:
    """Days, both ends included."""

    debut: date
    fin: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.debut <= day <= self.fin


def compute(parcours: Mapping[str, Parcours], periode: Periode, perimetre: PerimetreBrsa) -> dict[str, Any]:
    """Return the figures of ``periode`` for persons whose ``parcours`` were played up to its end."""
    every = list(parcours.values())
    unknown: set[int] = set()
    return {
        "I1": _count_entries_in_rio(every, periode),
        "I2": _count_entries(every, periode),
        "I3": _measure_delays(every, periode, perimetre, unknown),
        "I4a": _count_reorientations(every, periode, perimetre, unknown),
        "I4b": _count_abandons(every, periode, unknown),
        "I5": _rate_direct(every, periode, perimetre, unknown),
        "statut_inconnu": len(unknown),
    }


def is_recipient(parcours: Parcours, day: date, perimetre: PerimetreBrsa) -> bool | None:
    """Tell whether the person counts as a recipient on ``day``; ``None`` when it is not known."""
    brsa, soumis = parcours.statut(day)
    return brsa and soumis if perimetre is PerimetreBrsa.SOUMIS else brsa


def _count_entries_in_rio(every: list[Parcours], periode: Periode) -> dict[str, int]:
    seen = [{modalite for day, modalite in each.presences if day in periode} for each in every]
    return {"personnes_rio": sum(RIO in each for each in seen), "personnes_rio_ou_entretien": sum(map(bool, seen))}


def _count_entries(every: list[Parcours], periode: Periode) -> dict[str, Any]:
    cells: dict[str, dict[str, int]] = {}
    persons = 0
    for each in every:
        entered = {(d.parcours, d.etape) for _, d in _iter_decisions(each) if d.entree in periode}
        persons += bool(entered)
        for path, step in entered:
            row = cells.setdefault(path, {})
            row[step] = row.get(step, 0) + 1
    matrix = {path: dict(sorted(cells[path].items())) for path in sorted(cells)}
    return {"matrice": matrix, "personnes": persons}


def _iter_decisions(parcours: Parcours) -> Iterator[tuple[Episode, Decision]]:
    for episode in parcours.episodes:
        for decision in episode.decisions:
            yield episode, decision


def _measure_delays(
    every: list[Parcours], periode: Periode, perimetre: PerimetreBrsa, unknown: set[int]
) -> dict[str, Any]:
    whole: list[int] = []
    halves: list[tuple[int, int]] = []
    waiting = 0
    for rank, each in enumerate(every):
        for episode in each.episodes:
            if episode.entree_avant_notification:
                continue
            recipient = is_recipient(each, episode.debut, perimetre)
            if episode.entree is None:
                waiting += episode.ouvert and recipient is True
            elif episode.entree in periode and recipient is None:
                unknown.add(rank)
            elif episode.entree in periode and recipient:
                oriented = episode.decisions[0].jour
                whole.append((episode.entree - episode.debut).days)
                halves.append(((oriented - episode.debut).days, (episode.entree - oriented).days))
    return {
        "n": len(whole),
        "mediane_jours": median_of(whole),
        "moyenne_jours": round_half_up(Decimal(sum(whole)) / len(whole), TENTH) if whole else None,
        "mediane_orientation_jours": median_of([first for first, _ in halves]),
        "mediane_rdv_jours": median_of([second for _, second in halves]),
        "n_en_attente": waiting,
    }


def _count_reorientations(
    every: list[Parcours], periode: Periode, perimetre: PerimetreBrsa, unknown: set[int]
) -> dict[str, int]:
    decisions = persons = 0
    for rank, each in enumerate(every):
        mine = 0
        for episode, decision in _iter_decisions(each):
            if decision is episode.decisions[0] or decision.jour not in periode:
                continue
            recipient = is_recipient(each, decision.jour, perimetre)
            if recipient is None:
                unknown.add(rank)
            mine += recipient is True
        decisions, persons = decisions + mine, persons + bool(mine)
    return {"decisions": decisions, "personnes": persons}


def _count_abandons(every: list[Parcours], periode: Periode, unknown: set[int]) -> dict[str, int]:
    persons = 0
    for rank, each in enumerate(every):
        found = [abandon.brsa for abandon in each.abandons if abandon.jour in periode]
        persons += False in found
        if None in found:
            unknown.add(rank)
    return {"personnes": persons}


def _rate_direct(
    every: list[Parcours], periode: Periode, perimetre: PerimetreBrsa, unknown: set[int]
) -> dict[str, Any]:
    direct = total = 0
    for rank, each in enumerate(every):
        for first in (episode.decisions[0] for episode in each.episodes if episode.decisions):
            if first.jour not in periode:
                continue
            recipient = is_recipient(each, first.jour, perimetre)
            if recipient is None:
                unknown.add(rank)
            elif recipient:
                total += 1
                direct += first.etape == DIRECTE
    return {"directes": direct, "total": total, "taux": round_half_up(Decimal(direct) / total, RATE) if total else None}


def median_of(days: list[int]) -> float | None:
    """Return the median, to one decimal; ``None`` without a day."""
    return round_half_up(Decimal(str(median(days))), TENTH) if days else None


def round_half_up(value: Decimal, unit: Decimal) -> float:
    """Round half up: one decimal for days (``TENTH``), four for rates (``RATE``)."""
    return float(value.quantize(unit, ROUND_HALF_UP))
