"""What binds the cells of a publication unit: the sums that anyone who reads them can do. Pure functions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from services.indicators.definitions import split_canonical
from services.indicators.geography import VueGeographique
from services.indicators.periods import Periode, parse_periode, split
from services.indicators.secrecy import Case, Groupe, differences
from services.indicators.tables import Etude, below, codes_of
from services.indicators.vocabulary import Nature, Periodicite

Cle = tuple[str, str, str]
EPOQUE = "@epoque"
"""Marks a territory as it was, where the same code means more today: Oullins before the merger."""


def label_of(code: str, *, today_has: bool) -> str:
    """Return the name under which a territory of the past is published."""
    return code + EPOQUE if today_has else code


@dataclass
class Liens:
    """The groups of ``cases``, and what they let compute that nobody publishes (``calcules``)."""

    etude: Etude
    cases: Mapping[Cle, Case]
    groupes: list[Groupe] = field(default_factory=list)
    calcules: list[Case] = field(default_factory=list)

    def __post_init__(self) -> None:
        regles = self.etude.regles
        distinct = regles.nature is Nature.PERSONNES_DISTINCTES
        for parent, enfants in self._territories() if regles.additive or distinct else ():
            self._bind(parent, enfants)
        for parent, enfants in self._times() if (regles.additive and not regles.last) or distinct else ():
            self._bind(parent, enfants)
        for parent, enfants in self._breakdowns():
            self._bind(parent, enfants)
        if regles.nature is Nature.CUMUL:
            self._bind_differences()

    def _bind(self, parent: Cle, enfants: Sequence[Cle]) -> None:
        """Parts make up the whole; different persons are at most as many together as in each part."""
        known = [self.cases[enfant] for enfant in enfants if enfant in self.cases]
        double = sum(case.valeur for case in known) - self.cases[parent].valeur
        if self.etude.regles.nature is not Nature.PERSONNES_DISTINCTES or double <= 0:
            self.groupes.append(Groupe(parent, tuple(enfants)))
        elif len(known) == len(enfants) and double < max(case.valeur for case in known):
            whole, twice = (*parent, *enfants[0], "ensemble"), (*parent, *enfants[0], "doubles")
            self.calcules.append(Case(whole, self.cases[parent].valeur + double, publiee=False))
            self.calcules.append(Case(twice, double, publiee=False))
            self.groupes += (Groupe(whole, tuple(enfants)), Groupe(whole, (parent, twice)))

    def _territories(self) -> Iterator[tuple[Cle, Sequence[Cle]]]:
        geo, today = self.etude.geo, self.etude.lecture.today
        now = geo.read_at(today)
        for territoire, code, ventilation in self.cases:
            children = now.enfants.get(territoire, ())
            if children:
                yield (territoire, code, ventilation), [(child, code, ventilation) for child in children]
            day = parse_periode(code).dernier_jour
            parts = geo.list_parts(territoire, day, VueGeographique.COURANTE, today)
            if len(parts) > 1:
                labels = [label_of(part, today_has=part in now.territoires) for part in parts]
                yield (territoire, code, ventilation), [(label, code, ventilation) for label in labels]

    def _times(self) -> Iterator[tuple[Cle, Sequence[Cle]]]:
        """A longer period is the sum of finer ones, for what adds up over time."""
        for territoire, code, ventilation in self.cases:
            for parts in self._splits(code):
                yield (territoire, code, ventilation), [(territoire, each.code, ventilation) for each in parts]

    def equalities(self) -> Iterator[Sequence[Cle]]:
        """A longer period shows again its last finer one, for what does not add up over time."""
        if not self.etude.regles.last:
            return
        for territoire, code, ventilation in self.cases:
            for parts in self._splits(code):
                yield (territoire, code, ventilation), (territoire, parts[-1].code, ventilation)

    def _splits(self, code: str) -> Iterator[tuple[Periode, ...]]:
        periode = parse_periode(code)
        for genre in self.etude.grandeur.periodes:
            if parts := split(periode, genre):
                yield parts

    def _breakdowns(self) -> Iterator[tuple[Cle, Sequence[Cle]]]:
        """A total is the sum of the modalities of each dimension that cuts it without overlap."""
        present = {name for _, _, name in self.cases}
        for name in sorted(present):
            for dimension in sorted(self.etude.grandeur.ventilations - split_canonical(name).keys()):
                known = self.etude.ventilations[dimension]
                children = [below(name, dimension, mod) for mod in codes_of(known)]
                if not known.partition or present.isdisjoint(children):
                    continue
                for territoire, code, ventilation in self.cases:
                    if ventilation == name:
                        yield (territoire, code, name), [(territoire, code, child) for child in children]

    def _bind_differences(self) -> None:
        """What a cumulated series lets compute, period after period."""
        series: dict[tuple[str, str, Periodicite], list[Case]] = {}
        for territoire, code, ventilation in sorted(self.cases):
            genre = parse_periode(code).genre
            series.setdefault((territoire, ventilation, genre), []).append(self.cases[territoire, code, ventilation])
        for serie in series.values():
            more, groupes = differences(serie)
            self.calcules += more
            self.groupes += groupes
