"""Dossiers, seen only by who may see their territory."""

from collections.abc import Sequence
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, or_, select

from services.orientation.models import Dossier
from services.orientation.queries.visibility import own_territories, scope_of, seen
from shared.reading import read_column, read_rows, read_scalar
from shared.tokens import Identite

LISTED = f"""
FROM dossier d WHERE d.efface_le IS NULL
  AND {seen("d")}
  AND (cardinality(CAST(:ctms AS text[])) = 0 OR d.ctm = ANY(CAST(:ctms AS text[])))
  AND (cardinality(CAST(:communes AS text[])) = 0 OR d.commune = ANY(CAST(:communes AS text[])))
"""
KNOWN = """
SELECT DISTINCT i.dossier FROM identifiant i WHERE i.empreinte = ANY(CAST(:hashes AS bytea[])) ORDER BY i.dossier
"""


async def find_dossier(session: AsyncSession, code: str, identite: Identite, *, verrou: bool = False) -> Dossier | None:
    """Return a dossier, or ``None`` when there is none that the caller may see.

    ``verrou``: no other write of this dossier goes on until the transaction ends.
    """
    query = select(Dossier).where(Dossier.id == code)
    mine = own_territories(identite)
    if mine is not None:
        query = query.where(or_(col(Dossier.ctm).in_(mine), col(Dossier.commune).in_(mine)))
    if verrou:
        query = query.with_for_update().execution_options(populate_existing=True)
    return (await session.execute(query)).scalar_one_or_none()


async def list_dossiers(
    session: AsyncSession, identite: Identite, *, after: str | None, limite: int, **filtres: Sequence[str]
) -> list[asyncpg.Record]:
    """Return the dossiers that follow ``after``, by id; ``filtres`` are ``ctms`` and ``communes``."""
    query = (
        f"SELECT d.id, d.commune, d.ctm, d.cree_le, d.modifie_le {LISTED} AND d.id > :after ORDER BY d.id LIMIT :limite"
    )
    return await read_rows(session, query, _listed(identite, filtres) | {"after": after or "", "limite": limite})


async def count_dossiers(session: AsyncSession, identite: Identite, **filtres: Sequence[str]) -> int:
    """Return how many dossiers the list holds."""
    number: int = await read_scalar(session, f"SELECT count(*) {LISTED}", **_listed(identite, filtres))
    return number


def _listed(identite: Identite, filtres: dict[str, Sequence[str]]) -> dict[str, Any]:
    return {**scope_of(identite), **{name: list(given) for name, given in filtres.items()}}


async def find_known(session: AsyncSession, hashes: Sequence[bytes]) -> list[str]:
    """Return the dossiers of which one of the identifiers is among ``hashes``."""
    return await read_column(session, KNOWN, hashes=list(hashes))
