"""Locks: days whose measurements no longer change."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from shared.driver import driver_in_transaction
from shared.pagination import Key, Tranche
from shared.query import LATEST
from shared.reading import read_column, read_element, read_page, read_rows

LIFTED = "CASE WHEN v.leve_le <= :au THEN v.leve_le END"
VERROU = f"""
SELECT CAST(v.debut AS text) AS debut, v.id COLLATE "C" AS id, json_build_object('id', v.id, 'codes', v.codes,
  'debut', v.debut, 'fin', v.fin, 'motif', v.motif, 'pose_le', v.pose_le, 'leve_le', {LIFTED}) AS element
FROM verrou v WHERE v.pose_le <= :au
"""
FILTERS = {"leve": f"(({LIFTED}) IS NOT NULL) = CAST(:leve AS boolean)"}


async def list_verrous(
    session: AsyncSession, filters: Mapping[str, Any], *, plan: str, au: datetime, after: Key, limite: int
) -> Tranche:
    """Return a page of the locks of a plan, by first day."""
    rows = f"{VERROU} AND v.plan = :plan" + "".join(f" AND {FILTERS[name]}" for name in filters)
    parameters = {**filters, "plan": plan, "au": au}
    return await read_page(session, rows, key="debut, id", after=after, limite=limite, parameters=parameters)


async def read_verrou(session: AsyncSession, verrou: str, au: datetime = LATEST) -> str | None:
    """Return one lock as JSON."""
    return await read_element(session, f"{VERROU} AND v.id = :verrou", verrou=verrou, au=au)


async def list_known_codes(session: AsyncSession, plan: str) -> list[str]:
    """Return every code that a lock may name: fiches, indicators, quantities."""
    query = """
        SELECT i.code FROM indicateur_version i WHERE i.plan = :plan AND i.connu_au IS NULL
        UNION SELECT CAST(i.fiche AS text) FROM indicateur_version i WHERE i.plan = :plan AND i.connu_au IS NULL
        UNION SELECT g.code FROM grandeur_version g WHERE g.plan = :plan AND g.connu_au IS NULL
    """
    return await read_column(session, query, plan=plan)


async def lift_verrou(session: AsyncSession, verrou: str, now: datetime) -> None:
    """Note since when a lock no longer holds; one that was lifted stays as it is."""
    await driver_in_transaction(session)
    query = "UPDATE verrou SET leve_le = :now WHERE id = :verrou AND leve_le IS NULL"
    await read_rows(session, query, {"verrou": verrou, "now": now})
