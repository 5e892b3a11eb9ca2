"""Primary secret: the cells that speak of too few people by themselves."""

from collections.abc import Collection
from decimal import Decimal

from services.indicators.secrecy.cases import Case, Cle, Tableau, Variable

DOMINANCE = Decimal("0.85")


def find_primary(tableau: Tableau, seuil: int, deja_caches: Collection[Cle]) -> set[int]:
    """Return the variables to hide before any other: small ones, dominated ones, those already hidden."""
    connus = frozenset(deja_caches)
    return {
        rang
        for rang, variable in enumerate(tableau.variables)
        if is_small(variable, seuil)
        or any(case.cle in connus or _is_dominated(case) or _is_sensible(case) for case in variable.cases)
    }


def is_small(variable: Variable, seuil: int) -> bool:
    """Count, numerator, denominator or complement in 1…t-1."""
    return any(0 < quantite < seuil for quantite in variable.quantites)


def _is_dominated(case: Case) -> bool:
    return case.dominance is not None and case.dominance > DOMINANCE and case.valeur > 0


def _is_sensible(case: Case) -> bool:
    """0 % or 100 % of a sensitive breakdown is known of each person."""
    return case.sensible and bool(case.denominateur) and case.valeur in (0, case.denominateur)
