"""Who came to a meeting, who did not, and how that is corrected.

What is noted becomes an event of the person, dated the day of the meeting. Events are never withdrawn, and the same
event told twice of one day counts once (specification, §5.8): noting the same thing again writes nothing, and a
correction is another event of that day, which the episode reads after the first. It goes one way only, in the person's
favour (§5.1): an absence may become excused, an absence may become a presence; the other way is refused, for the
indicators would go on counting the presence.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.episodes import Type
from services.orientation.errors_rencontres import CorrectionRefusee, InscriptionInconnue, RencontreAVenir
from services.orientation.models import Inscription
from services.orientation.queries import inscriptions as queries
from services.orientation.schemas.inscriptions import PresenceIn
from services.orientation.service.evenements import add_evenement
from services.orientation.service.inscriptions import find_seat
from services.orientation.service.places import day_of, open_rencontre
from services.orientation.vocabulary_rencontres import IssueInscription
from shared import clock
from shared.responses import found
from shared.tokens import Identite

RANKS = {IssueInscription.ABSENT: 0, IssueInscription.ABSENT_EXCUSE: 1, IssueInscription.PRESENT: 2}
"""From what weighs on the person to what does not."""


async def note_presence(session: AsyncSession, code: str, corps: PresenceIn, identite: Identite) -> bytes:
    """Note what a seat became, from the day of the meeting on; return the seat.

    Raises ``RencontreInconnue``, :class:`InscriptionInconnue`, ``InscriptionAnnulee``, :class:`RencontreAVenir`,
    :class:`CorrectionRefusee`.
    """
    rencontre = await open_rencontre(session, code, identite)
    seat = await find_seat(session, code, corps.inscription, identite)
    if day_of(rencontre) > clock.today():
        raise RencontreAVenir
    if seat.issue != corps.issue:
        _check_favour(seat, corps.issue)
        nature, contenu = _event_of(corps.issue, rencontre.modalite)
        await add_evenement(
            session,
            dossier=seat.dossier,
            jour=day_of(rencontre),
            nature=nature.value,
            contenu=contenu,
            acteur=identite.sujet,
        )
        seat.issue, seat.issue_le = corps.issue.value, clock.now()
        await session.flush()
    return found(await queries.read_inscription(session, code, seat.id, identite), InscriptionInconnue)


def _check_favour(seat: Inscription, issue: IssueInscription) -> None:
    if seat.issue is not None and RANKS[issue] < RANKS[IssueInscription.of(seat.issue)]:
        raise CorrectionRefusee


def _event_of(issue: IssueInscription, modalite: str) -> tuple[Type, dict[str, object]]:
    if issue is IssueInscription.PRESENT:
        return Type.PRESENCE, {"modalite": modalite}
    return Type.ABSENCE, {"modalite": modalite, "excusee": issue is IssueInscription.ABSENT_EXCUSE}
