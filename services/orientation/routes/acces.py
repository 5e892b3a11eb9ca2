"""HTTP of what a person may ask: everything held, who looked at it, its erasure."""

import json
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.orientation.access import Ecrire, Lire
from services.orientation.queries import acces as queries
from services.orientation.queries.donnees import read_all
from services.orientation.routes.replies import IdDossier, Motif, Session
from services.orientation.schemas import acces as schemas
from services.orientation.service.acces import open_dossier, open_to_write
from services.orientation.service.effacement import erase_identity, wait_to_erase
from services.orientation.vocabulary_dossiers import OperationAcces
from shared import clock
from shared.pagination import Curseur, page_bytes
from shared.query import Page, Parametres
from shared.responses import ready, written
from shared.wire import ListeOut

router = APIRouter(prefix="/v1")
Sans = Annotated[Parametres, Query()]
INFORMATION = {
    "finalite": "Orienter et suivre les personnes dans un parcours d'insertion ; compter, sans les nommer.",
    "fondement": "Mission d'intérêt public : code de l'action sociale et des familles, articles L262-27 à L262-40.",
    "destinataires": "Les agents du service, dans leur territoire ; chaque accès est inscrit au journal.",
    "sources": "La CAF ou la MSA, France Travail, les agents ; chaque fait dit la sienne.",
    "conservation": "Allocataire : trois ans après la fin de l'épisode. Autre : vingt-quatre mois après le dernier "
    "contact. Journal des accès : un an.",
    "decision": "Les règles proposent, un agent décide ; les règles et leur version sont à /v1/regles.",
    "droits": "Accès, rectification, effacement, limitation, opposition ; réclamation auprès de la CNIL.",
}


@router.get("/dossiers/{id}/acces", response_model=ListeOut[schemas.AccesOut], summary="Qui a ouvert un dossier")
async def list_acces(
    request: Request, acces: Lire, session: Session, code: IdDossier, page: Annotated[Page, Query()], motif: Motif
) -> Response:
    """Les accès d'un an, du premier au dernier, celui-ci compris."""
    curseur = Curseur(f"acces {code}", page)
    after = curseur.decode(page.curseur, [int])
    await open_dossier(session, acces, code, OperationAcces.LECTURE_ACCES, motif)
    tranche = await queries.list_acces(session, code, after=after, limite=page.limite)
    return ready(request, page_bytes(tranche, curseur), public=False)


@router.get("/dossiers/{id}/donnees", response_model=schemas.DonneesOut, summary="Tout ce qui est détenu")
async def read_donnees(
    request: Request, acces: Lire, session: Session, code: IdDossier, sans: Sans, motif: Motif
) -> Response:
    """De quoi répondre à une personne qui demande ce qui est détenu d'elle (RGPD, article 15)."""
    await open_dossier(session, acces, code, OperationAcces.DONNEES, motif)
    held = json.loads(await read_all(session, code) or "{}")
    body = json.dumps({"information": INFORMATION, **held}, ensure_ascii=False)
    return ready(request, body.encode(), public=False)


@router.delete("/dossiers/{id}/identite", response_model=schemas.EffacementOut, summary="Effacer une identité")
async def erase_dossier_identity(
    request: Request, acces: Ecrire, session: Session, code: IdDossier, sans: Sans, motif: Motif
) -> Response:
    """Identifiants, faits, textes et réponses conservées disparaissent ; les événements restent, pour les comptes."""
    await wait_to_erase(session)
    dossier = await open_to_write(session, acces, code, OperationAcces.EFFACEMENT, motif)
    gone = await erase_identity(session, dossier)
    told = {"id": code, "efface_le": dossier.efface_le and clock.write_instant(dossier.efface_le), "efface": gone}
    return written(json.dumps(told).encode())
