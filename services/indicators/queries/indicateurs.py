"""Indicators and what measures them, as JSON. ``:au`` is the instant of knowledge.

Documents are kept as ``jsonb``, which has no order: members are served in that of the contract's schemas.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.schemas import indicateurs as schemas
from shared.pagination import Tranche
from shared.reading import read_column, read_element, read_page
from shared.versions import known


def in_force(alias: str) -> str:
    """Return the SQL condition that a definition has begun on ``:jour``; the first one always has."""
    begun = f"{alias}.contenu->'definition'->>'valide_du'"
    return f"({begun} IS NULL OR CAST({begun} AS date) <= :jour)"


NESTED: dict[str, type[BaseModel]] = {
    "tranches": schemas.TranchesOut,
    "attendu": schemas.AttenduOut,
    "definition": schemas.DefinitionOut,
}
NUMBERS = frozenset({"valeur", "valeur_max"})


def list_members(schema: type[BaseModel], source: str) -> str:
    """Return the members of ``schema``, taken from the document ``source``, as arguments of ``json_build_object``."""
    return ", ".join(f"'{name}', {_take(name, source)}" for name in schema.model_fields)


def _take(name: str, source: str) -> str:
    if name in NUMBERS:
        return f"CAST({source}->>'{name}' AS numeric)"
    if (nested := NESTED.get(name)) is None:
        return f"{source}->'{name}'"
    return _in_order(nested, f"{source}->'{name}'")


def _in_order(schema: type[BaseModel], source: str) -> str:
    return f"CASE WHEN jsonb_typeof({source}) = 'object' THEN json_build_object({list_members(schema, source)}) END"


INDICATEUR = f"""
SELECT i.fiche AS fiche, i.rang AS rang, json_build_object('code', i.code, 'libelle', i.contenu->'libelle',
  'fiche', i.fiche, 'axe', i.axe) AS element
FROM indicateur_version i WHERE i.plan = :plan AND {known("i")}
"""
DETAIL = f"""
SELECT json_build_object('code', i.code, 'libelle', i.contenu->'libelle', 'fiche', i.fiche, 'axe', i.axe,
  'grandeurs', coalesce((
    SELECT json_agg({_in_order(schemas.GrandeurOut, "g.contenu")} ORDER BY g.code) FROM (
      SELECT DISTINCT ON (g.code) g.code, g.contenu FROM grandeur_version g
      WHERE g.plan = :plan AND g.indicateur = i.code AND {known("g")} AND {in_force("g")}
      ORDER BY g.code, g.contenu->'definition'->'version' DESC
    ) g), '[]'),
  'references', coalesce((
    SELECT json_agg({_in_order(schemas.ReferenceOut, "r.said")} ORDER BY r.rang)
    FROM jsonb_array_elements(i.contenu->'references') WITH ORDINALITY AS r (said, rang)), '[]')) AS element
FROM indicateur_version i WHERE i.plan = :plan AND {known("i")} AND i.code = :code
"""
GRANDEUR = f"""
SELECT json_build_object({list_members(schemas.GrandeurOut, "g.contenu")},
  'indicateur', g.indicateur, 'fiche', g.fiche, 'definitions', (
    SELECT json_agg({_take("definition", "v.contenu")} ORDER BY v.contenu->'definition'->'version')
    FROM grandeur_version v WHERE v.plan = :plan AND v.code = g.code AND {known("v")})) AS element
FROM grandeur_version g WHERE g.plan = :plan AND g.code = :code AND {known("g")} AND {in_force("g")}
ORDER BY g.contenu->'definition'->'version' DESC LIMIT 1
"""
FILTERS = {
    "fiche": "i.fiche = ANY(CAST(:fiche AS int[]))",
    "axe": "i.axe = ANY(CAST(:axe AS text[]))",
    "nature": f"""EXISTS (SELECT FROM grandeur_version g WHERE g.plan = :plan AND g.indicateur = i.code AND {known("g")}
      AND g.contenu->>'nature' = ANY(CAST(:nature AS text[])))""",
}
COLUMNS = {"fiche": "i.fiche::text", "axe": "i.axe"}


async def list_known_codes(session: AsyncSession, kind: str, *, plan: str, au: datetime) -> list[str]:
    """Return the codes of one ``kind`` (``fiche``, ``axe``) that have indicators."""
    query = f"SELECT DISTINCT {COLUMNS[kind]} FROM indicateur_version i WHERE i.plan = :plan AND {known('i')}"
    return await read_column(session, query, plan=plan, au=au)


async def list_indicateurs(
    session: AsyncSession,
    filters: Mapping[str, Any],
    *,
    plan: str,
    au: datetime,
    after: Sequence[int] | None,
    limite: int,
) -> Tranche:
    """Return a page of indicators, by fiche and rank."""
    rows = INDICATEUR + "".join(f" AND {FILTERS[name]}" for name in filters)
    parameters = {**filters, "plan": plan, "au": au}
    return await read_page(session, rows, key="fiche, rang", after=after, limite=limite, parameters=parameters)


async def read_indicateur(session: AsyncSession, *, plan: str, code: str, au: datetime, jour: date) -> str | None:
    """Return one indicator as JSON, with its quantities as defined on ``jour`` and the figures of the plan."""
    return await read_element(session, DETAIL, plan=plan, code=code, au=au, jour=jour)


async def read_grandeur(session: AsyncSession, *, plan: str, code: str, au: datetime, jour: date) -> str | None:
    """Return one quantity as JSON, as defined on ``jour``, with the dates of all its definitions."""
    return await read_element(session, GRANDEUR, plan=plan, code=code, au=au, jour=jour)
