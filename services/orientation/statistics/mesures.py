"""The indicators of one month as measurements of fiche 11's grandeurs, for the Métropole and each CTM. Pure.

Source: ``11.I1.a`` to ``11.I5.a`` of the indicators' definitions. Each level is counted by itself: persons and medians
do not add up. Every cell is told, zeros included, so that what became zero replaces what was told before.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.orientation.statistics.comptes import Nature
from services.orientation.statistics.rio import DIRECTE, RIO
from services.orientation.statistics.sommes import median_of_counts

PARCOURS = ("EMPLOI", "SOCIO_PRO", "SOCIAL", "TNS", "JEUNES", "ACCES_DROITS", "A_DETERMINER")
ETAPES = ("DIRECTE", "APRES_RIO", "APRES_ENTRETIEN", "OFFICE", "REORIENTATION")
Mesure = dict[str, Any]


@dataclass
class Mois:
    """What was summed over a month for one territory: by nature, pathway and step, where ``""`` is all of them."""

    nombre: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    personnes: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    delais: Counter[tuple[int, int]] = field(default_factory=Counter)

    def add(self, other: "Mois") -> None:
        """Add a part of the territory that shares no person with the others."""
        self.nombre.update(other.nombre)
        self.personnes.update(other.personnes)
        self.delais.update(other.delais)


def gather(by_commune: Mapping[str | None, Mois], ctm_of: Mapping[str | None, str | None]) -> dict[str, Mois]:
    """Return the sums of each CTM; a commune that is in none counts for the Métropole alone."""
    found: dict[str, Mois] = defaultdict(Mois)
    for commune, mois in by_commune.items():
        if (ctm := ctm_of.get(commune)) is not None:
            found[ctm].add(mois)
    return dict(found)


def measure_month(mois: date, territoires: Mapping[str, Mois]) -> list[Mesure]:
    """Return every measurement of a month, territory after territory."""
    return [
        {"grandeur": f"11.{grandeur}", "territoire": territoire, "periode": f"{mois:%Y-%m}", **told}
        for territoire, summed in sorted(territoires.items())
        for grandeur, told in _iter_measures(summed)
    ]


def _iter_measures(mois: Mois) -> Iterator[tuple[str, Mesure]]:
    yield "I1.a", {"valeur": mois.personnes[Nature.PRESENCE, RIO, ""]}
    yield "I1.b", {"valeur": mois.personnes[Nature.PRESENCE, "", ""]}
    for parcours, etape, ventilation in _iter_cells(("", *PARCOURS), ("", *ETAPES)):
        yield "I2.a", {"valeur": mois.personnes[Nature.ENTREE, parcours, etape], **ventilation}
    yield from _iter_delays(mois.delais)
    yield "I3.e", {"valeur": mois.nombre[Nature.ATTENTE, "", ""]}
    for parcours, _, ventilation in _iter_cells(("", *PARCOURS), ("",)):
        yield "I4.a", {"valeur": mois.nombre[Nature.REORIENTATION, parcours, ""], **ventilation}
    yield "I4.b", {"valeur": mois.personnes[Nature.REORIENTATION, "", ""]}
    yield "I4.c", {"valeur": mois.personnes[Nature.ABANDON, "", ""]}
    for parcours, _, ventilation in _iter_cells(("", *PARCOURS), ("",)):
        direct, total = (mois.nombre[Nature.PREMIERE, parcours, etape] for etape in (DIRECTE, ""))
        yield "I5.a", {"numerateur": direct, "denominateur": total, **ventilation}


def _iter_cells(paths: Iterable[str], steps: Iterable[str]) -> Iterator[tuple[str, str, Mesure]]:
    steps = list(steps)
    for parcours in paths:
        for etape in steps:
            told = {"parcours": parcours, "etape": etape}
            kept = {name: value for name, value in told.items() if value}
            yield parcours, etape, ({"ventilation": kept} if kept else {})


def _iter_delays(delais: Counter[tuple[int, int]]) -> Iterator[tuple[str, Mesure]]:
    whole, first, second = Counter[int](), Counter[int](), Counter[int]()
    for (orientation, rdv), number in delais.items():
        whole[orientation + rdv] += number
        first[orientation] += number
        second[rdv] += number
    n = whole.total()
    yield "I3.a", _median_of(whole)
    yield "I3.b", {"somme": sum(days * number for days, number in whole.items()), "effectif": n}
    yield "I3.c", _median_of(first)
    yield "I3.d", _median_of(second)


def _median_of(counts: Counter[int]) -> Mesure:
    """Return a median with its headcount, or that there cannot be one."""
    median = median_of_counts(counts)
    return {"statut": "m"} if median is None else {"valeur": median, "effectif": counts.total()}
