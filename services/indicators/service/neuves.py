"""Writes a push whose rows all stand where nothing stood: what they say needs no comparison with what is stored."""

import asyncio
from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.bilan import Somme, add_up, summarize
from services.indicators.queries import neuves as queries
from services.indicators.row_validation import Ligne
from services.indicators.service.tri import without_collection


async def write_new(
    session: AsyncSession, lignes: Sequence[Ligne], *, source: str, ecriture: int
) -> list[dict[str, Any]] | None:
    """Write rows, and return how many were created by quantity and period; ``None``, nothing done, unless all are new.

    They are when the source never gave anything for their quantities and periods, anywhere. A push that gives both a
    total and its parts is not for here: they are compared.
    """
    bilan = summarize(lignes)
    if not lignes or bilan.gives_totals or await queries.is_received(session, bilan, source):
        return None
    _, sommes = await asyncio.gather(  # the database and this process work side by side
        queries.copy_rows(session, lignes, source=source, ecriture=ecriture),
        asyncio.to_thread(_add_up, lignes),
    )
    await queries.add_sums(session, sommes, source=source, ecriture=ecriture)
    await queries.note_received(session, bilan, source=source)
    return [
        {"sort": "creee", "definition": definition, "periode": periode, "nombre": nombre, "indices": None}
        for (definition, periode), nombre in bilan.nombres.items()
    ]


def _add_up(lignes: Sequence[Ligne]) -> list[Somme]:
    with without_collection():
        return add_up(lignes)
