"""Asks for another pathway, takes the team's opinion, decides."""

import secrets
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.episodes import Parcours, replay
from services.orientation.episodes.equipe import opinion_deadline
from services.orientation.errors_reorientations import (
    AvisAttendu,
    AvisDejaRendu,
    ReorientationDecidee,
    ReorientationEnCours,
    ReorientationImpossible,
    ReorientationInconnue,
)
from services.orientation.models import Reorientation
from services.orientation.queries import reorientations as queries
from services.orientation.queries.comptes import read_histories
from services.orientation.schemas.reorientations import DecisionReorientationIn, ReorientationIn
from services.orientation.service.acces import log_acces, open_dossier, refuse_erased
from services.orientation.service.evenements import add_evenement
from services.orientation.vocabulary_dossiers import OperationAcces
from services.orientation.vocabulary_suivi import DecisionReorientation, EtatReorientation, SensAvis
from shared import clock
from shared.tokens import Identite


async def add_reorientation(session: AsyncSession, demande: ReorientationIn, identite: Identite) -> str:
    """Note that another pathway is asked for, and return the id of the request.

    Raises ``DossierInconnu``, ``DossierEfface``, :class:`ReorientationEnCours` or :class:`ReorientationImpossible`.
    """
    dossier = await open_dossier(session, identite, demande.dossier, OperationAcces.REORIENTATION, None)
    refuse_erased(dossier)
    if await queries.has_pending(session, dossier.id):
        raise ReorientationEnCours
    today = clock.today()
    parcours = await _play(session, dossier.id, today)
    made = Reorientation(
        id=f"reo-{secrets.token_hex(12)}",
        dossier=dossier.id,
        de=_pathway_to_leave(parcours, demande.vers),
        vers=demande.vers,
        motif=demande.motif,
        etat=EtatReorientation.DEMANDEE,
        demandee_le=today,
        demandeur=identite.sujet,
        echeance_avis=opinion_deadline(today, demande.vers, brsa=parcours.statut(today)[0]),
    )
    session.add(made)
    await _happen(session, made, "demande_reorientation", identite)
    return made.id


async def add_avis(session: AsyncSession, code: str, sens: SensAvis, identite: Identite) -> None:
    """Note the team's opinion. Raises :class:`ReorientationDecidee` or :class:`AvisDejaRendu`."""
    found = await _hold(session, code, identite)
    if found.avis is not None:
        raise AvisDejaRendu
    found.avis, found.avis_le = sens, clock.today()
    await _happen(session, found, "avis_ep", identite)


async def decide(session: AsyncSession, code: str, decision: DecisionReorientationIn, identite: Identite) -> None:
    """Decide: what is accepted changes the pathway today, and the team was asked where the law wants it.

    Raises :class:`ReorientationDecidee`, :class:`AvisAttendu` or :class:`ReorientationImpossible`.
    """
    found = await _hold(session, code, identite)
    today = clock.today()
    accepted = decision.decision is DecisionReorientation.ACCEPTER
    if accepted:
        if found.echeance_avis is not None and found.avis is None and today <= found.echeance_avis:
            raise AvisAttendu(found.echeance_avis)
        _pathway_to_leave(await _play(session, found.dossier, today), found.vers)
        await _happen(session, found, "reorientation", identite, vers=found.vers)
    found.etat = EtatReorientation.ACCEPTEE if accepted else EtatReorientation.REFUSEE
    found.decidee_le, found.decideur, found.motif_decision = today, identite.sujet, decision.motif
    await session.flush()


async def _hold(session: AsyncSession, code: str, identite: Identite) -> Reorientation:
    found = await queries.lock_reorientation(session, code, identite)
    if found is None:
        raise ReorientationInconnue
    if found.decidee_le is not None:
        raise ReorientationDecidee
    await log_acces(session, identite.sujet, [found.dossier], OperationAcces.REORIENTATION, None)
    return found


async def _play(session: AsyncSession, dossier: str, today: date) -> Parcours:
    histories = await read_histories(session, [dossier])
    return replay(histories.get(dossier, []), today)


def _pathway_to_leave(parcours: Parcours, vers: str) -> str:
    """Return the pathway in force. Raises :class:`ReorientationImpossible` without one, or when it is ``vers``."""
    episode = parcours.episodes[-1] if parcours.episodes else None
    if episode is None or not episode.ouvert or not episode.decisions or episode.decisions[-1].parcours == vers:
        raise ReorientationImpossible
    return episode.decisions[-1].parcours


async def _happen(session: AsyncSession, about: Reorientation, nature: str, identite: Identite, **contenu: str) -> None:
    await add_evenement(
        session, dossier=about.dossier, jour=clock.today(), nature=nature, contenu=contenu, acteur=identite.sujet
    )
