"""Sends to the indicators what waits: at least once, under one key each, later and later when it fails."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.orientation.models import Envoi
from services.orientation.queries import envois as queries
from services.orientation.vocabulary_suivi import EtatEnvoi
from shared import clock
from shared.database import transaction
from shared.driver import driver_in_transaction
from shared.expedition import Expediteur, Reception

KEPT = timedelta(days=90)
FORGET = """
DELETE FROM envoi USING envoi suivant
WHERE envoi.etat = 'ENVOYE' AND envoi.envoye_le < $1 AND suivant.mois = envoi.mois AND suivant.rang > envoi.rang
"""
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
LATER = frozenset({401, 403, 404, 405, 408, 409, 425, 429})
"""Answers that say nothing of the figures: the key, the address or the moment is wrong."""
RECORD = """
UPDATE envoi SET etat = $2, statut = $3, essais = essais + 1, prochain_le = $4, envoye_le = $5, lot = $6, rejetees = $7,
  corps = CASE WHEN $2 = 'ENVOYE' THEN '{}'::jsonb ELSE corps END WHERE id = $1
"""


async def send_pending(engine: AsyncEngine, expediteur: Expediteur) -> int:
    """Send what is due, the oldest first, until something must wait; return how many were received.

    The answer is noted after it came: what stops in between sends again, under the same key, and changes nothing.
    """
    sent = 0
    while True:
        async with transaction(engine) as session:
            envoi = await queries.find_due(session, clock.now())
        if envoi is None:
            return sent
        reception = await expediteur(envoi.id, envoi.corps)
        etat = state_after(reception.statut)
        await _record(engine, envoi, etat, reception)
        if etat is EtatEnvoi.A_ENVOYER:
            return sent
        sent += etat is EtatEnvoi.ENVOYE


def state_after(statut: int | None) -> EtatEnvoi:
    """Return what becomes of a sending that was answered by ``statut``."""
    if statut is None or statut >= 500 or statut in LATER or 300 <= statut < 400:
        return EtatEnvoi.A_ENVOYER
    return EtatEnvoi.ENVOYE if statut < 300 else EtatEnvoi.REFUSE


def next_try(essais: int, now: datetime) -> datetime:
    """Return when to try again after ``essais`` failures: a minute, then twice as long each time, six hours at most."""
    wait: timedelta = FIRST_WAIT * 2 ** min(essais, 20)
    return now + min(wait, LONGEST_WAIT)


async def forget_envois(session: AsyncSession) -> None:
    """Delete what was sent long ago, unless it is the last of its month: that one tells what changed since."""
    driver = await driver_in_transaction(session)
    await driver.execute(FORGET, clock.now() - KEPT)


async def _record(engine: AsyncEngine, envoi: Envoi, etat: EtatEnvoi, reception: Reception) -> None:
    now, told = clock.now(), reception.document
    lot, rejetees = told.get("lot"), told.get("rejetees")
    async with transaction(engine) as session:
        driver = await driver_in_transaction(session)
        await driver.execute(
            RECORD,
            envoi.id,
            str(etat),
            reception.statut,
            next_try(envoi.essais, now),
            now if etat is EtatEnvoi.ENVOYE else None,
            lot if isinstance(lot, str) else None,
            rejetees if isinstance(rejetees, int) else None,
        )
