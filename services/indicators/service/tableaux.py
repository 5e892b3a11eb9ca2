"""The indicators' half of the board that the gateway joins: last published value, way it goes, targets."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.cells import show_number
from services.indicators.definitions import Grandeur
from services.indicators.periods import Periode, parse_periode
from services.indicators.progress import can_compare, is_better, measure_progress, read_trend
from services.indicators.queries import tableaux as queries
from services.indicators.queries.indicateurs import list_known_codes
from services.indicators.schemas.tableaux import FiltresTableau
from services.indicators.series.regles import QUOTIENTS, WORDS
from services.indicators.service.fonds import Fonds
from services.indicators.vocabulary import Nature, Periodicite, Sens
from shared import clock
from shared.errors import DonneesRefusees
from shared.problems import unknown_value
from shared.query import LATEST
from shared.territoires import TerritoireInconnu

Constats = Mapping[str, Mapping[str, Any]]
"""The published cells of one quantity at one territory, by period."""


async def build_tableau(session: AsyncSession, fonds: Fonds, filtres: FiltresTableau, today: date) -> dict[str, Any]:
    """Return the board. Raises :class:`DonneesRefusees` for what the plan has not."""
    await _check_filters(session, fonds, filtres)
    indicateurs = await queries.list_indicateurs(session, fonds.plan, fiches=filtres.fiche, axes=filtres.axe)
    now = parse_periode(today.isoformat())
    every = {code: fonds.definitions.find(code, now) for code in fonds.definitions.codes}
    of = defaultdict(list)
    for code in sorted(every):
        of[every[code].indicateur].append(every[code])
    wanted = [each for row in indicateurs for each in of[row["code"]]]
    cibles = defaultdict(list)
    for row in await queries.list_cibles(session, fonds.plan, filtres.territoire):
        cibles[row["grandeur"]].append((row["periode"], Decimal(row["valeur"])))
    aimed = sorted({periode for pairs in cibles.values() for periode, _ in pairs})
    constats, publie_le = await _read_constats(session, wanted, filtres.territoire, aimed)
    fiches: dict[int, dict[str, Any]] = {}
    for row in indicateurs:
        fiche = fiches.setdefault(row["fiche"], {"fiche": row["fiche"], "axe": row["axe"], "indicateurs": []})
        shown = [_show(each, constats.get(each.definition, {}), cibles[each.code], today) for each in of[row["code"]]]
        fiche["indicateurs"].append({"code": row["code"], "libelle": row["libelle"], "grandeurs": shown})
    return {
        "territoire": filtres.territoire,
        "fiches": list(fiches.values()),
        "publie_le": clock.write_instant(publie_le) if publie_le else None,
    }


async def _check_filters(session: AsyncSession, fonds: Fonds, filtres: FiltresTableau) -> None:
    faults = []
    if filtres.territoire not in (known := fonds.geo.codes()):
        faults.append(unknown_value("territoire", filtres.territoire, known, code=TerritoireInconnu.code))
    for kind, asked in (("fiche", [str(each) for each in filtres.fiche]), ("axe", filtres.axe)):
        if asked:
            codes = await list_known_codes(session, kind, plan=fonds.plan, au=LATEST)
            faults += [unknown_value(kind, code, codes) for code in asked if code not in codes]
    if faults:
        raise DonneesRefusees(erreurs=faults)


async def _read_constats(
    session: AsyncSession, grandeurs: Sequence[Grandeur], territoire: str, periodes: Sequence[str]
) -> tuple[dict[int, dict[str, Any]], datetime | None]:
    rows = await queries.list_constats(session, [each.definition for each in grandeurs], territoire, periodes)
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        found.setdefault(row["definition"], {})[row["periode"]] = json.loads(row["cellule"])
    return found, max((row["publie_du"] for row in rows), default=None)


def _show(grandeur: Grandeur, constats: Constats, cibles: Sequence[tuple[str, Decimal]], today: date) -> dict[str, Any]:
    serie = _main_series(grandeur, constats)
    known = [each for each in serie if constats[each.code]["valeur"] is not None]
    last = (known or serie)[-1] if serie else None
    cell = constats[last.code] if last else None
    return {
        "code": grandeur.code,
        "libelle": grandeur.document["libelle"],
        "nature": grandeur.nature,
        "unite": grandeur.document["unite"],
        "sens": grandeur.sens,
        "constat": {
            "periode": last.code if last else None,
            "valeur": cell["valeur"] if cell else None,
            "statut": cell["statut"] if cell else None,
            "couverture": cell["couverture"] if cell else None,
            "motif": cell["motif"] if cell else "AUCUNE_DONNEE",
        },
        "evolution": _show_evolution(grandeur, constats, known),
        "cibles": [
            _show_cible(grandeur, constats, known, parse_periode(code), valeur, today) for code, valeur in cibles
        ],
    }


def _main_series(grandeur: Grandeur, constats: Constats) -> list[Periode]:
    """Return the periods, oldest first, of the type that the producer is expected to give, else of the longest one.

    A type without any value gives way to one that has some.
    """
    periodes = sorted((parse_periode(code) for code in constats), key=lambda each: each.debut)
    known = [each for each in periodes if constats[each.code]["valeur"] is not None]
    expected = grandeur.document["attendu"]["periode"]
    for some in (known, periodes):
        if some:
            longest = max(some, key=lambda each: each.fin - each.debut).genre
            genre = expected if any(each.genre == expected for each in some) else longest
            return [each for each in periodes if each.genre == genre]
    return []


def _number(grandeur: Grandeur, cell: Mapping[str, Any] | None) -> Decimal | None:
    value = cell["valeur"] if cell and grandeur.nature not in WORDS else None
    return None if value is None else Decimal(str(value))


def _is_whole(grandeur: Grandeur, cell: Mapping[str, Any]) -> bool:
    """Tell whether a cell may be compared: a sum of what was received so far is less than the whole, a share is not."""
    return grandeur.nature in QUOTIENTS or cell["couverture"]["part"] == 1


def _is_final(grandeur: Grandeur, cell: Mapping[str, Any], periode: Periode, today: date) -> bool:
    """Tell whether a cell grows no more: until then it is under any ceiling."""
    return _is_whole(grandeur, cell) and (grandeur.nature is not Nature.CUMUL or periode.fin <= today)


def _show_evolution(grandeur: Grandeur, constats: Constats, known: Sequence[Periode]) -> dict[str, Any] | None:
    if len(known) < 2:
        return None
    cells = [constats[each.code] for each in known[-2:]]
    before, now = (_number(grandeur, cell) for cell in cells)
    if now is None or before is None or not all(_is_whole(grandeur, cell) for cell in cells):
        return None
    tendance = read_trend(now, before)
    return {
        "periode": known[-2].code,
        "valeur": show_number(before),
        "tendance": tendance,
        "favorable": is_better(Sens.of(grandeur.sens), tendance),
    }


def _show_cible(
    grandeur: Grandeur, constats: Constats, known: Sequence[Periode], periode: Periode, cible: Decimal, today: date
) -> dict[str, Any]:
    """Measure progress on the value of the target's own period, else on the last one known before it ends."""
    if not known or not can_compare(grandeur, known[0].genre, periode.genre):
        known = _known_of(constats, periode.genre)
    reached = [each for each in known if each.fin <= periode.fin]
    measured = periode if periode.code in constats else reached[-1] if reached else None
    sens, cell = Sens.of(grandeur.sens), constats[measured.code] if measured else None
    valeur = _number(grandeur, cell)
    depart = _number(grandeur, constats[known[0].code]) if known and known[0] != measured else None
    final = cell is not None and measured is not None and _is_final(grandeur, cell, measured, today)
    told = valeur if final or sens is not Sens.BAISSE else None
    progression = measure_progress(sens, told, cible, depart) if told is not None else None
    part = progression.part if progression else None
    return {
        "periode": periode.code,
        "cible": show_number(cible),
        "valeur": show_number(valeur),
        "periode_valeur": measured.code if measured else None,
        "part": None if part is None else float(part),
        "atteinte": progression.atteinte if progression else None,
    }


def _known_of(constats: Constats, genre: Periodicite) -> list[Periode]:
    """Return the periods of a type that have a value, oldest first."""
    known = (parse_periode(code) for code, cell in constats.items() if cell["valeur"] is not None)
    return sorted((each for each in known if each.genre is genre), key=lambda each: each.debut)
