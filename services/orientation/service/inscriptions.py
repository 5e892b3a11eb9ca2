"""Decisions on seats: the last one goes to one person, and what is given back goes to who waits."""

import json

from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.errors_rencontres import (
    Complet,
    DejaInscrite,
    InscriptionAnnulee,
    InscriptionChevauchante,
    InscriptionInconnue,
    IssueNotee,
    RencontreAnnulee,
    RencontreInconnue,
    RencontreTerminee,
)
from services.orientation.models import Inscription, Rencontre
from services.orientation.queries import inscriptions as queries
from services.orientation.queries.rencontres import find_rencontre
from services.orientation.service.acces import open_dossier, refuse_erased
from services.orientation.service.places import enrol, is_held, is_over, open_rencontre, promote, release
from services.orientation.vocabulary_dossiers import OperationAcces
from services.orientation.vocabulary_rencontres import MotifAnnulationInscription, StatutInscription
from shared.errors import Phrase
from shared.responses import found
from shared.tokens import Identite


async def check_seen(session: AsyncSession, rencontre: str, identite: Identite) -> None:
    """Refuse a meeting that the caller may not see. Raises :class:`RencontreInconnue`."""
    if await find_rencontre(session, rencontre, identite) is None:
        raise RencontreInconnue


async def add_inscription(session: AsyncSession, code: str, dossier: str, identite: Identite) -> tuple[str, bytes]:
    """Give a seat to a person, with its convocation; return the seat's identifier and representation.

    Requests for one meeting pass one after the other, so that the last seat goes to one of them; requests for one
    person too, so that nobody has two seats at the same time. Raises :class:`RencontreInconnue`,
    :class:`DossierInconnu`, :class:`RencontreAnnulee`, :class:`DejaInscrite`, :class:`InscriptionChevauchante`,
    :class:`Complet`, which puts nobody in the queue.
    """
    rencontre = await open_rencontre(session, code, identite)
    await check_person(session, dossier, identite)
    if not is_held(rencontre):
        raise RencontreAnnulee
    await _check_free(session, rencontre, dossier)
    if await queries.count_enrolled(session, code) >= rencontre.capacite:
        raise Complet
    inscription = await enrol(session, rencontre, dossier, identite.sujet)
    await session.flush()
    body = await queries.read_inscription(session, code, inscription.id, identite)
    return inscription.id, found(body, InscriptionInconnue)


async def check_person(session: AsyncSession, dossier: str, identite: Identite) -> None:
    """Refuse a person whom the caller may not see, or who was erased; the access is written down.

    Raises :class:`DossierInconnu`, :class:`DossierEfface`.
    """
    refuse_erased(await open_dossier(session, identite, dossier, OperationAcces.INSCRIPTION, None))


async def _check_free(session: AsyncSession, rencontre: Rencontre, dossier: str) -> None:
    """Refuse a person who has a seat, here or elsewhere at that time, naming it."""
    await queries.lock_persons(session, [dossier])
    seat = await queries.find_seat(session, rencontre.id, dossier)
    if seat is not None:
        raise DejaInscrite(Phrase(f"Inscription {seat}", f"Registration {seat}"))
    elsewhere = await queries.list_elsewhere(
        session, [dossier], rencontre=rencontre.id, debut=rencontre.debut, fin=rencontre.fin
    )
    if elsewhere:
        where, seat = elsewhere[0]["rencontre"], elsewhere[0]["id"]
        raise InscriptionChevauchante(
            Phrase(
                f"La personne est déjà inscrite à cette heure à la rencontre {where} (inscription {seat})",
                f"The person has a seat at that time in meeting {where} (registration {seat})",
            )
        )


async def cancel_inscription(
    session: AsyncSession, code: str, inscription: str, motif: MotifAnnulationInscription, identite: Identite
) -> bytes:
    """Give a seat back, and give it to the first who waits: one seat, one person, whoever else gives one back.

    Raises :class:`RencontreInconnue`, :class:`InscriptionInconnue`, :class:`InscriptionAnnulee`, :class:`IssueNotee`,
    :class:`RencontreTerminee` (then one notes an absence).
    """
    rencontre = await open_rencontre(session, code, identite)
    seat = await find_seat(session, code, inscription, identite)
    if seat.issue is not None:
        raise IssueNotee
    if is_over(rencontre):
        raise RencontreTerminee
    await release(session, [seat], motif, modalite=rencontre.modalite, acteur=identite.sujet)
    promoted = await promote(session, rencontre, identite.sujet)
    await session.flush()
    body = found(await queries.read_inscription(session, code, inscription, identite), InscriptionInconnue)
    return json.dumps(json.loads(body) | {"promues": promoted}, ensure_ascii=False).encode()


async def find_seat(session: AsyncSession, code: str, inscription: str, identite: Identite) -> Inscription:
    """Return a seat that is taken. Raises :class:`InscriptionInconnue`, :class:`InscriptionAnnulee`."""
    seat = await queries.find_inscription(session, code, inscription, identite)
    if seat is None:
        raise InscriptionInconnue
    if seat.statut != StatutInscription.INSCRITE:
        raise InscriptionAnnulee
    return seat
