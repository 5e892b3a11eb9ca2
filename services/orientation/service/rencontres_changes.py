"""What may change of a meeting that was planned, and what it does to who is enrolled and who waits."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.errors_rencontres import (
    CapaciteInsuffisante,
    InscriptionChevauchante,
    IssueNotee,
    RencontreAnnulee,
    RencontreAvecInscrits,
    RencontreInconnue,
    RencontreTerminee,
)
from services.orientation.horaires import read_debut
from services.orientation.models import Rencontre
from services.orientation.queries import inscriptions as seats
from services.orientation.queries import rencontres as queries
from services.orientation.schemas.rencontres import RencontrePatch
from services.orientation.service.places import is_held, leave_queue, open_rencontre, promote, release
from services.orientation.service.rencontres import check_debut, lists_of, place_of
from services.orientation.vocabulary_rencontres import (
    MotifAnnulationInscription,
    MotifAnnulationRencontre,
    StatutAttente,
    StatutRencontre,
)
from shared import clock
from shared.errors import Phrase
from shared.responses import check_if_match, found
from shared.territoires import Arbre
from shared.tokens import Identite


async def change_rencontre(
    session: AsyncSession, code: str, patch: RencontrePatch, *, arbre: Arbre, if_match: str | None, identite: Identite
) -> bytes:
    """Change a meeting, and give to who waits the seats that this frees. Saying again what stands changes nothing.

    Another time is another time for everybody enrolled, refused when one of them has a seat elsewhere then; nobody is
    convened anew by that. Raises :class:`RencontreInconnue`, ``PreconditionRequise``, ``PreconditionEchouee``,
    ``DonneesRefusees``, ``DroitInsuffisant``, :class:`RencontreAnnulee`, and what :func:`_check_seats` raises.
    """
    given = _read(patch, arbre, identite)
    rencontre = await open_rencontre(session, code, identite)
    current = found(await queries.read_rencontre(session, code, identite), RencontreInconnue)
    check_if_match(if_match, current)
    values = _complete(rencontre, given)
    changed = {name: value for name, value in values.items() if getattr(rencontre, name) != value}
    if not changed:
        return current
    if not is_held(rencontre):
        raise RencontreAnnulee
    await _check_seats(session, rencontre, changed)
    rencontre.sqlmodel_update({**changed, "sequence": rencontre.sequence + 1, "modifie_le": clock.now()})
    await session.flush()
    await promote(session, rencontre, identite.sujet)
    await session.flush()
    return found(await queries.read_rencontre(session, code, identite), RencontreInconnue)


def _read(patch: RencontrePatch, arbre: Arbre, identite: Identite) -> dict[str, Any]:
    """Return what is said, checked as for a new meeting, by column; ``duree`` stands for the end."""
    given = patch.model_dump(exclude_unset=True)
    values: dict[str, Any] = {name: given[name] for name in ("lieu", "capacite") if name in given} | lists_of(given)
    if "modalite" in given:
        values["modalite"] = given["modalite"].value
    if "commune" in given:
        values["commune"], values["ctm"] = place_of(arbre, given["commune"], identite)
    if "debut" in given:
        values["debut"] = check_debut(read_debut(given["debut"]))
    if "duree_minutes" in given:
        values["duree"] = timedelta(minutes=given["duree_minutes"])
    return values


def _complete(rencontre: Rencontre, given: dict[str, Any]) -> dict[str, Any]:
    debut: datetime = given.get("debut", rencontre.debut)
    duree: timedelta = given.get("duree", rencontre.fin - rencontre.debut)
    return {name: value for name, value in given.items() if name != "duree"} | {"debut": debut, "fin": debut + duree}


async def _check_seats(session: AsyncSession, rencontre: Rencontre, changed: dict[str, Any]) -> None:
    """Refuse what would wrong somebody enrolled, and move everybody's seat to the new time.

    Raises :class:`CapaciteInsuffisante`, :class:`RencontreAvecInscrits`, :class:`IssueNotee`,
    :class:`RencontreTerminee` (nobody was convened to a time that is past), :class:`InscriptionChevauchante`.
    """
    enrolled = await seats.list_enrolled(session, rencontre.id)
    if changed.get("capacite", len(enrolled)) < len(enrolled):
        number = len(enrolled)
        raise CapaciteInsuffisante(Phrase(f"{number} personnes sont inscrites", f"{number} persons are enrolled"))
    if enrolled and "modalite" in changed:
        raise RencontreAvecInscrits
    if changed.keys().isdisjoint(("debut", "fin")) or not enrolled:
        return
    if any(seat.issue is not None for seat in enrolled):
        raise IssueNotee
    if changed.get("fin", rencontre.fin) <= clock.now():
        raise RencontreTerminee
    debut, fin = changed.get("debut", rencontre.debut), changed.get("fin", rencontre.fin)
    persons = [seat.dossier for seat in enrolled]
    waiting = [attente.dossier for attente in await seats.list_waiting(session, rencontre.id)]
    await seats.lock_persons(session, [*persons, *waiting])
    elsewhere = await seats.list_elsewhere(session, persons, rencontre=rencontre.id, debut=debut, fin=fin)
    if elsewhere:
        names = ", ".join(each["id"] for each in elsewhere)
        raise InscriptionChevauchante(Phrase(f"Inscriptions à cette heure : {names}", f"Seats at that time: {names}"))
    for seat in enrolled:
        seat.debut, seat.fin = debut, fin


async def cancel_rencontre(
    session: AsyncSession, code: str, motif: MotifAnnulationRencontre, identite: Identite
) -> bytes:
    """Cancel a meeting: an ``annulation_service`` for everybody enrolled, and nobody waits any more.

    Raises :class:`RencontreInconnue`, :class:`RencontreAnnulee`, :class:`IssueNotee` once somebody came or was absent.
    """
    rencontre = await open_rencontre(session, code, identite)
    if not is_held(rencontre):
        raise RencontreAnnulee
    enrolled = await seats.list_enrolled(session, code)
    if any(seat.issue is not None for seat in enrolled):
        raise IssueNotee
    now = clock.now()
    rencontre.statut, rencontre.motif_annulation = StatutRencontre.ANNULEE.value, motif.value
    rencontre.sequence, rencontre.modifie_le = rencontre.sequence + 1, now
    for attente in await seats.list_waiting(session, code):
        leave_queue(attente, StatutAttente.RETIREE)
    service = MotifAnnulationInscription.SERVICE
    await release(session, enrolled, service, modalite=rencontre.modalite, acteur=identite.sujet)
    return found(await queries.read_rencontre(session, code, identite), RencontreInconnue)
