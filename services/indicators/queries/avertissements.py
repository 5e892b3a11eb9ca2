"""What a push is compared with once written: the parts of its totals, its breakdowns, the period before.

The rows of the push stand in ``pg_temp.arrivee``, those below 0 being what a replacement deletes.
"""

from collections.abc import Sequence

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from shared.reading import read_rows

MOST = 1_000
CLE = "(m.definition, m.territoire, m.periode, m.ventilation, m.source)"
PARTS = f"""
SELECT a.indice, a.definition, a.territoire, a.periode, m.valeur, g.valeur AS somme, g.recus, g.signales
FROM (
  SELECT min(indice) AS indice, definition, territoire, periode, ventilation FROM (
    SELECT indice, definition, parent AS territoire, periode, ventilation FROM pg_temp.arrivee
      WHERE indice >= 0 AND parent IS NOT NULL
    UNION ALL
    SELECT indice, definition, territoire, periode, ventilation FROM pg_temp.arrivee
      WHERE indice >= 0 AND territoire = ANY(CAST(:parents AS text[]))
  ) t GROUP BY definition, territoire, periode, ventilation
) a
JOIN LATERAL (
  SELECT * FROM agregat g WHERE (g.definition, g.parent, g.periode, g.ventilation, g.source)
    = (a.definition, a.territoire, a.periode, a.ventilation, CAST(:source AS text)) LIMIT 1
) g ON g.recus > 0
JOIN LATERAL (
  SELECT * FROM mesure m
  WHERE {CLE} = (a.definition, a.territoire, a.periode, a.ventilation, CAST(:source AS text)) LIMIT 1
) m ON true
WHERE NOT m.supprimee AND m.valeur <> g.valeur ORDER BY a.indice LIMIT {MOST}
"""
BREAKDOWNS = f"""
SELECT a.indice, a.definition, v.dimension, m.valeur, v.somme, v.modalites, v.cachees
FROM (
  SELECT min(indice) AS indice, definition, territoire, periode FROM pg_temp.arrivee
  WHERE indice >= 0 AND definition = ANY(CAST(:definitions AS int[])) GROUP BY definition, territoire, periode
) a
CROSS JOIN LATERAL (
  SELECT split_part(v.ventilation, ':', 1) AS dimension, sum(v.valeur) AS somme,
    array_agg(split_part(v.ventilation, ':', 2)) AS modalites, bool_or(v.valeur IS NULL) AS cachees
  FROM mesure v WHERE (v.definition, v.territoire, v.periode) = (a.definition, a.territoire, a.periode)
    AND v.source = :source AND NOT v.supprimee AND v.ventilation <> '' AND strpos(v.ventilation, '|') = 0 GROUP BY 1
) v
JOIN LATERAL (
  SELECT * FROM mesure m WHERE {CLE} = (a.definition, a.territoire, a.periode, '', CAST(:source AS text)) LIMIT 1
) m ON NOT m.supprimee
WHERE v.somme <> m.valeur ORDER BY a.indice LIMIT {MOST}
"""
LEAPS = f"""
SELECT a.indice, a.valeur, m.valeur AS avant, a.precedente
FROM pg_temp.arrivee a
JOIN LATERAL (
  SELECT * FROM mesure m
  WHERE {CLE} = (a.definition, a.territoire, a.precedente, a.ventilation, CAST(:source AS text)) LIMIT 1
) m ON NOT m.supprimee
WHERE a.indice >= 0 AND a.definition = ANY(CAST(:definitions AS int[]))
  AND abs(a.valeur - m.valeur) >= :ecart AND least(abs(a.valeur), abs(m.valeur)) > 0
  AND greatest(abs(a.valeur), abs(m.valeur)) >= :facteur * least(abs(a.valeur), abs(m.valeur))
ORDER BY a.indice LIMIT {MOST}
"""


async def list_parts(session: AsyncSession, source: str, parents: Sequence[str]) -> list[asyncpg.Record]:
    """Return the totals that differ from the sum of the parts supplied; ``parents`` are the territories with parts."""
    return await read_rows(session, PARTS, {"source": source, "parents": list(parents)})


async def list_breakdowns(session: AsyncSession, source: str, definitions: Sequence[int]) -> list[asyncpg.Record]:
    """Return the totals that differ from the sum of the modalities supplied, dimension by dimension."""
    return await read_rows(session, BREAKDOWNS, {"source": source, "definitions": list(definitions)})


async def list_leaps(
    session: AsyncSession, source: str, definitions: Sequence[int], *, facteur: int, ecart: int
) -> list[asyncpg.Record]:
    """Return the values that are ``facteur`` times that of the period before, or a ``facteur``-th of it."""
    parameters = {"source": source, "definitions": list(definitions), "facteur": facteur, "ecart": ecart}
    return await read_rows(session, LEAPS, parameters)
