"""Seats of a meeting: given, given back, given on to who waits. Whoever calls has locked the meeting."""

import secrets
from collections.abc import Iterable
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.episodes import Type
from services.orientation.errors_rencontres import RencontreInconnue
from services.orientation.flux.events import EvenementLu
from services.orientation.models import Attente, Inscription, Rencontre
from services.orientation.preavis import leaves_notice
from services.orientation.queries import inscriptions as queries
from services.orientation.queries.rencontres import lock_rencontre
from services.orientation.queries.visibility import covers
from services.orientation.service.evenements import add_evenement, add_evenements
from services.orientation.vocabulary_rencontres import (
    MotifAnnulationInscription,
    StatutAttente,
    StatutInscription,
    StatutRencontre,
)
from shared import clock
from shared.tokens import Identite


async def open_rencontre(session: AsyncSession, code: str, identite: Identite) -> Rencontre:
    """Return a meeting, locked: its seats change one request after the other. Raises :class:`RencontreInconnue`."""
    rencontre = await lock_rencontre(session, code)
    if rencontre is None or not covers(identite, rencontre.ctm, rencontre.commune):
        raise RencontreInconnue
    return rencontre


def is_held(rencontre: Rencontre) -> bool:
    """Tell whether a meeting is not cancelled."""
    return rencontre.statut == StatutRencontre.PREVUE


def is_over(rencontre: Rencontre) -> bool:
    """Tell whether a meeting has ended."""
    return rencontre.fin <= clock.now()


def day_of(rencontre: Rencontre) -> date:
    """Return the day of a meeting, in Paris."""
    return rencontre.debut.astimezone(clock.PARIS).date()


async def enrol(
    session: AsyncSession, rencontre: Rencontre, dossier: str, acteur: str, *, promue: bool = False
) -> Inscription:
    """Give a seat to a person, who leaves the queue, and convene that person.

    The convocation is dated today, or the day of the meeting when it is entered after the fact: a presence never comes
    before its convocation.
    """
    convened = min(clock.today(), day_of(rencontre))
    inscription = Inscription(
        id=f"ins-{secrets.token_hex(12)}",
        rencontre=rencontre.id,
        dossier=dossier,
        debut=rencontre.debut,
        fin=rencontre.fin,
        statut=StatutInscription.INSCRITE.value,
        promue=promue,
        preavis_respecte=leaves_notice(convened, day_of(rencontre)),
        inscrite_le=clock.now(),
    )
    session.add(inscription)
    await session.flush()
    for attente in await queries.list_waiting(session, rencontre.id):
        if attente.dossier == dossier:
            leave_queue(attente, StatutAttente.INSCRITE, inscription.id)
    await add_evenement(
        session,
        dossier=dossier,
        jour=convened,
        nature=Type.CONVOCATION.value,
        contenu={"modalite": rencontre.modalite},
        acteur=acteur,
    )
    return inscription


def leave_queue(attente: Attente, statut: StatutAttente, inscription: str | None = None) -> None:
    """Take a person out of the queue, with the seat that was given if any."""
    attente.statut, attente.inscription, attente.sortie_le = statut.value, inscription, clock.now()


async def promote(session: AsyncSession, rencontre: Rencontre, acteur: str) -> list[str]:
    """Give the free seats to who waits, first come first served, and return these seats.

    Who has a seat elsewhere at that time is passed over, and keeps the place in the queue. Nobody gets a seat in a
    meeting that is over or cancelled.
    """
    waiting = await queries.list_waiting(session, rencontre.id) if is_held(rencontre) and not is_over(rencontre) else []
    free = rencontre.capacite - await queries.count_enrolled(session, rencontre.id) if waiting else 0
    if free <= 0:
        return []
    persons = [attente.dossier for attente in waiting]
    await queries.lock_persons(session, persons)
    taken = await queries.list_elsewhere(
        session, persons, rencontre=rencontre.id, debut=rencontre.debut, fin=rencontre.fin
    )
    busy = {each["dossier"] for each in taken}
    chosen = [dossier for dossier in persons if dossier not in busy][:free]
    return [(await enrol(session, rencontre, dossier, acteur, promue=True)).id for dossier in chosen]


async def release(
    session: AsyncSession,
    seats: Iterable[Inscription],
    motif: MotifAnnulationInscription,
    *,
    modalite: str,
    acteur: str,
) -> None:
    """Take seats back. Each person is then to be convened again.

    That the person asked for it is an excused absence, as of today; else the service cancelled (specification, §5.8).
    """
    given_back, today = list(seats), clock.today()
    for seat in given_back:
        seat.statut, seat.motif_annulation = StatutInscription.ANNULEE.value, motif.value
        seat.annulee_le = clock.now()
    await session.flush()
    asked = motif is MotifAnnulationInscription.DEMANDE_PERSONNE
    told = (
        EvenementLu(today, Type.ABSENCE.value, {"modalite": modalite, "excusee": True})
        if asked
        else EvenementLu(today, Type.ANNULATION.value)
    )
    await add_evenements(session, [(seat.dossier, told) for seat in given_back], acteur=acteur)
