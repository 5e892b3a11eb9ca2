"""Targets, in versions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from services.indicators.models import Cible
from shared.driver import driver_in_transaction
from shared.pagination import Key, Tranche
from shared.reading import read_element, read_page, read_scalar
from shared.versions import known


def _number(name: str) -> str:
    """Return the SQL of a number that JSON carries exactly: as such up to 15 digits, as text beyond."""
    given = f"c.contenu->>'{name}'"
    digits = f"length(translate({given}, '-.', ''))"
    return f"CASE WHEN {digits} <= 15 THEN to_jsonb(CAST({given} AS numeric)) ELSE to_jsonb({given}) END"


INDICATEUR = "left(c.grandeur, -2)"  # 30.I1.a is a quantity of 30.I1
FICHE = "CAST(split_part(c.grandeur, '.', 1) AS int)"
CIBLE = f"""
SELECT {FICHE} AS fiche, CAST(substr(split_part(c.grandeur, '.', 2), 2) AS int) AS rang,
  c.grandeur COLLATE "C" AS grandeur, c.territoire COLLATE "C" AS territoire, c.periode COLLATE "C" AS periode,
  json_build_object('grandeur', c.grandeur, 'indicateur', {INDICATEUR}, 'fiche', {FICHE}, 'territoire', c.territoire,
    'periode', c.periode, 'valeur', {_number("valeur")}, 'valeur_max', {_number("valeur_max")},
    'commentaire', c.contenu->'commentaire', 'origine', c.contenu->'origine', 'page', c.contenu->'page',
    'fixee_le', c.connu_du) AS element
FROM cible c WHERE c.plan = :plan AND {known("c")}
"""
KEY = "fiche, rang, grandeur, territoire, periode"
FILTERS = {
    "grandeur": "c.grandeur = ANY(CAST(:grandeur AS text[]))",
    "indicateur": f"{INDICATEUR} = ANY(CAST(:indicateur AS text[]))",
    "fiche": f"{FICHE} = ANY(CAST(:fiche AS int[]))",
    "territoire": "c.territoire = ANY(CAST(:territoire AS text[]))",
    "periode": "c.periode = ANY(CAST(:periode AS text[]))",
}
ONE = " AND c.grandeur = :grandeur AND c.territoire = :territoire AND c.periode = :periode"


async def list_cibles(
    session: AsyncSession, filters: Mapping[str, Any], *, plan: str, au: datetime, after: Key, limite: int
) -> Tranche:
    """Return a page of targets: by quantity, territory and period."""
    rows = CIBLE + "".join(f" AND {FILTERS[name]}" for name in filters)
    parameters = {**filters, "plan": plan, "au": au}
    return await read_page(session, rows, key=KEY, after=after, limite=limite, parameters=parameters)


async def read_cible(session: AsyncSession, key: Mapping[str, str], au: datetime) -> str | None:
    """Return the target of one ``key`` (plan, grandeur, territoire, periode) as JSON."""
    return await read_element(session, CIBLE + ONE, **key, au=au)


async def lock_cible(session: AsyncSession, key: Mapping[str, str]) -> None:
    """Let one change of a target through at a time, until the transaction ends."""
    await driver_in_transaction(session)
    name = " ".join(("indicators.cible", *(key[part] for part in sorted(key))))
    await read_scalar(session, "SELECT pg_advisory_xact_lock(hashtext(:name))", name=name)


async def find_cible(session: AsyncSession, key: Mapping[str, str]) -> Cible | None:
    """Return the current version of a target, as the row that a change replaces."""
    query = select(Cible).where(*(getattr(Cible, name) == value for name, value in key.items()))
    return (await session.scalars(query.where(col(Cible.connu_au).is_(None)))).one_or_none()
