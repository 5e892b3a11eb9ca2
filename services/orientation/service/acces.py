"""Opens dossiers to those who may see them, and writes down that they did; seals and forgets what was written."""

import hashlib
import json
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.errors_dossiers import DossierEfface, DossierInconnu
from services.orientation.models import Dossier
from services.orientation.queries import acces as queries
from services.orientation.queries.dossiers import find_dossier
from services.orientation.vocabulary_dossiers import OperationAcces
from shared import clock
from shared.tokens import Identite

LOG_KEPT, SEGMENT = timedelta(days=365), 10_000
MOST_MOTIF = 120


async def open_dossier(
    session: AsyncSession, identite: Identite, code: str, operation: OperationAcces, motif: str | None
) -> Dossier:
    """Return a dossier, and write down who opened it. Raises :class:`DossierInconnu` (404) as for another territory."""
    return await _open(session, identite, code, operation, motif, verrou=False)


async def open_to_write(
    session: AsyncSession, identite: Identite, code: str, operation: OperationAcces, motif: str | None
) -> Dossier:
    """Return a dossier that nobody else writes until this transaction ends, and write down who opened it.

    Raises :class:`DossierInconnu` (404).
    """
    return await _open(session, identite, code, operation, motif, verrou=True)


async def _open(
    session: AsyncSession,
    identite: Identite,
    code: str,
    operation: OperationAcces,
    motif: str | None,
    *,
    verrou: bool,
) -> Dossier:
    dossier = await find_dossier(session, code, identite, verrou=verrou)
    if dossier is None:
        raise DossierInconnu
    await log_acces(session, identite.sujet, [code], operation, motif)
    return dossier


def refuse_erased(dossier: Dossier) -> None:
    """Refuse to write where the identity was erased. Raises :class:`DossierEfface` (409)."""
    if dossier.efface_le is not None:
        raise DossierEfface


async def log_acces(
    session: AsyncSession, acteur: str, dossiers: Sequence[str], operation: OperationAcces, motif: str | None
) -> None:
    """Write down an access to each of ``dossiers``: one statement, no lock that another reader waits for."""
    digest = hashlib.sha256(motif.encode()).digest() if motif else None
    await queries.write_acces(session, dossiers, acteur, operation.value, motif, digest, clock.now())


async def log_page(session: AsyncSession, identite: Identite, elements: str) -> None:
    """Write down that a page showed dossiers: ``elements`` is its JSON, each element naming its ``dossier``."""
    shown = {each["dossier"] for each in json.loads(elements) if each.get("dossier")}
    await log_acces(session, identite.sujet, sorted(shown), OperationAcces.LISTE, None)


async def seal_all(session: AsyncSession) -> int:
    """Seal every access that is not; return how many there were. What is being written waits for the next time."""
    total = 0
    while sealed := await queries.seal(session, SEGMENT):
        total += sealed
    return total


async def forget_old_acces(session: AsyncSession) -> int:
    """Delete accesses of more than a year, by whole segments; the seals stay, so that the chain still holds."""
    return await queries.forget_acces(session, clock.now() - LOG_KEPT)
