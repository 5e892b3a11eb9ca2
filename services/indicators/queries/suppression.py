"""Deleting measurements: they become tombstones, which readers of what changed receive."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.queries.ecriture import BEFORE, STORED, WRITING
from shared.reading import read_rows, read_scalar

DELETIONS = f"""
SELECT a.indice, a.definition, a.territoire, a.periode, a.ventilation, a.parent, a.extrait_le,
  CAST(NULL AS numeric) AS valeur, CAST(NULL AS numeric) AS diviseur, CAST(NULL AS text) AS texte,
  CAST(NULL AS text) AS statut, CAST(NULL AS text) AS confidentialite,
  CASE WHEN m.supprimee THEN m.commentaire ELSE CAST(:motif AS text) END AS commentaire, false AS vit, {BEFORE},
  CASE WHEN m.supprimee AND a.extrait_le > m.extrait_le THEN 'avancee'
    WHEN m.definition IS NULL OR m.supprimee THEN 'inchangee'
    WHEN a.extrait_le < m.extrait_le THEN 'perimee' ELSE 'supprimee' END AS sort
FROM pg_temp.arrivee a {STORED} WHERE (a.indice < 0) = CAST(:absentes AS boolean)
"""
DELETE = f"WITH sorts AS MATERIALIZED ({DELETIONS}), {WRITING}"
IN_SCOPE = """
FROM mesure m WHERE m.definition = ANY(CAST(:definitions AS int[])) AND m.territoire = ANY(CAST(:territoires AS text[]))
  AND m.periode = ANY(CAST(:periodes AS text[])) AND m.source = :source AND NOT EXISTS (
    SELECT FROM unnest(CAST(:closes_definitions AS int[]), CAST(:closes_periodes AS text[])) AS c(definition, periode)
    WHERE (c.definition, c.periode) = (m.definition, m.periode))
"""
MISSING_ROW, TOMBSTONE = -1, -2
MISSING = f"""
INSERT INTO pg_temp.arrivee (indice, definition, territoire, periode, ventilation, parent, extrait_le)
SELECT CASE WHEN m.supprimee THEN {TOMBSTONE} ELSE {MISSING_ROW} END,
  m.definition, m.territoire, m.periode, m.ventilation,
  CASE WHEN m.definition = ANY(CAST(:additives AS int[])) THEN p.parent END, :extrait_le
FROM (
  SELECT definition, territoire, periode, ventilation, bool_or(supprimee) AS supprimee FROM (
    SELECT m.definition, m.territoire, m.periode, m.ventilation, m.supprimee, true AS absente
      {IN_SCOPE} AND m.extrait_le <= :extrait_le
    UNION ALL
    SELECT a.definition, a.territoire, a.periode, a.ventilation, false, false FROM pg_temp.arrivee a
  ) t GROUP BY definition, territoire, periode, ventilation HAVING bool_and(absente)
) m LEFT JOIN unnest(CAST(:enfants AS text[]), CAST(:parents AS text[])) AS p(enfant, parent) ON p.enfant = m.territoire
"""


async def delete_arrivals(
    session: AsyncSession, *, source: str, ecriture: int, motif: str | None, absentes: bool = False
) -> list[asyncpg.Record]:
    """Turn into tombstones what the push names, or what :func:`bring_missing` brought (``absentes``).

    Return how many rows met each fate, by quantity and period.
    """
    parameters = {"source": source, "ecriture": ecriture, "motif": motif, "absentes": absentes}
    return await read_rows(session, DELETE, parameters)


async def count_scope(session: AsyncSession, scope: dict[str, Any]) -> int:
    """Return how many live measurements a scope holds."""
    number: int = await read_scalar(session, f"SELECT count(*) {IN_SCOPE} AND NOT m.supprimee", **scope)
    return number


async def bring_missing(
    session: AsyncSession,
    scope: dict[str, Any],
    *,
    additives: Sequence[int],
    parents: dict[str, str],
    extrait_le: datetime,
) -> int:
    """Add to the temporary table what a scope holds besides, and is not newer; return how many live rows that is.

    The tombstones of the scope are brought too: they are as dead at this extraction, which older files must know.
    """
    parameters = {
        **scope,
        "additives": list(additives),
        "enfants": list(parents),
        "parents": list(parents.values()),
        "extrait_le": extrait_le,
    }
    await read_rows(session, MISSING, parameters)
    number: int = await read_scalar(session, f"SELECT count(*) FROM pg_temp.arrivee WHERE indice = {MISSING_ROW}")
    return number
