"""Requests for another pathway, seen by who may see the territory of the person."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, or_, select

from services.orientation.models import Dossier, Reorientation
from services.orientation.queries.visibility import own_territories, scope_of, seen
from shared.pagination import Key, Tranche
from shared.reading import read_element, read_page
from shared.tokens import Identite

ELEMENTS = """
SELECT r.rang, jsonb_build_object('id', r.id, 'dossier', r.dossier, 'ctm', d.ctm, 'de', r.de, 'vers', r.vers,
  'motif', r.motif, 'etat', r.etat, 'demandee_le', r.demandee_le,
  'avis', jsonb_build_object('requis', r.echeance_avis IS NOT NULL, 'echeance', r.echeance_avis, 'sens', r.avis,
    'rendu_le', r.avis_le),
  'decidee_le', r.decidee_le, 'motif_decision', r.motif_decision) AS element
FROM reorientation r JOIN dossier d ON d.id = r.dossier
"""
ROWS = f"{ELEMENTS} WHERE {seen('d')}"


async def list_reorientations(
    session: AsyncSession, identite: Identite, *, etats: list[str], ctm: str | None, after: Key, limite: int
) -> Tranche:
    """Return a page of requests, the oldest first."""
    parameters: dict[str, Any] = scope_of(identite)
    rows = ROWS
    if etats:
        rows, parameters["etats"] = f"{rows} AND r.etat = ANY(CAST(:etats AS text[]))", etats
    if ctm is not None:
        rows, parameters["ctm"] = f"{rows} AND d.ctm = :ctm", ctm
    return await read_page(session, rows, key="rang", after=after, limite=limite, parameters=parameters)


async def read_reorientation(session: AsyncSession, code: str, identite: Identite) -> str | None:
    """Return a request as JSON."""
    return await read_element(session, f"{ROWS} AND r.id = :code", code=code, **scope_of(identite))


async def lock_reorientation(session: AsyncSession, code: str, identite: Identite) -> Reorientation | None:
    """Return a request that nobody else changes until the transaction ends; ``None`` when there is none to see."""
    query = select(Reorientation).join(Dossier, col(Dossier.id) == col(Reorientation.dossier))
    query = query.where(Reorientation.id == code)
    if (mine := own_territories(identite)) is not None:
        query = query.where(or_(col(Dossier.ctm).in_(mine), col(Dossier.commune).in_(mine)))
    return (await session.execute(query.with_for_update(of=Reorientation))).scalar_one_or_none()


async def has_pending(session: AsyncSession, dossier: str) -> bool:
    """Tell whether a request awaits its decision; none can come meanwhile, for the dossier is held."""
    await session.execute(select(Dossier.id).where(Dossier.id == dossier).with_for_update())
    query = select(Reorientation.id).where(Reorientation.dossier == dossier, col(Reorientation.decidee_le).is_(None))
    return (await session.execute(query)).first() is not None
