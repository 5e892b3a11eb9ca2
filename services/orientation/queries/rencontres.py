"""Meetings, seen only by who may see their territory."""

from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from services.orientation.models import Rencontre
from services.orientation.queries.visibility import scope_of, seen
from shared.pagination import Key, Tranche
from shared.reading import read_element, read_page, read_rows
from shared.tokens import Identite


def local(column: str) -> str:
    """Return the SQL text of an instant as clocks show it in Paris, with its offset."""
    wall = f"({column} AT TIME ZONE 'Europe/Paris')"
    offset = f"to_char({wall} - ({column} AT TIME ZONE 'UTC'), '\"+\"HH24:MI')"
    return f"to_char({wall}, 'YYYY-MM-DD\"T\"HH24:MI:SS') || {offset}"


DAY = "(r.debut AT TIME ZONE 'Europe/Paris')::date"
LEFT = "CASE WHEN r.statut = 'ANNULEE' THEN 0 ELSE greatest(r.capacite - n.inscrits, 0) END"
RENCONTRES = f"""
SELECT to_char(r.debut AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI') COLLATE "C" AS instant, r.id COLLATE "C" AS id,
  json_build_object('id', r.id, 'serie', r.serie, 'lieu', r.lieu, 'commune', r.commune, 'ctm', r.ctm,
    'debut', {local("r.debut")}, 'fin', {local("r.fin")},
    'duree_minutes', CAST(extract(epoch FROM r.fin - r.debut) / 60 AS int), 'capacite', r.capacite,
    'inscrits', n.inscrits, 'places_restantes', {LEFT}, 'en_attente', a.en_attente, 'modalite', r.modalite,
    'animateurs', r.animateurs, 'langues', r.langues, 'accessibilite', r.accessibilite, 'statut', r.statut,
    'motif_annulation', r.motif_annulation, 'modifie_le', r.modifie_le) AS element
FROM rencontre r
CROSS JOIN LATERAL (SELECT count(*) AS inscrits FROM inscription i
  WHERE i.rencontre = r.id AND i.statut = 'INSCRITE') n
CROSS JOIN LATERAL (SELECT count(*) AS en_attente FROM attente w
  WHERE w.rencontre = r.id AND w.statut = 'EN_ATTENTE') a
WHERE {seen("r")}
"""
FILTERS = {
    "lieu": "position(lower(public.unaccent(CAST(:lieu AS text))) IN lower(public.unaccent(r.lieu))) > 0",
    "commune": "r.commune = ANY(CAST(:commune AS text[]))",
    "ctm": "r.ctm = ANY(CAST(:ctm AS text[]))",
    "debut": f"{DAY} >= CAST(:debut AS date)",
    "fin": f"{DAY} <= CAST(:fin AS date)",
    "langue": "r.langues && CAST(:langue AS text[])",
    "accessibilite": "r.accessibilite && CAST(:accessibilite AS text[])",
    "modalite": "r.modalite = ANY(CAST(:modalite AS text[]))",
    "statut": "r.statut = ANY(CAST(:statut AS text[]))",
    "serie": "r.serie = CAST(:serie AS text)",
    "places_min": f"{LEFT} >= CAST(:places_min AS int)",
}


async def list_rencontres(
    session: AsyncSession, asked: Mapping[str, Any], identite: Identite, *, after: Key, limite: int
) -> Tranche:
    """Return a page of the meetings that the caller may see, by their start."""
    rows = RENCONTRES + "".join(f" AND {FILTERS[name]}" for name in asked)
    parameters = {**asked, **scope_of(identite)}
    return await read_page(session, rows, key="instant, id", after=after, limite=limite, parameters=parameters)


async def read_rencontre(session: AsyncSession, rencontre: str, identite: Identite) -> str | None:
    """Return a meeting as JSON, ``None`` when there is none that the caller may see."""
    rows = f"{RENCONTRES} AND r.id = :rencontre"
    return await read_element(session, rows, rencontre=rencontre, **scope_of(identite))


async def read_serie(session: AsyncSession, serie: str, identite: Identite) -> str:
    """Return the meetings of a series, in order, as a JSON list."""
    query = f"""SELECT coalesce(json_agg(element ORDER BY instant, id), '[]')::text
      FROM ({RENCONTRES} AND r.serie = :serie) lignes"""
    rows = await read_rows(session, query, {"serie": serie, **scope_of(identite)})
    elements: str = rows[0][0]
    return elements


async def find_rencontre(session: AsyncSession, rencontre: str, identite: Identite) -> asyncpg.Record | None:
    """Return the row of a meeting, ``None`` when there is none that the caller may see."""
    query = f"SELECT r.* FROM rencontre r WHERE r.id = :rencontre AND {seen('r')}"
    rows: Sequence[asyncpg.Record] = await read_rows(session, query, {"rencontre": rencontre, **scope_of(identite)})
    return rows[0] if rows else None


async def lock_rencontre(session: AsyncSession, rencontre: str) -> Rencontre | None:
    """Return a meeting once nobody else is changing it or its seats, and keep it from others until the end."""
    query = select(Rencontre).where(col(Rencontre.id) == rencontre).with_for_update(key_share=True)
    return (await session.execute(query)).scalar_one_or_none()
