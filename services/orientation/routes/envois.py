"""HTTP of the sending of figures to the indicators."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.access import Statistiques
from services.orientation.models import Idempotence
from services.orientation.queries import envois as queries
from services.orientation.schemas import envois as schemas
from services.orientation.service import publication as service
from services.orientation.service.alertes import SENDING_LATE
from shared import clock
from shared.database import get_session
from shared.idempotency import Demande, keyed_body, once
from shared.openapi import PROBLEM_REF
from shared.pagination import Curseur, page_bytes
from shared.query import Parametres
from shared.responses import ready, written
from shared.wire import ListeOut

router = APIRouter(prefix="/v1")
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]
Demandee = Annotated[Demande[schemas.EnvoiIn], Depends(keyed_body(schemas.EnvoiIn))]
LIST = "/v1/statistiques/rio/envois"
ANSWERS: dict[int | str, dict[str, Any]] = {
    409: {
        "description": "Une requête de même Idempotency-Key est en cours.",
        "content": {"application/problem+json": {"schema": PROBLEM_REF}},
    }
}


@router.post(
    "/statistiques/rio/publication",
    response_model=schemas.PublicationOut,
    status_code=202,
    summary="Compter et envoyer les indicateurs",
    responses=ANSWERS,
)
async def publish_rio(
    request: Request,
    acces: Statistiques,
    demande: Demandee,
    session: Session,
    parametres: Annotated[Parametres, Query()],
) -> Response:
    """La fiche 11 par mois, pour la Métropole et chaque CTM, vers le service des indicateurs ; en travail de fond."""

    async def work() -> Response:
        months = await service.ask_publication(session, demande.corps)
        response = written(json.dumps({"mois": [f"{each:%Y-%m}" for each in months]}).encode(), status=202)
        response.headers["Location"] = LIST
        return response

    return await once(
        session, Idempotence, request=request, identite=acces, key=demande.cle, body=demande.octets, work=work
    )


@router.get("/statistiques/rio/envois", response_model=ListeOut[schemas.EnvoiOut], summary="Les envois d'indicateurs")
async def list_envois(
    request: Request, acces: Statistiques, session: Session, filtres: Annotated[schemas.FiltresEnvois, Query()]
) -> Response:
    """Ce qui fut envoyé, ce qui attend et ce qui fut refusé, le plus récent d'abord."""
    curseur = Curseur("envois", filtres)
    after = curseur.decode(filtres.curseur, [int])
    etats = [str(each) for each in filtres.etat]
    veille = clock.now() - SENDING_LATE
    tranche = await queries.list_envois(session, etats=etats, veille=veille, after=after, limite=filtres.limite)
    return ready(request, page_bytes(tranche, curseur), public=False)
