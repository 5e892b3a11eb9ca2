"""An outsider with a solver: knows the published table, the sums that bind it and that people are whole and ≥ 0.

Written apart from the product's own audit: it reads nothing of what is hidden but which cells are.
"""

from collections.abc import Iterable, Mapping, Sequence

import highspy
import numpy as np

from services.indicators.secrecy import Case, Cle, Groupe

Published = Mapping[Cle, float]


class Outsider:
    """One additive quantity of a unit, as published, and what can be deduced from it."""

    def __init__(
        self,
        published: Published,
        hidden: Iterable[Cle],
        groupes: Iterable[Groupe],
        *,
        least: float = 0,
        whole: bool = False,
    ) -> None:
        self.columns = {cle: place for place, cle in enumerate(sorted(hidden))}
        self.model = highspy.Highs()  # type: ignore[no-untyped-call]
        self.model.setOptionValue("output_flag", False)
        self.model.setOptionValue("threads", 1)
        for place in self.columns.values():
            self.model.addVar(least, highspy.kHighsInf)
            if whole:
                self.model.changeColIntegrality(place, highspy.HighsVarType.kInteger)
        for groupe in groupes:
            self._learn(published, groupe)

    def _learn(self, published: Published, groupe: Groupe) -> None:
        terms: dict[int, float] = {}
        known = 0.0
        for cle, sign in ((groupe.parent, 1.0), *((enfant, -1.0) for enfant in groupe.enfants)):
            if cle in self.columns:
                terms[self.columns[cle]] = terms.get(self.columns[cle], 0.0) + sign
            else:
                known += sign * published[cle]
        if terms:
            places, signs = np.array(list(terms), dtype=np.int32), np.array(list(terms.values()))
            self.model.addRow(-known, -known, len(terms), places, signs)

    def deduce(self, cle: Cle) -> tuple[float, float]:
        """Return the least and the most a hidden cell can be."""
        return self._solve(cle, highspy.ObjSense.kMinimize), self._solve(cle, highspy.ObjSense.kMaximize)

    def _solve(self, cle: Cle, sense: highspy.ObjSense) -> float:
        place = self.columns[cle]
        self.model.changeObjectiveSense(sense)
        self.model.changeColCost(place, 1.0)
        self.model.run()
        status = self.model.getModelStatus()
        value = self.model.getObjectiveValue()
        self.model.changeColCost(place, 0.0)
        if status in (highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return highspy.kHighsInf
        assert status == highspy.HighsModelStatus.kOptimal, self.model.modelStatusToString(status)
        return value


def read_quantities(cases: Sequence[Case]) -> list[dict[Cle, float]]:
    """Return the additive quantities of a unit: counts, or numerators and complements."""
    counts = {case.cle: float(case.valeur) for case in cases}
    if cases[0].denominateur is None:
        return [counts]
    return [counts, {case.cle: float((case.denominateur or 0) - case.valeur) for case in cases}]


def find_leaks(
    cases: Sequence[Case], groupes: Sequence[Groupe], hidden: set[Cle], seuil: int, *, whole: bool = False
) -> list[str]:
    """Return what the outsider narrows down: hidden cells that cannot be all of 1…t-1."""
    outsiders = [
        Outsider({cle: valeur for cle, valeur in quantity.items() if cle not in hidden}, hidden, groupes, whole=whole)
        for quantity in read_quantities(cases)
    ]
    leaks = []
    for cle in sorted(hidden):
        intervals = [outsider.deduce(cle) for outsider in outsiders]
        denominator = (sum(low for low, _ in intervals), sum(high for _, high in intervals))
        for low, high in (*intervals, denominator):
            if low > 1 + 1e-6 or high < seuil - 1 - 1e-6:
                leaks.append(f"{'/'.join(cle)} is known to be in {low:g}…{high:g}")
    return leaks
