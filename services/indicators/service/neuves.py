"""Writes a push whose rows all stand where nothing stood: what they say needs no comparison with what is stored."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.bilan import Bilan, Somme, add_up, summarize
from services.indicators.queries import neuves as queries
from services.indicators.reports import Rejet
from services.indicators.row_context import Contexte
from services.indicators.row_validation import Ligne
from services.indicators.service.avertissements import Constat, find_warnings_of_new, observe_new


@dataclass(frozen=True)
class Neuves:
    """Rows that were written: how many were created, by quantity and period, and what is strange among them."""

    creees: list[dict[str, Any]]
    avertissements: list[Rejet]


async def write_new(
    session: AsyncSession, lignes: Sequence[Ligne], *, contexte: Contexte, source: str, ecriture: int
) -> Neuves | None:
    """Write rows, and return what became of them; ``None``, nothing done, unless all are new.

    They are when the source never gave anything for their quantities and periods, anywhere. A push that gives both a
    total and its parts is not for here: they are compared.
    """
    bilan = summarize(lignes)
    if not lignes or bilan.gives_totals or await queries.is_received(session, bilan, source):
        return None
    _, (sommes, constat) = await asyncio.gather(  # the database and this process work side by side
        queries.copy_rows(session, lignes, source=source, ecriture=ecriture),
        asyncio.to_thread(_look_at, lignes, contexte),
    )
    await queries.add_sums(session, sommes, source=source, ecriture=ecriture)
    await queries.note_received(session, bilan, source=source, ecriture=ecriture)
    return Neuves(_created(bilan), await find_warnings_of_new(session, lignes, constat, contexte, source))


def _look_at(lignes: Sequence[Ligne], contexte: Contexte) -> tuple[list[Somme], Constat]:
    return add_up(lignes), observe_new(lignes, contexte)


def _created(bilan: Bilan) -> list[dict[str, Any]]:
    return [
        {"sort": "creee", "definition": definition, "periode": periode, "nombre": nombre, "indices": None}
        for (definition, periode), nombre in bilan.nombres.items()
    ]
