"""What the rows of a push say together: which places they fill, what they add up to, what is strange among them.

For rows that stand under keys where nothing stood: SQL asks the same of the others, where they meet what is stored.
Pure functions.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from services.indicators.row_validation import Ligne
from services.indicators.row_values import Contenu
from services.indicators.series.arrondis import CALCUL, add

Lieu = tuple[int, str, str]
"""Definition, territory, period."""
Cle = tuple[int, str, str, str]
"""Definition, territory, period, breakdown."""
Bornes = tuple[Decimal, Decimal]
"""The least and the greatest of some values."""

Somme = tuple[int, str, str, str, Decimal, Decimal, int, int]
"""Definition, parent, period, breakdown; value, divisor, how many parts, how many of them with a status or a secret."""


@dataclass(frozen=True)
class Bilan:
    """How many rows each quantity has at each period, and whether some territory comes with its parts."""

    nombres: Mapping[tuple[int, str], int]
    gives_totals: bool

    @property
    def presences(self) -> dict[int, int]:
        """How many rows each definition has."""
        found: Counter[int] = Counter()
        for (definition, _), nombre in self.nombres.items():
            found[definition] += nombre
        return dict(found)


def summarize(lignes: Iterable[Ligne]) -> Bilan:
    """Return what the rows of a push are about."""
    nombres: Counter[tuple[int, str]] = Counter()
    sites, parents = set(), set()
    for _, definition, territoire, periode, _, parent, _, _, _ in lignes:
        nombres[definition, periode] += 1
        sites.add(territoire)
        parents.add(parent)
    return Bilan(nombres, not sites.isdisjoint(parents))


def add_up(lignes: Iterable[Ligne]) -> list[Somme]:
    """Return the sums of rows by parent, in the order of their keys."""
    groups: dict[Cle, list[Contenu]] = {}
    for _, definition, _, periode, ventilation, parent, _, contenu, _ in lignes:
        if parent is not None:
            cle = (definition, parent, periode, ventilation)
            if cle in groups:
                groups[cle].append(contenu)
            else:
                groups[cle] = [contenu]
    return [(*cle, *_sum_of(groups[cle])) for cle in sorted(groups)]


def _sum_of(parts: list[Contenu]) -> tuple[Decimal, Decimal, int, int]:
    valeurs = add([each[0] for each in parts if each[0] is not None])
    diviseurs = add([each[1] for each in parts if each[1] is not None])
    told = sum(each.statut is not None or each.confidentialite is not None for each in parts)
    return valeurs, diviseurs, len(parts), told


def list_breakdowns(lignes: Iterable[Ligne], definitions: Collection[int]) -> list[dict[str, Any]]:
    """Return the totals that differ from the sum of the modalities given with them, dimension by dimension."""
    firsts: dict[Lieu, int] = {}
    totals: dict[Lieu, Decimal | None] = {}
    parts: dict[tuple[Lieu, str], list[tuple[str, Decimal | None]]] = {}
    for indice, definition, territoire, periode, ventilation, _, _, contenu, _ in lignes:
        if definition not in definitions:
            continue
        lieu = (definition, territoire, periode)
        firsts.setdefault(lieu, indice)
        if not ventilation:
            totals[lieu] = contenu.valeur
        elif "|" not in ventilation:
            dimension, _, modalite = ventilation.partition(":")
            parts.setdefault((lieu, dimension), []).append((modalite, contenu.valeur))
    found = []
    for (lieu, dimension), given in parts.items():
        total, known = totals.get(lieu), [valeur for _, valeur in given if valeur is not None]
        if total is None or not known or (somme := add(known)) == total:
            continue
        told = {"indice": firsts[lieu], "definition": lieu[0], "dimension": dimension, "valeur": total, "somme": somme}
        modalites = [modalite for modalite, _ in given]
        found.append({**told, "modalites": modalites, "cachees": len(known) < len(given)})
    return sorted(found, key=lambda row: row["indice"])


def list_before(lignes: Iterable[Ligne], definitions: Collection[int]) -> dict[Lieu, Bornes]:
    """Return the places of the period before, each with the least and the greatest of its new values; 0 never leaps."""
    bounds: dict[Lieu, Bornes] = {}
    for _, definition, territoire, _, _, _, precedente, contenu, _ in lignes:
        valeur = contenu[0]
        if not valeur or definition not in definitions:
            continue
        valeur = valeur.copy_abs()
        lieu = (definition, territoire, precedente)
        known = bounds.get(lieu)
        if known is None:
            bounds[lieu] = (valeur, valeur)
        elif valeur < known[0]:
            bounds[lieu] = (valeur, known[1])
        elif valeur > known[1]:
            bounds[lieu] = (known[0], valeur)
    return bounds


def list_leaps(
    lignes: Sequence[Ligne], before: Mapping[Cle, Decimal], *, facteur: int, ecart: int
) -> list[dict[str, Any]]:
    """Return the values that are ``facteur`` times that of the period before, or a ``facteur``-th of it."""
    found = []
    for indice, definition, territoire, _, ventilation, _, precedente, contenu, _ in lignes:
        avant, valeur = before.get((definition, territoire, precedente, ventilation)), contenu.valeur
        if avant is None or not valeur or avant == valeur:
            continue
        least, greatest = sorted((CALCUL.abs(valeur), CALCUL.abs(avant)))
        leaps = least > 0 and greatest >= CALCUL.multiply(Decimal(facteur), least)
        if leaps and CALCUL.abs(CALCUL.subtract(valeur, avant)) >= ecart:
            found.append({"indice": indice, "valeur": valeur, "avant": avant, "precedente": precedente})
    return sorted(found, key=lambda row: row["indice"])
