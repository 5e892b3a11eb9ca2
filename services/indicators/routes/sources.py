"""HTTP of sources."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.access import Lecture, Valider
from services.indicators.errors import SourceInconnue
from services.indicators.queries import sources as queries
from services.indicators.schemas import sources as schemas
from services.indicators.service import sources as service
from shared.body import json_body
from shared.database import get_session
from shared.openapi import PROBLEM_REF
from shared.pagination import Curseur, page_bytes
from shared.plans import find_plan
from shared.query import ParametresPlan
from shared.responses import Preconditions, found, read_preconditions, ready, written
from shared.wire import ListeOut

router = APIRouter(prefix="/v1")
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]
Code = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,40}$", description="Code de la source.", examples=["orientation"])]
Corps = Annotated[schemas.SourceMesuresIn, Depends(json_body(schemas.SourceMesuresIn))]
ANSWERS: dict[int | str, dict[str, Any]] = {
    201: {"model": schemas.SourceMesuresOut, "description": "La source est créée."},
    409: {
        "description": "Une autre source fait déjà référence à ces dates.",
        "content": {"application/problem+json": {"schema": PROBLEM_REF}},
    },
}


@router.get("/sources", response_model=ListeOut[schemas.SourceMesuresOut], summary="Les sources")
async def list_sources(
    request: Request, acces: Lecture, session: Session, filtres: Annotated[schemas.FiltresSources, Query()]
) -> Response:
    """Les systèmes qui poussent des mesures, et les indicateurs pour lesquels chacun est publié."""
    plan = await find_plan(session, filtres)
    await service.check_indicateurs(session, plan, filtres.indicateur)
    curseur = Curseur("sources", filtres)
    after = curseur.decode(filtres.curseur, [str])
    asked = {"indicateur": filtres.indicateur} if filtres.indicateur else {}
    tranche = await queries.list_sources(session, asked, plan=plan, after=after, limite=filtres.limite)
    return ready(request, page_bytes(tranche, curseur))


@router.get("/sources/{code}", response_model=schemas.SourceMesuresOut, summary="Une source")
async def read_source(
    request: Request, acces: Lecture, session: Session, code: Code, parametres: Annotated[ParametresPlan, Query()]
) -> Response:
    """Une source ; son `ETag` est celui que demande `PUT`."""
    plan = await find_plan(session, parametres)
    return ready(request, found(await queries.read_source(session, plan, code), SourceInconnue))


@router.put(
    "/sources/{code}", response_model=schemas.SourceMesuresOut, summary="Dire ce qu'est une source", responses=ANSWERS
)
async def put_source(
    acces: Valider,
    code: Code,
    corps: Corps,
    session: Session,  # after the body, so that a slow one holds no connection
    parametres: Annotated[ParametresPlan, Query()],
    preconditions: Annotated[Preconditions, Depends(read_preconditions)],
) -> Response:
    """Remplace tout ce que l'on dit d'une source ; les indicateurs touchés sont publiés à nouveau."""
    plan = await find_plan(session, parametres)
    body, created = await service.put_source(
        session, corps, plan=plan, code=code, preconditions=preconditions, identite=acces
    )
    return written(body, status=201 if created else 200)
