"""Who is to be convened again, by when, and how (specification, §5.8, §5.9).

Their state is that of the one replay of events, so that a list and the indicators never differ.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.episodes import EtatParcours, Evenement, Type, replay
from services.orientation.queries import reconvocations as queries
from services.orientation.rules import Jeu
from services.orientation.vocabulary_rencontres import ModaliteRencontre
from shared import clock
from shared.pagination import Key, Tranche
from shared.query import EARLIEST
from shared.tokens import Identite

DELAI = timedelta(days=15)
"""Between an absence and the next convocation (§5.9, our own choice)."""
SEUIL = "absences_avant_entretien"
TO_CONVENE = (EtatParcours.ABSENT_RIO, EtatParcours.A_RECONVOQUER)
BATCH = 400


async def list_reconvocations(
    session: AsyncSession, jeu: Jeu, identite: Identite, *, en_retard: bool | None, after: Key, limite: int
) -> Tranche:
    """Return a page of who is to be convened again, the earliest term first; uncounted, for each history is read.

    Persons whom the caller may not see, oriented, gone, or with a seat in a meeting to come are not in it.
    """
    today, now = clock.today(), clock.now()
    seuil = threshold_of(jeu, today)
    last_late = today - DELAI - timedelta(days=1)
    between = (
        last_late + timedelta(days=1) if en_retard is False else EARLIEST.date(),
        last_late if en_retard else today,
    )
    shown: list[dict[str, Any]] = []
    while len(shown) <= limite:
        rows = await queries.list_candidates(session, identite, between=between, after=after, now=now, nombre=BATCH)
        histories = await queries.read_histories(session, [row["dossier"] for row in rows])
        missed = [(row["dossier"], row["depuis"]) for row in rows]
        shown += await asyncio.to_thread(judge, missed, histories, today, seuil)
        if len(rows) < BATCH:
            break
        after = _key_of(rows[-1]["depuis"], rows[-1]["dossier"])
    page = shown[:limite]
    last = _key_of(date.fromisoformat(page[-1]["depuis"]), page[-1]["dossier"]) if len(shown) > limite else None
    return Tranche(elements=json.dumps(page), last_key=last, total=None)


def _key_of(depuis: date, dossier: str) -> list[Any]:
    return [depuis.toordinal(), dossier]


def judge(
    missed: Sequence[tuple[str, date]], histories: Mapping[str, Sequence[Evenement]], today: date, seuil: int
) -> list[dict[str, Any]]:
    """Return those of ``missed`` (persons, and the day of their last absence) whom their history says to convene."""
    found = []
    for dossier, depuis in missed:
        events = histories[dossier]
        parcours = replay(events, today)
        if parcours.etat not in TO_CONVENE:
            continue
        absences = count_absences(events, parcours.episodes[-1].ouverture, today)
        individual = absences >= seuil
        echeance = depuis + DELAI
        found.append(
            {
                "dossier": dossier,
                "etat": parcours.etat.value,
                "depuis": depuis.isoformat(),
                "echeance": echeance.isoformat(),
                "en_retard": echeance < today,
                "absences": absences,
                "modalite": (
                    ModaliteRencontre.ENTRETIEN_INDIVIDUEL if individual else ModaliteRencontre.RIO_COLLECTIVE
                ).value,
            }
        )
    return found


def count_absences(events: Sequence[Evenement], since: date, until: date) -> int:
    """Return how many days a person was absent in an episode, excused or not: a day with a presence is none."""
    seen = [event for event in events if since <= event.jour <= until]
    present = {event.jour for event in seen if event.type is Type.PRESENCE}
    return len({event.jour for event in seen if event.type is Type.ABSENCE} - present)


def threshold_of(jeu: Jeu, day: date) -> int:
    """Return from how many absences on an individual interview is proposed: the parameter of the rules on ``day``."""
    parametre = next(each for each in jeu.source.parametres if each.code == SEUIL)
    return int(parametre.at(day).valeur)
