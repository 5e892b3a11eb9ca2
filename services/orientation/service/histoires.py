"""What happened to a person: judged before it is added, played to know where the person stands."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.episodes import Episode, Evenement, Parcours, Type, check_evenement, replay
from services.orientation.episodes.evenements import read_day
from services.orientation.errors import fault
from services.orientation.errors_dossiers import ANOMALIES, EvenementContraire, hide_values
from services.orientation.models import Dossier
from services.orientation.queries.evenements import read_histories
from services.orientation.service.evenements import add_evenement
from services.orientation.vocabulary_dossiers import MotifSortie
from shared import clock
from shared.errors import CODES_FAUTE, DonneesRefusees, Faute


def read_given(given: Mapping[str, Any]) -> Evenement:
    """Return the event that an agent tells. Raises :class:`DonneesRefusees` naming every fault, and no value."""
    found = check_evenement(given, "")
    faults = list(found) if isinstance(found, list) else []
    day = read_day(given.get("date"), "/date", [])
    if day is not None and day > clock.today():
        faults.append(fault("/date", "HORS_BORNES", "un jour passé, ou aujourd'hui"))
    if given.get("type") == Type.SORTIE and "/motif" not in [each.champ for each in faults]:
        known = [each.value for each in MotifSortie]
        faults += [] if given.get("motif") in known else [fault("/motif", "VALEUR_INCONNUE", known)]
    if faults or isinstance(found, list):
        raise DonneesRefusees(erreurs=hide_values(faults))
    return found


async def read_parcours(session: AsyncSession, dossier: str) -> Parcours:
    """Return what a person lived through, up to today."""
    return replay((await read_histories(session, [dossier]))[dossier], clock.today())


async def add_to_history(session: AsyncSession, dossier: Dossier, evenement: Evenement, acteur: str) -> str:
    """Add an event to a dossier that is held (``open_to_write``); return its id.

    Raises :class:`EvenementContraire` (409) naming each anomaly that the event would add to the history: it is well
    written, the state refuses it, and a history that anyone may have to justify keeps no event that does not count.
    """
    past = (await read_histories(session, [dossier.id]))[dossier.id]
    refused = anomalies_of(past, evenement)
    if refused:
        raise EvenementContraire(erreurs=[_fault(code) for code in refused])
    code = await add_evenement(
        session,
        dossier=dossier.id,
        jour=evenement.jour,
        nature=evenement.type.value,
        contenu=evenement.champs,
        acteur=acteur,
    )
    dossier.modifie_le = clock.now()
    await session.flush()
    return code


def anomalies_of(past: Sequence[Evenement], new: Evenement) -> list[str]:
    """Return the anomalies, of those that refuse, that ``new`` adds to a history; it is the last to arrive."""
    rang = max((each.rang for each in past), default=0) + 1
    before = Counter(replay(past, date.max).anomalies)
    after = Counter(replay([*past, replace(new, rang=rang)], date.max).anomalies)
    return sorted(code for code in after - before if code in ANOMALIES)


def open_episode(parcours: Parcours) -> Episode | None:
    """Return the episode that goes on, if one does."""
    last = parcours.episodes[-1] if parcours.episodes else None
    return last if last is not None and last.ouvert else None


def _fault(code: str) -> Faute:
    return Faute(champ="/type", code=code, message=CODES_FAUTE[code].libelle)
