"""Rule sets that people wrote, and what is known of persons to play them on."""

import json
from typing import Any

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select

from services.orientation.models import JeuRegles
from shared.reading import read_rows, read_scalar

FAITS = """
SELECT f.dossier, json_object_agg(f.code, f.valeur)::text AS faits FROM (
  SELECT DISTINCT ON (r.dossier, r.code) r.dossier, r.code, r.valeur FROM fait_recu r
  WHERE r.dossier IN (
    SELECT d.id FROM dossier d WHERE EXISTS (SELECT 1 FROM fait_recu p WHERE p.dossier = d.id)
    ORDER BY d.id LIMIT :limite
  )
  ORDER BY r.dossier, r.code, r.confirme DESC, r.extrait_le DESC
) f GROUP BY f.dossier ORDER BY f.dossier
"""


async def wait_for_turn(session: AsyncSession) -> None:
    """Wait until nobody else writes rule sets: two publications must not see the same days free."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('orientation.jeu_regles', 0))"))


async def read_mark(session: AsyncSession) -> int:
    """Return what changes when a rule set is published: these rows are never taken away."""
    found: int = await read_scalar(session, "SELECT count(*) FROM jeu_regles j WHERE j.publie_le IS NOT NULL")
    return found


async def list_published(session: AsyncSession) -> list[asyncpg.Record]:
    """Return the content of the published rule sets, and when each was."""
    query = (
        "SELECT j.version, j.contenu, j.publie_le FROM jeu_regles j WHERE j.publie_le IS NOT NULL ORDER BY j.version"
    )
    return await read_rows(session, query, {})


async def find_jeu(session: AsyncSession, version: str) -> JeuRegles | None:
    """Return the rule set that people wrote under a version, as it now stands."""
    return await session.get(JeuRegles, version, populate_existing=True)


async def list_jeux(session: AsyncSession) -> list[JeuRegles]:
    """Return every rule set that people wrote."""
    return list((await session.execute(select(JeuRegles).order_by("version"))).scalars())


async def list_known_facts(session: AsyncSession, limite: int) -> list[dict[str, Any]]:
    """Return what is known of at most ``limite`` persons, without who they are: the confirmed, then the latest."""
    return [json.loads(row["faits"]) for row in await read_rows(session, FAITS, {"limite": limite})]
