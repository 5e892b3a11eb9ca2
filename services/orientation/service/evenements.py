"""Adds what happened to a person's dossier."""

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.flux.events import EvenementLu
from services.orientation.models import Evenement
from services.orientation.queries.flux import copy_rows
from shared import clock


async def add_evenement(
    session: AsyncSession, *, dossier: str, jour: date, nature: str, contenu: Mapping[str, Any], acteur: str
) -> str:
    """Add an event to ``dossier``, and return its id; ``contenu`` holds what its ``nature`` asks for, nothing else."""
    evenement = Evenement(
        id=f"evt-{secrets.token_hex(12)}",
        dossier=dossier,
        date=jour,
        type=nature,
        contenu=dict(contenu),
        acteur=acteur,
        enregistre_le=clock.now(),
    )
    session.add(evenement)
    await session.flush()
    return evenement.id


async def add_evenements(session: AsyncSession, evenements: Sequence[tuple[str, EvenementLu]], *, acteur: str) -> None:
    """Add many events at once, in their order: each with the dossier it happened to."""
    columns = ("id", "dossier", "date", "type", "contenu", "acteur", "enregistre_le")
    now = clock.now()
    rows = [
        (f"evt-{secrets.token_hex(12)}", dossier, each.jour, each.type, json.dumps(each.contenu), acteur, now)
        for dossier, each in evenements
    ]
    await copy_rows(session, "evenement", columns, rows)
