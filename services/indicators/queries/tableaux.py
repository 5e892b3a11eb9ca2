"""The board of the plan: published values at one territory, targets, labels."""

from collections.abc import Sequence
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from shared.reading import Source, read_rows

INDICATEURS = """
SELECT i.code, i.fiche, i.axe, i.contenu->>'libelle' AS libelle FROM indicateur_version i
WHERE i.plan = :plan AND i.connu_au IS NULL
  AND (cardinality(CAST(:fiches AS int[])) = 0 OR i.fiche = ANY(CAST(:fiches AS int[])))
  AND (cardinality(CAST(:axes AS text[])) = 0 OR i.axe = ANY(CAST(:axes AS text[])))
ORDER BY i.fiche, i.rang
"""
# Ranked within a type of period, which the length and the sixth character of its code tell apart; those without a
# value are ranked apart.
GENRE = """p.definition, length(p.periode), translate(substr(p.periode, 6, 1), '0123456789', '----------'),
      p.cellule->>'valeur' IS NULL"""
CONSTATS = f"""
SELECT definition, periode, cellule, publie_du FROM (
  SELECT p.definition, p.periode, p.cellule::text AS cellule, p.publie_du,
    row_number() OVER (PARTITION BY {GENRE} ORDER BY p.periode DESC) AS rang,
    count(*) OVER (PARTITION BY {GENRE}) AS tous
  FROM publication p WHERE p.definition = ANY(CAST(:definitions AS int[])) AND p.territoire = :territoire
    AND p.ventilation = '' AND p.publie_au IS NULL AND p.cellule->>'statut' IS DISTINCT FROM 'f'
) rangs WHERE rang <= 2 OR rang = tous OR periode = ANY(CAST(:periodes AS text[]))
"""
CIBLES = """
SELECT c.grandeur, c.periode, c.contenu->>'valeur' AS valeur FROM cible c
WHERE c.plan = :plan AND c.territoire = :territoire AND c.connu_au IS NULL ORDER BY c.grandeur, c.periode
"""
REFERENCES = """
SELECT r->>'nature' AS nature, r->>'valeur' AS valeur, r->>'unite' AS unite
FROM indicateur_version i, jsonb_array_elements(i.contenu->'references') AS r
WHERE i.plan = :plan AND i.code = :indicateur AND i.connu_au IS NULL
"""


async def list_indicateurs(
    session: AsyncSession, plan: str, *, fiches: Sequence[int], axes: Sequence[str]
) -> list[asyncpg.Record]:
    """Return the indicators of some fiches or axes, all of them without any, in order."""
    return await read_rows(session, INDICATEURS, {"plan": plan, "fiches": list(fiches), "axes": list(axes)})


async def list_constats(
    session: AsyncSession, definitions: Sequence[int], territoire: str, periodes: Sequence[str]
) -> list[asyncpg.Record]:
    """Return the first and last two published cells of each definition and type of period, with a value and without,
    and those named; what was only forecast was not yet seen.
    """
    parameters: dict[str, Any] = {"definitions": list(definitions), "territoire": territoire}
    return await read_rows(session, CONSTATS, {**parameters, "periodes": list(periodes)})


async def list_references(session: Source, plan: str, indicateur: str) -> list[asyncpg.Record]:
    """Return the figures that the plan gives for an indicator."""
    return await read_rows(session, REFERENCES, {"plan": plan, "indicateur": indicateur})


async def list_cibles(session: Source, plan: str, territoire: str) -> list[asyncpg.Record]:
    """Return the targets in force at one territory."""
    return await read_rows(session, CIBLES, {"plan": plan, "territoire": territoire})
