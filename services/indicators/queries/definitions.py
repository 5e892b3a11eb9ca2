"""Definitions of quantities, and what rows of a push are judged against."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.definitions import Definitions, parse_grandeur
from services.indicators.row_context import Verrouillage
from shared.query import LATEST
from shared.reading import read_rows
from shared.versions import known

GRANDEURS = f"""
SELECT g.definition, g.contenu::text FROM grandeur_version g WHERE g.plan = :plan AND {known("g")}
"""
STATE = """
SELECT max(g.id) AS id, max(g.connu_du) AS du, max(g.connu_au) AS au, count(*) AS nombre
FROM grandeur_version g WHERE g.plan = :plan
"""
MOST_KEPT = 8
_KEPT: dict[tuple[Any, ...], Definitions] = {}
VERROUS = """
SELECT v.codes::text AS codes, v.debut, v.fin FROM verrou v WHERE v.plan = :plan AND v.leve_le IS NULL
"""


async def read_definitions(
    session: AsyncSession, plan: str, *, au: datetime = LATEST, codes: Sequence[str] | None = None
) -> Definitions:
    """Return the definitions of a plan, or of the quantities ``codes`` only, as known at ``au``.

    Those of now are kept by this process for as long as the table does not change: every reader needs them all.
    """
    if au is LATEST:
        return await _read_current(session, plan)
    wanted = "" if codes is None else " AND g.code = ANY(:codes)"
    parameters = {"plan": plan, "au": au} | ({} if codes is None else {"codes": list(codes)})
    rows = await read_rows(session, GRANDEURS + wanted, parameters)
    return Definitions(parse_grandeur(*row) for row in rows)


async def _read_current(session: AsyncSession, plan: str) -> Definitions:
    (state,) = await read_rows(session, STATE, {"plan": plan})
    key = (plan, *state)
    kept = _KEPT.get(key)
    if kept is None:
        rows = await read_rows(session, GRANDEURS, {"plan": plan, "au": LATEST})
        if len(_KEPT) >= MOST_KEPT:
            _KEPT.clear()
        kept = _KEPT[key] = Definitions(parse_grandeur(*row) for row in rows)
    return kept


async def read_verrous(session: AsyncSession, plan: str) -> tuple[Verrouillage, ...]:
    """Return the locks in force."""
    rows = await read_rows(session, VERROUS, {"plan": plan})
    return tuple(Verrouillage(frozenset(json.loads(row["codes"])), row["debut"], row["fin"]) for row in rows)
