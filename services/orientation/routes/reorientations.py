"""HTTP of reorientations."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.access import Ecrire, Lire
from services.orientation.errors_reorientations import ReorientationInconnue
from services.orientation.models import Idempotence
from services.orientation.queries import reorientations as queries
from services.orientation.schemas import reorientations as schemas
from services.orientation.service import reorientations as service
from services.orientation.service.acces import log_page
from shared.database import get_session
from shared.idempotency import Demande, keyed_body, once
from shared.openapi import PROBLEM_REF
from shared.pagination import Curseur, page_bytes
from shared.query import Parametres
from shared.responses import found, ready, written
from shared.tokens import Identite
from shared.wire import ListeOut

router = APIRouter(prefix="/v1")
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]
Identifiant = Annotated[str, Path(alias="id", max_length=60, description="Identifiant de la demande.")]
Demandee = Annotated[Demande[schemas.ReorientationIn], Depends(keyed_body(schemas.ReorientationIn))]
Avisee = Annotated[Demande[schemas.AvisIn], Depends(keyed_body(schemas.AvisIn))]
Decidee = Annotated[Demande[schemas.DecisionReorientationIn], Depends(keyed_body(schemas.DecisionReorientationIn))]
Aucun = Annotated[Parametres, Query()]
DOSSIER_ABSENT: dict[str, Any] = {
    "description": "Ce dossier n'existe pas, ou n'est pas d'un territoire de l'appelant.",
    "content": {"application/problem+json": {"schema": PROBLEM_REF}},
}
ANSWERS: dict[int | str, dict[str, Any]] = {
    409: {
        "description": "L'état présent s'y oppose, ou une requête de même Idempotency-Key est en cours.",
        "content": {"application/problem+json": {"schema": PROBLEM_REF}},
    }
}


@router.get("/reorientations", response_model=ListeOut[schemas.ReorientationOut], summary="Les réorientations")
async def list_reorientations(
    request: Request, acces: Lire, session: Session, filtres: Annotated[schemas.FiltresReorientations, Query()]
) -> Response:
    """Les demandes d'un autre parcours, la plus ancienne d'abord."""
    curseur = Curseur("reorientations", filtres)
    after = curseur.decode(filtres.curseur, [int])
    etats = [str(each) for each in filtres.etat]
    tranche = await queries.list_reorientations(
        session, acces, etats=etats, ctm=filtres.ctm, after=after, limite=filtres.limite
    )
    await log_page(session, acces, tranche.elements)
    return ready(request, page_bytes(tranche, curseur), public=False)


@router.get("/reorientations/{id}", response_model=schemas.ReorientationOut, summary="Une réorientation")
async def read_reorientation(
    request: Request, acces: Lire, session: Session, code: Identifiant, parametres: Aucun
) -> Response:
    """Une demande : pourquoi, l'avis de l'équipe, la décision."""
    body = found(await queries.read_reorientation(session, code, acces), ReorientationInconnue)
    await log_page(session, acces, f"[{body.decode()}]")
    return ready(request, body, public=False)


@router.post(
    "/reorientations",
    response_model=schemas.ReorientationOut,
    status_code=201,
    summary="Demander un autre parcours",
    responses={**ANSWERS, 404: DOSSIER_ABSENT},
)
async def add_reorientation(
    request: Request, acces: Ecrire, demande: Demandee, session: Session, parametres: Aucun
) -> Response:
    """Une demande à la fois par dossier ; pour un bénéficiaire, l'avis de l'équipe est demandé quand la loi le veut."""

    async def work() -> Response:
        code = await service.add_reorientation(session, demande.corps, acces)
        response = await _show(session, code, acces, status=201)
        response.headers["Location"] = f"/v1/reorientations/{code}"
        return response

    return await once(
        session, Idempotence, request=request, identite=acces, key=demande.cle, body=demande.octets, work=work
    )


@router.post(
    "/reorientations/{id}/avis",
    response_model=schemas.ReorientationOut,
    summary="Rendre l'avis de l'équipe",
    responses=ANSWERS,
)
async def add_avis(
    request: Request, acces: Ecrire, code: Identifiant, demande: Avisee, session: Session, parametres: Aucun
) -> Response:
    """L'avis de l'équipe pluridisciplinaire, une fois ; il ne lie pas la décision."""

    async def work() -> Response:
        await service.add_avis(session, code, demande.corps.sens, acces)
        return await _show(session, code, acces)

    return await once(
        session, Idempotence, request=request, identite=acces, key=demande.cle, body=demande.octets, work=work
    )


@router.post(
    "/reorientations/{id}/decision",
    response_model=schemas.ReorientationOut,
    summary="Décider d'une réorientation",
    responses=ANSWERS,
)
async def decide_reorientation(
    request: Request, acces: Ecrire, code: Identifiant, demande: Decidee, session: Session, parametres: Aucun
) -> Response:
    """Accepter change le parcours ce jour ; 409 `AVIS_EP_ATTENDU` tant que l'équipe peut encore se prononcer."""

    async def work() -> Response:
        await service.decide(session, code, demande.corps, acces)
        return await _show(session, code, acces)

    return await once(
        session, Idempotence, request=request, identite=acces, key=demande.cle, body=demande.octets, work=work
    )


async def _show(session: AsyncSession, code: str, acces: Identite, *, status: int = 200) -> Response:
    body = found(await queries.read_reorientation(session, code, acces), ReorientationInconnue)
    return written(body, status=status)
