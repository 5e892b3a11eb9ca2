"""Dossiers, seen only by who may see their territory."""

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, or_, select

from services.orientation.models import Dossier
from shared.tokens import Identite


async def find_dossier(session: AsyncSession, code: str, identite: Identite) -> Dossier | None:
    """Return a dossier, or ``None`` when there is none that the caller may see."""
    query = select(Dossier).where(Dossier.id == code)
    if identite.territoires is not None and "69M" not in identite.territoires:
        mine = list(identite.territoires)
        query = query.where(or_(col(Dossier.ctm).in_(mine), col(Dossier.commune).in_(mine)))
    return (await session.execute(query)).scalar_one_or_none()
