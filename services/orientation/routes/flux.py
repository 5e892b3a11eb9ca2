"""HTTP of partner feeds."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.access import Pousser
from services.orientation.errors import FluxInconnu
from services.orientation.models import Idempotence
from services.orientation.queries import flux as queries
from services.orientation.schemas import flux as schemas
from services.orientation.service import flux as service
from services.orientation.service.flux import Atelier, Depot
from services.orientation.service.identifiants import hacheur_of
from shared.body import check_media_type, read_bytes
from shared.database import get_session
from shared.idempotency import Cle, once, read_key
from shared.pagination import Curseur, page_bytes
from shared.problems import pick_language, problem_response
from shared.query import Page, Parametres
from shared.responses import found, ready, written
from shared.wire import ListeOut

router = APIRouter(prefix="/v1")
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]
Identifiant = Annotated[str, Path(alias="id", max_length=60, description="Identifiant.")]
MEDIA_TYPES = ("application/x-ndjson",)


async def read_depot(request: Request) -> Depot:
    """Read the body of a file."""
    check_media_type(request, MEDIA_TYPES, encodings=("gzip",))
    body = await read_bytes(request, service.MAX_BYTES)
    return Depot(body, pick_language(request.headers.get("accept-language", "")))


read_depot.body_model = schemas.FluxIn  # type: ignore[attr-defined]
read_depot.media_types = MEDIA_TYPES  # type: ignore[attr-defined]


@router.post(
    "/flux",
    response_model=schemas.FluxOut,
    summary="Pousser un fichier de partenaire",
    responses={207: {"model": schemas.FluxOut}},
)
async def push_flux(
    request: Request,
    acces: Pousser,
    depot: Annotated[Depot, Depends(read_depot)],
    session: Session,
    idempotency_key: Cle = None,
) -> Response:
    """CAF, MSA, France Travail : le jour de réception ouvre le délai légal ; le même fichier ne compte qu'une fois."""
    key = read_key(request)
    state = request.app.state
    atelier = Atelier(state.flux, hacheur_of(state.cle_identite), state.arbre)

    async def work() -> Response:
        return _answer(request, await service.receive_flux(session, atelier, acces, depot))

    return await once(session, Idempotence, request=request, identite=acces, key=key, body=depot.body, work=work)


def _answer(request: Request, taken: service.Reception) -> Response:
    document: dict[str, Any] = taken.document
    if taken.refus is not None:
        return problem_response(taken.refus, request.headers, request.state.request_id, **document)
    response = written(json.dumps(document, ensure_ascii=False).encode(), status=document["statut"])
    response.headers["Location"] = f"/v1/flux/{document['id']}"
    return response


@router.get("/flux", response_model=ListeOut[schemas.FluxResume], summary="Ses fichiers")
async def list_flux(
    request: Request, acces: Pousser, session: Session, filtres: Annotated[schemas.FiltresFlux, Query()]
) -> Response:
    """Les fichiers reçus de soi, ou d'une source que sa clé couvre, le plus récent d'abord."""
    curseur = Curseur("flux", filtres)
    after = curseur.decode(filtres.curseur, [int])
    tranche = await queries.list_files(session, acces, source=filtres.source, after=after, limite=filtres.limite)
    return ready(request, page_bytes(tranche, curseur), public=False)


@router.get("/flux/{id}", response_model=schemas.FluxOut, summary="Un fichier et son rapport")
async def read_flux(
    request: Request, acces: Pousser, session: Session, recu: Identifiant, parametres: Annotated[Parametres, Query()]
) -> Response:
    """Ce qu'un fichier est devenu."""
    return ready(request, found(await queries.read_file(session, recu, acces), FluxInconnu), public=False)


@router.get("/flux/{id}/rejets", response_model=ListeOut[schemas.FauteLigne], summary="Les fautes d'un fichier")
async def list_flux_rejets(
    request: Request, acces: Pousser, session: Session, recu: Identifiant, page: Annotated[Page, Query()]
) -> Response:
    """Toutes les fautes du fichier, dans l'ordre des lignes ; jamais une valeur."""
    found(await queries.read_file(session, recu, acces), FluxInconnu)
    curseur = Curseur(f"rejets {recu}", page)
    after = curseur.decode(page.curseur, [int])
    tranche = await queries.list_rejets(session, recu, acces, after=after, limite=page.limite)
    return ready(request, page_bytes(tranche, curseur), public=False)
