"""HTTP of orientations: the rules propose, an agent decides, anyone entitled may play it again."""

import json
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.orientation.access import Ecrire, Lire
from services.orientation.errors_dossiers import OrientationInconnue
from services.orientation.models import Idempotence
from services.orientation.queries import orientations as queries
from services.orientation.routes.en_vigueur import ReglesEnVigueur, renew
from services.orientation.routes.replies import IdDossier, Motif, Session, keep, private_body, tell
from services.orientation.schemas import orientations as schemas
from services.orientation.service import orientations as service
from services.orientation.service.acces import open_dossier, open_to_write, refuse_erased
from services.orientation.vocabulary_dossiers import OperationAcces
from shared.idempotency import Demande, once
from shared.pagination import Curseur, page_bytes
from shared.query import Page, Parametres
from shared.refusals import told
from shared.responses import found, ready
from shared.wire import ListeOut

router = APIRouter(prefix="/v1")
Neuve = Annotated[Demande[schemas.OrientationIn], Depends(private_body(schemas.OrientationIn))]
Choix = Annotated[Demande[schemas.DecisionIn], Depends(private_body(schemas.DecisionIn))]
IdOrientation = Annotated[str, Path(alias="oid", max_length=60, description="Identifiant de l'orientation.")]
Sans = Annotated[Parametres, Query()]
PLACE = "/dossiers/{id}/orientations"


@router.post(PLACE, response_model=schemas.OrientationOut, status_code=201, summary="Proposer une orientation")
async def propose_orientation(
    request: Request,
    acces: Ecrire,
    demande: Neuve,
    session: Session,
    regles: ReglesEnVigueur,
    code: IdDossier,
    motif: Motif,
) -> Response:
    """Ce que les règles proposent à partir des faits retenus du dossier ; un agent décide ensuite."""
    day = service.read_reference(demande.corps.date_reference)
    dossier = await open_to_write(session, acces, code, OperationAcces.PROPOSITION, motif)

    async def work() -> Response:
        refuse_erased(dossier)
        made = await service.propose(session, regles, dossier, acces.sujet, day)
        return keep(made, f"/v1/dossiers/{code}/orientations/{made}")

    async def read(made: str) -> str:
        return await queries.read_orientation(session, code, made) or "null"

    key, body = demande.cle, demande.octets
    kept = await once(session, Idempotence, request=request, identite=acces, key=key, body=body, work=work)
    return await tell(kept, read)


@router.get(PLACE, response_model=ListeOut[schemas.OrientationResume], summary="Les orientations d'un dossier")
async def list_orientations(
    request: Request, acces: Lire, session: Session, code: IdDossier, page: Annotated[Page, Query()], motif: Motif
) -> Response:
    """Propositions et décisions, la dernière d'abord."""
    curseur = Curseur(f"orientations {code}", page)
    after = curseur.decode(page.curseur, [int])
    await open_dossier(session, acces, code, OperationAcces.LECTURE_ORIENTATIONS, motif)
    tranche = await queries.list_orientations(session, code, after=after, limite=page.limite)
    return ready(request, page_bytes(tranche, curseur), public=False)


@router.get(PLACE + "/{oid}", response_model=schemas.OrientationOut, summary="Une orientation")
async def read_orientation(
    request: Request, acces: Lire, session: Session, code: IdDossier, oid: IdOrientation, sans: Sans, motif: Motif
) -> Response:
    """La proposition, les faits dont elle vient, et la décision."""
    await open_dossier(session, acces, code, OperationAcces.LECTURE_ORIENTATIONS, motif)
    body = found(await queries.read_orientation(session, code, oid), OrientationInconnue)
    return ready(request, body, public=False)


@router.post(PLACE + "/{oid}/decision", response_model=schemas.DecisionOut, status_code=201, summary="Décider")
async def decide_orientation(
    request: Request,
    acces: Ecrire,
    demande: Choix,
    session: Session,
    code: IdDossier,
    oid: IdOrientation,
    motif: Motif,
) -> Response:
    """L'agent décide ; s'écarter demande un motif. Rend le texte destiné à la personne, et écrit l'événement."""
    choix = service.read_choice(demande.corps.model_dump())
    dossier = await open_to_write(session, acces, code, OperationAcces.DECISION, motif)

    async def work() -> Response:
        refuse_erased(dossier)
        await service.decide(session, dossier, oid, choix, acces.sujet)
        return keep(oid, f"/v1/dossiers/{code}/orientations/{oid}")

    async def read(decided: str) -> str:
        return await queries.read_decision(session, code, decided) or "null"

    act = partial(once, session, Idempotence, request=request, identite=acces)
    return await tell(await act(key=demande.cle, body=demande.octets, work=work), read)


@router.get(
    PLACE + "/{oid}/rejeu",
    response_model=schemas.RejeuOut,
    summary="Rejouer une proposition",
    responses=told(409, "Les faits sont effacés, ou les règles ne sont plus là."),
    dependencies=[Depends(renew)],
)
async def replay_orientation(
    request: Request,
    acces: Lire,
    session: Session,
    code: IdDossier,
    oid: IdOrientation,
    sans: Sans,
    motif: Motif,
) -> Response:
    """Les faits enregistrés, avec les règles de la version enregistrée : le résultat est-il le même ?"""
    await open_dossier(session, acces, code, OperationAcces.REJEU, motif)
    compared = await service.compare(session, request.app.state.regles, code, oid)
    return ready(request, json.dumps(compared, ensure_ascii=False).encode(), public=False)
