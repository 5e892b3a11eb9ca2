"""Erases identities whose time is over (§3.4 of our specification, CASF R262-112 s.).

- **A recipient**: three years after the end of the last episode, unless something was still told of the person since.
- **Someone who is not**: twenty-four months after the last contact; an agent who writes a fact or an event is one.
- **Unknown status**: as a recipient: erased too early, a right could be lost.

An open episode of a recipient, or of unknown status, is never erased.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.episodes import Evenement, Type, replay
from services.orientation.models import Dossier
from services.orientation.queries.donnees import list_living
from services.orientation.queries.evenements import read_histories
from services.orientation.service.acces import log_acces
from services.orientation.service.effacement import erase_identity, wait_to_erase
from services.orientation.service.histoires import open_episode
from services.orientation.vocabulary_dossiers import OperationAcces
from shared import clock

RECIPIENT_YEARS, OTHER_YEARS = 3, 2
CHUNK = 500
SYSTEM = "systeme:retention"


@dataclass(frozen=True)
class Signes:
    """The last days on which a person was heard of, the events apart."""

    ouverture: date
    dit: date | None = None
    constate: date | None = None


def is_over(history: Sequence[Evenement], signes: Signes, today: date) -> bool:
    """Tell whether the identity may no longer be kept on ``today``."""
    parcours = replay(history, today)
    brsa, _ = parcours.statut(today)
    if brsa is False:
        spoke = [each.jour for each in history if each.type is not Type.STATUT]
        days = [signes.ouverture, signes.constate, parcours.dernier_contact, *spoke]
        return years_before(today, OTHER_YEARS) > max(day for day in days if day is not None)
    if open_episode(parcours) is not None:
        return False
    ends = [episode.fin for episode in parcours.episodes]
    days = [signes.ouverture, signes.dit, *ends, *(each.jour for each in history)]
    return years_before(today, RECIPIENT_YEARS) > max(day for day in days if day is not None)


def years_before(day: date, years: int) -> date:
    """Return the same day so many years before, 28 February for a 29."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


async def forget_identities(session: AsyncSession, after: str) -> str | None:
    """Erase, among the dossiers that follow ``after``, those whose time is over; return where to go on from.

    ``None`` when there is nothing more to look at.
    """
    today = clock.today()
    await wait_to_erase(session)  # nothing comes from a feed between what is judged here and what is erased
    before = datetime.combine(years_before(today, OTHER_YEARS), time.min, clock.PARIS)
    rows = await list_living(session, before=before, after=after, limite=CHUNK)
    histories = await read_histories(session, [row["id"] for row in rows])
    erased = []
    for row in rows:
        opened = _day(row["cree_le"]) or today
        signes = Signes(opened, _day(row["dit_le"]), _day(row["constate_le"]))
        if is_over(histories.get(row["id"], ()), signes, today):
            dossier = await session.get_one(Dossier, row["id"], with_for_update=True)
            if dossier.modifie_le == row["modifie_le"]:  # else an agent wrote there in the meantime
                await erase_identity(session, dossier)
                erased.append(dossier.id)
    await log_acces(session, SYSTEM, erased, OperationAcces.EFFACEMENT, None)
    return rows[-1]["id"] if len(rows) == CHUNK else None


def _day(instant: datetime | None) -> date | None:
    return instant.astimezone(clock.PARIS).date() if instant else None
