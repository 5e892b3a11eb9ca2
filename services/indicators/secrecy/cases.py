"""Cells as the outside sees them: what counts people in each, and the sums that bind them."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

Cle = tuple[str, ...]
Quantites = tuple[float, ...]
LINKED = 3  # numerator, denominator and complement: the second is the sum of the others
PRECISION = 1e-6


class PublicationImpossibleError(Exception):
    """Nothing can be shown: hidden cells would remain exposed."""


@dataclass(frozen=True, slots=True)
class Case:
    """One cell; ``valeur`` is its count or numerator. A cell that is not ``publiee`` can only be computed.

    ``sensible``: 0 % and 100 % tell about each person. ``dominance``: the part of the largest contributor.
    Of a mean give the headcount, of a rate per inhabitants the numerator: what is public is no secret.
    """

    cle: Cle
    valeur: Decimal | int
    denominateur: Decimal | int | None = None
    sensible: bool = False
    dominance: Decimal | None = None
    publiee: bool = True


@dataclass(frozen=True, slots=True)
class Groupe:
    """``parent`` is the sum of ``enfants``; those that are no cell are simply not known."""

    parent: Cle
    enfants: tuple[Cle, ...]


class Equation(NamedTuple):
    """A group between variables."""

    parent: int
    enfants: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """Cells that are one quantity published several times."""

    cases: tuple[Case, ...]
    quantites: Quantites

    @property
    def effectif(self) -> int:
        """Which of its quantities is the headcount: the count itself, or the denominator of a ratio."""
        return min(1, len(self.quantites) - 1)

    @property
    def taille(self) -> float:
        """The headcount."""
        return self.quantites[self.effectif]

    @property
    def publiee(self) -> bool:
        """Some cell of it would be shown."""
        return any(case.publiee for case in self.cases)


@dataclass(slots=True)
class Tableau:
    """The unit as numbered variables and the equations an outsider knows."""

    variables: list[Variable] = field(default_factory=list)
    equations: list[Equation] = field(default_factory=list)
    equations_de: list[list[int]] = field(default_factory=list)
    rang: dict[Cle, int] = field(default_factory=dict)

    def gap(self, numero: int, quantite: int) -> float:
        """Return by how much a parent exceeds the sum of its known children."""
        parent, enfants = self.equations[numero]
        total = sum(self.variables[enfant].quantites[quantite] for enfant in enfants)
        gap = self.variables[parent].quantites[quantite] - total
        return 0.0 if abs(gap) < PRECISION else gap


def build_tableau(cases: Iterable[Case], groupes: Iterable[Groupe], egalites: Iterable[Sequence[Cle]]) -> Tableau:
    """Number what is known; a group whose parent is no cell, or without any child, binds nothing."""
    connues = {case.cle: case for case in cases}
    lues = _read_quantites(connues.values())
    merged, doubles = _merge(lues, egalites)
    if len({len(quantites) for quantites in lues.values()}) > 1:
        raise ValueError("a unit holds counts or ratios, not both")
    tableau = Tableau()
    for cles in merged:
        tableau.rang.update(dict.fromkeys(cles, len(tableau.variables)))
        tableau.variables.append(Variable(tuple(connues[cle] for cle in cles), lues[cles[0]]))
    seen = dict.fromkeys(_number(tableau.rang, groupe) for groupe in (*groupes, *doubles))
    tableau.equations = [equation for equation in seen if equation is not None]
    tableau.equations_de = [[] for _ in tableau.variables]
    for numero, (parent, enfants) in enumerate(tableau.equations):
        for rang in {parent, *enfants}:
            tableau.equations_de[rang].append(numero)
    return tableau


def differences(serie: Sequence[Case]) -> tuple[list[Case], list[Groupe]]:
    """Return what a cumulated series lets compute: from each cell to the next, a flow nobody publishes."""
    cases, groupes = [], []
    for avant, apres in itertools.pairwise(serie):
        ecart = Case((*apres.cle, "difference"), apres.valeur - avant.valeur, publiee=False)
        if apres.denominateur is not None and avant.denominateur is not None:
            ecart = Case(ecart.cle, ecart.valeur, apres.denominateur - avant.denominateur, publiee=False)
        if ecart.valeur >= 0 and (ecart.denominateur is None or ecart.denominateur >= ecart.valeur):
            cases.append(ecart)
            groupes.append(Groupe(apres.cle, (avant.cle, ecart.cle)))
    return cases, groupes


def _read_quantites(cases: Iterable[Case]) -> dict[Cle, Quantites]:
    """Complements count people as long as no numerator exceeds its denominator."""
    cases = list(cases)
    linked = all(case.denominateur is None or case.denominateur >= case.valeur for case in cases)
    lues: dict[Cle, Quantites] = {}
    for case in cases:
        lues[case.cle] = (float(case.valeur),)
        if case.denominateur is not None:
            complement = (float(case.denominateur - case.valeur),) if linked else ()
            lues[case.cle] = (float(case.valeur), float(case.denominateur), *complement)
    return lues


def _merge(lues: dict[Cle, Quantites], egalites: Iterable[Sequence[Cle]]) -> tuple[list[list[Cle]], list[Groupe]]:
    """Make one of the cells said equal that are; those that are not still give one another away."""
    chef = {cle: cle for cle in lues}
    doubles = []
    for egalite in egalites:
        presentes = [cle for cle in egalite if cle in lues]
        for cle, autre in itertools.pairwise(presentes):
            if lues[cle] == lues[autre]:
                chef[_find(chef, autre)] = _find(chef, cle)
            else:
                doubles.append(Groupe(cle, (autre,)))
    classes: dict[Cle, list[Cle]] = {}
    for cle in lues:
        classes.setdefault(_find(chef, cle), []).append(cle)
    return list(classes.values()), doubles


def _find(chef: dict[Cle, Cle], cle: Cle) -> Cle:
    while chef[cle] != cle:
        chef[cle] = chef[chef[cle]]
        cle = chef[cle]
    return cle


def _number(rang: dict[Cle, int], groupe: Groupe) -> Equation | None:
    parent = rang.get(groupe.parent)
    enfants = tuple(sorted(rang[cle] for cle in groupe.enfants if cle in rang))
    return None if parent is None or not enfants or parent in enfants else Equation(parent, enfants)
