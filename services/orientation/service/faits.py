"""The facts of a person: what each source says, which one is retained, and what an agent adds.

**Order among sources.** A null value says that a source no longer knows: it takes back what that source said, and
nothing else. Of the known values, a confirmed one comes before one that was only declared; then the newest extraction
wins, then the latest received, then the name of the source. What nobody says may follow from the events: it comes last.
Another value is never lost: it is shown beside, as a conflict.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.episodes import Evenement, Parcours, Type, replay
from services.orientation.errors import fault
from services.orientation.errors_dossiers import FaitPerime
from services.orientation.flux.definitions import Definitions
from services.orientation.flux.validation import check_fact
from services.orientation.models import Dossier
from services.orientation.queries.evenements import read_histories
from services.orientation.queries.faits import FaitDit, read_facts
from services.orientation.queries.flux import write_facts
from services.orientation.service.evenements import add_evenement
from services.orientation.service.flux_writing import ctm_of
from services.orientation.service.histoires import anomalies_of, open_episode
from shared import clock
from shared.errors import DonneesRefusees, Faute
from shared.territoires import Arbre

AGENT, SAISIE = "agent", "saisie"
DERIVED = ("dossier", "evenements")
REFERENCE, COMMUNE = "date_reference", "commune_residence_insee"
STATUT = ("brsa", "soumis_dd")


@dataclass(frozen=True)
class Constat:
    """What an agent says of a person's facts, seen on an instant; ``confirme`` is false for what is only declared."""

    faits: Mapping[str, Any]
    confirme: bool
    constate_le: datetime


def read_constat(
    definitions: Definitions, faits: Mapping[str, Any], *, confirme: bool = True, constate_le: datetime | None = None
) -> Constat:
    """Return what an agent says. Raises :class:`DonneesRefusees` naming every fault, and no value."""
    faults = fact_faults(definitions, faits)
    now = clock.now()
    if constate_le is not None and constate_le > now:
        faults.append(fault("/constate_le", "HORS_BORNES", "un instant passé"))
    if faults:
        raise DonneesRefusees(erreurs=faults)
    return Constat(faits, confirme, constate_le or now)


def fact_faults(definitions: Definitions, faits: Mapping[str, Any]) -> list[Faute]:
    """Return every fault of the facts that an agent gives, without a value."""
    faults = []
    if not definitions.faits.keys() | definitions.refuses >= faits.keys():  # said once, whatever their number
        faults.append(fault("/faits/?", "CHAMP_INCONNU", sorted(set(definitions.faits) - {REFERENCE})))
    for code, valeur in faits.items():
        if code == REFERENCE or (code not in definitions.faits and code in definitions.refuses):
            faults.append(fault(f"/faits/{code}", "CHAMP_REFUSE"))
        elif code in definitions.faits:
            found = check_fact(definitions.faits[code], valeur, clock.today())
            faults += [found] if found is not None else []
    return faults


def by_preference(dits: Iterable[FaitDit]) -> dict[str, list[FaitDit]]:
    """Return what is said of each fact, what is retained first, retractions last."""
    found: dict[str, list[FaitDit]] = defaultdict(list)
    for dit in dits:
        found[dit.code].append(dit)
    return {code: sorted(said, key=_preference, reverse=True) for code, said in sorted(found.items())}


def _preference(dit: FaitDit) -> tuple[Any, ...]:
    known = dit.extrait_le is not None
    instants = (dit.extrait_le, dit.recu_le) if known else ()
    return dit.valeur is not None, known, dit.confirme, *instants, dit.source, dit.flux


def derive(parcours: Parcours, history: Iterable[Evenement]) -> list[FaitDit]:
    """Return the facts that follow from what happened: the status, and for the open episode the notification, absences.

    An absence without excuse is not one without legitimate reason: only an agent may say that.
    """
    brsa, soumis = parcours.statut(clock.today())
    found: dict[str, Any] = {"brsa": brsa, "soumis_dd": soumis}
    episode = open_episode(parcours)
    if episode is not None:
        found["date_notification_sdd"] = episode.notification and episode.notification.isoformat()
        found["absences_rio"] = sum(
            each.type is Type.ABSENCE and each.champs["modalite"] == "RIO_COLLECTIVE" and each.jour >= episode.ouverture
            for each in history
        )
    return [FaitDit(code, *DERIVED, valeur, True, None, None) for code, valeur in found.items() if valeur is not None]


async def read_current(session: AsyncSession, dossier: str) -> dict[str, list[FaitDit]]:
    """Return all that is said of each fact of a dossier, what is retained first."""
    history = (await read_histories(session, [dossier]))[dossier]
    parcours = replay(history, clock.today())
    return by_preference([*await read_facts(session, dossier), *derive(parcours, history)])


def retained(said: Mapping[str, list[FaitDit]]) -> dict[str, FaitDit]:
    """Return the known facts, each as it is retained."""
    return {code: dits[0] for code, dits in said.items() if dits[0].valeur is not None}


async def add_facts(session: AsyncSession, dossier: Dossier, constat: Constat, acteur: str, arbre: Arbre) -> None:
    """Keep what an agent says, as the source ``agent``, in a dossier that is held (``open_to_write``).

    A status that changes by it is an event of today. Raises :class:`FaitPerime` (409) when an agent said otherwise of a
    later instant.
    """
    own = [each for each in await read_facts(session, dossier.id) if (each.source, each.flux) == (AGENT, SAISIE)]
    late = [
        each.code
        for each in own
        if each.code in constat.faits and each.extrait_le is not None and each.extrait_le > constat.constate_le
    ]
    if late:
        raise FaitPerime(erreurs=[fault(f"/faits/{code}", "EXTRACTION_ANCIENNE") for code in sorted(late)])
    origin = (constat.confirme, constat.constate_le, clock.now(), acteur)
    rows = [(dossier.id, AGENT, SAISIE, code, json.dumps(valeur), *origin) for code, valeur in constat.faits.items()]
    await write_facts(session, rows)
    if COMMUNE in constat.faits and (constat.confirme or dossier.commune is None):
        dossier.commune = constat.faits[COMMUNE]
        dossier.ctm = ctm_of(arbre, dossier.commune)
    dossier.modifie_le = clock.now()
    await session.flush()
    if not set(STATUT).isdisjoint(constat.faits):
        await _follow_status(session, dossier.id, acteur)


async def _follow_status(session: AsyncSession, dossier: str, acteur: str) -> None:
    """Add a status of today when the retained facts no longer say what the last one said.

    One that was already said today, and changed since, would be a double: it waits for the next day's write.
    """
    kept = retained(by_preference(await read_facts(session, dossier)))
    now = {name: kept[name].valeur if name in kept else None for name in STATUT}
    history, today = (await read_histories(session, [dossier]))[dossier], clock.today()
    status = Evenement(today, Type.STATUT, now)
    if tuple(now.values()) == replay(history, today).statut(today) or anomalies_of(history, status):
        return
    await add_evenement(session, dossier=dossier, jour=today, nature=status.type.value, contenu=now, acteur=acteur)
