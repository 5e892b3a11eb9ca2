"""What is strange in a push without being wrong: it is told, and refuses nothing."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators import bilan
from services.indicators.definition_files import VentilationFile
from services.indicators.definitions import Grandeur
from services.indicators.errors import fault
from services.indicators.periods import parse_periode
from services.indicators.queries import avertissements as queries
from services.indicators.queries.precedentes import read_far
from services.indicators.reports import Rejet
from services.indicators.row_context import Contexte
from services.indicators.row_validation import Ligne
from services.indicators.vocabulary import Nature
from shared.territoires import Arbre

FACTEUR, ECART = 10, 50
"""A value is told as atypical when it is ten times the one before, or a tenth of it, and fifty away from it."""
COMPARED = frozenset({Nature.FLUX, Nature.STOCK, Nature.PERSONNES_DISTINCTES, Nature.INDICE, Nature.MEDIANE})


async def find_warnings(session: AsyncSession, lignes: Sequence[Ligne], contexte: Contexte, source: str) -> list[Rejet]:
    """Compare what was written with what stands around it: parts, breakdowns, the period before, the definition."""
    grandeurs = _pushed(lignes, contexte)
    found = [
        *await _compare_parts(session, source, grandeurs, contexte.arbre),
        *await _compare_breakdowns(session, source, grandeurs, contexte.ventilations),
        *await _compare_before(session, source, grandeurs),
        *_list_breaks(lignes, grandeurs),
    ]
    return sorted(found, key=lambda rejet: rejet.indice)


@dataclass(frozen=True)
class Constat:
    """What rows that stand where nothing stood say of each other, and what to look for in the period before."""

    grandeurs: Mapping[int, Grandeur]
    ecarts: Sequence[Mapping[str, Any]]
    bornes: Mapping[bilan.Lieu, bilan.Bornes]


def observe_new(lignes: Sequence[Ligne], contexte: Contexte) -> Constat:
    """Compare rows that stand where nothing stood with each other; no database is needed."""
    grandeurs = _pushed(lignes, contexte)
    return Constat(
        grandeurs,
        bilan.list_breakdowns(lignes, _cut(grandeurs, contexte.ventilations)),
        bilan.list_before(lignes, _compared(grandeurs)),
    )


async def find_warnings_of_new(
    session: AsyncSession, lignes: Sequence[Ligne], constat: Constat, contexte: Contexte, source: str
) -> list[Rejet]:
    """Tell what was observed of new rows, once compared with the period before."""
    grandeurs = constat.grandeurs
    far = await read_far(session, constat.bornes, source, facteur=FACTEUR)
    leaps = bilan.list_leaps(lignes, far, facteur=FACTEUR, ecart=ECART)[: queries.MOST] if far else []
    found = [
        *_tell_breakdowns(constat.ecarts[: queries.MOST], grandeurs, contexte.ventilations),
        *map(_tell_leap, leaps),
        *_list_breaks(lignes, grandeurs),
    ]
    return sorted(found, key=lambda rejet: rejet.indice)


def _pushed(lignes: Iterable[Ligne], contexte: Contexte) -> dict[int, Grandeur]:
    """Return the quantities of rows, by definition."""
    pushed = {ligne.definition for ligne in lignes}
    return {
        grandeur.definition: grandeur
        for code in contexte.definitions.codes
        for grandeur in contexte.definitions.versions(code)
        if grandeur.definition in pushed
    }


async def _compare_parts(
    session: AsyncSession, source: str, grandeurs: Mapping[int, Grandeur], arbre: Arbre
) -> list[Rejet]:
    """A total is compared once all its parts are there, or as soon as they pass it."""
    if not any(grandeur.additive for grandeur in grandeurs.values()):
        return []
    rows = await queries.list_parts(session, source, sorted(_parents(arbre)))
    children: dict[date, Counter[str | None]] = {}
    found = []
    for row in rows:
        day = parse_periode(row["periode"]).dernier_jour
        if day not in children:
            children[day] = Counter(site.parent for site in arbre.list_at(day) if site.partition)
        whole = row["recus"] == children[day][row["territoire"]] and not row["signales"]
        if whole or _exceeds(row, grandeurs):
            expected = f"{_number(row['somme'])}, somme des parties de {row['territoire']}"
            told = fault("/valeur", "TOTAL_DIFFERENT", valeur=_number(row["valeur"]), attendu=expected)
            found.append(Rejet(row["indice"], [told]))
    return found


def _parents(arbre: Arbre) -> set[str]:
    every = (arbre.entry(code) for code in arbre.codes())
    return {site.parent for site in every if site.partition and site.parent is not None}


def _exceeds(row: Any, grandeurs: Mapping[int, Grandeur]) -> bool:
    """Tell whether the parts already there pass their total, which more parts cannot mend."""
    grandeur = grandeurs.get(row["definition"])
    return row["somme"] > row["valeur"] and (grandeur is None or not grandeur.negatif)


async def _compare_breakdowns(
    session: AsyncSession, source: str, grandeurs: Mapping[int, Grandeur], ventilations: Mapping[str, VentilationFile]
) -> list[Rejet]:
    wanted = _cut(grandeurs, ventilations)
    rows = await queries.list_breakdowns(session, source, sorted(wanted)) if wanted else []
    return _tell_breakdowns(rows, grandeurs, ventilations)


def _cut(grandeurs: Mapping[int, Grandeur], ventilations: Mapping[str, VentilationFile]) -> set[int]:
    """Return the definitions whose breakdowns add up to their totals."""
    partitions = {code for code, each in ventilations.items() if each.partition}
    return {
        number for number, each in grandeurs.items() if each.additive and not partitions.isdisjoint(each.ventilations)
    }


def _tell_breakdowns(
    rows: Iterable[Any], grandeurs: Mapping[int, Grandeur], ventilations: Mapping[str, VentilationFile]
) -> list[Rejet]:
    found = []
    for row in rows:
        dimension = row["dimension"]
        if dimension not in ventilations or not ventilations[dimension].partition:
            continue
        if (_is_whole(row["modalites"], ventilations[dimension]) and not row["cachees"]) or _exceeds(row, grandeurs):
            expected = f"{_number(row['somme'])}, somme selon {dimension}"
            told = fault("/valeur", "VENTILATION_DIFFERENTE", valeur=_number(row["valeur"]), attendu=expected)
            found.append(Rejet(row["indice"], [told]))
    return found


def _is_whole(given: Iterable[str], dimension: VentilationFile) -> bool:
    """Tell whether every modality is there that cannot be missing."""
    return {each.code for each in dimension.modalites if not each.residuelle} <= set(given)


async def _compare_before(session: AsyncSession, source: str, grandeurs: Mapping[int, Grandeur]) -> list[Rejet]:
    compared = _compared(grandeurs)
    if not compared:
        return []
    rows = await queries.list_leaps(session, source, sorted(compared), facteur=FACTEUR, ecart=ECART)
    return [_tell_leap(row) for row in rows]


def _compared(grandeurs: Mapping[int, Grandeur]) -> set[int]:
    """Return the definitions whose values resemble those of the period before."""
    return {number for number, grandeur in grandeurs.items() if grandeur.nature in COMPARED}


def _tell_leap(row: Any) -> Rejet:
    expected = f"proche de {_number(row['avant'])} ({row['precedente']})"
    return Rejet(row["indice"], [fault("/valeur", "VALEUR_ATYPIQUE", valeur=_number(row["valeur"]), attendu=expected)])


def _list_breaks(lignes: Iterable[Ligne], grandeurs: Mapping[int, Grandeur]) -> Iterable[Rejet]:
    breaks = {number: each.valide_du for number, each in grandeurs.items() if each.valide_du is not None}
    for ligne in lignes if breaks else ():
        periode = parse_periode(ligne.periode)
        day = breaks.get(ligne.definition)
        if day is not None and periode.debut <= day <= periode.dernier_jour:
            yield Rejet(ligne.indice, [fault("/periode", "RUPTURE_DE_SERIE", valeur=ligne.periode)])


def _number(value: Any) -> str:
    """Write a decimal without the zeros that its storage may add."""
    return f"{value.normalize():f}"
