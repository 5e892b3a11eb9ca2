"""Decisions on the queue of a full meeting: first come, first served."""

import secrets

from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.errors_rencontres import (
    AttenteInconnue,
    AttenteTerminee,
    DejaEnAttente,
    DejaInscrite,
    PlaceLibre,
    RencontreAnnulee,
    RencontreTerminee,
)
from services.orientation.models import Attente
from services.orientation.queries import inscriptions as queries
from services.orientation.service.inscriptions import check_person
from services.orientation.service.places import is_held, is_over, leave_queue, open_rencontre
from services.orientation.vocabulary_rencontres import StatutAttente
from shared import clock
from shared.responses import found
from shared.tokens import Identite


async def add_attente(session: AsyncSession, code: str, dossier: str, identite: Identite) -> tuple[str, bytes]:
    """Put a person at the end of the queue of a full meeting; return the place's identifier and representation.

    A person with a seat elsewhere at that time may wait, and is passed over while that lasts. Raises
    ``RencontreInconnue``, ``DossierInconnu``, :class:`RencontreAnnulee`, :class:`RencontreTerminee`,
    :class:`DejaInscrite`, :class:`DejaEnAttente`, :class:`PlaceLibre`.
    """
    rencontre = await open_rencontre(session, code, identite)
    await check_person(session, dossier, identite)
    if not is_held(rencontre):
        raise RencontreAnnulee
    if is_over(rencontre):
        raise RencontreTerminee
    if await queries.find_seat(session, code, dossier) is not None:
        raise DejaInscrite
    if any(each.dossier == dossier for each in await queries.list_waiting(session, code)):
        raise DejaEnAttente
    if await queries.count_enrolled(session, code) < rencontre.capacite:
        raise PlaceLibre
    attente = Attente(
        id=f"att-{secrets.token_hex(12)}",
        rencontre=code,
        dossier=dossier,
        statut=StatutAttente.EN_ATTENTE.value,
        arrivee_le=clock.now(),
    )
    session.add(attente)
    await session.flush()
    return attente.id, found(await queries.read_attente(session, code, attente.id, identite), AttenteInconnue)


async def withdraw_attente(session: AsyncSession, code: str, attente: str, identite: Identite) -> bytes:
    """Take a person out of the queue.

    Raises ``RencontreInconnue``, :class:`AttenteInconnue`, :class:`AttenteTerminee`.
    """
    await open_rencontre(session, code, identite)
    place = await queries.find_attente(session, code, attente, identite)
    if place is None:
        raise AttenteInconnue
    if place.statut != StatutAttente.EN_ATTENTE:
        raise AttenteTerminee
    leave_queue(place, StatutAttente.RETIREE)
    await session.flush()
    return found(await queries.read_attente(session, code, attente, identite), AttenteInconnue)
