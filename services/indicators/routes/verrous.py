"""HTTP of locks."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.access import Lecture, Valider
from services.indicators.errors import VerrouInconnu
from services.indicators.models import Idempotence
from services.indicators.queries import verrous as queries
from services.indicators.schemas import verrous as schemas
from services.indicators.service import verrous as service
from shared.database import get_session
from shared.idempotency import Demande, keyed_body, once
from shared.openapi import PROBLEM_REF
from shared.pagination import Curseur, page_bytes
from shared.plans import find_plan
from shared.query import ParametreAu, Parametres, ParametresPlan
from shared.responses import found, ready, written
from shared.wire import ListeOut

router = APIRouter(prefix="/v1")
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]
Identifiant = Annotated[str, Path(alias="id", max_length=60, description="Identifiant du verrou.")]
VerrouDemande = Annotated[Demande[schemas.VerrouIn], Depends(keyed_body(schemas.VerrouIn))]
ANSWERS: dict[int | str, dict[str, Any]] = {
    409: {
        "description": "Une requête de même Idempotency-Key est en cours.",
        "content": {"application/problem+json": {"schema": PROBLEM_REF}},
    }
}


@router.get("/verrous", response_model=ListeOut[schemas.VerrouOut], summary="Les verrous")
async def list_verrous(
    request: Request, acces: Lecture, session: Session, filtres: Annotated[schemas.FiltresVerrous, Query()]
) -> Response:
    """Les jours dont les mesures ne changent plus, et ceux que l'on a rouverts."""
    plan = await find_plan(session, filtres)
    curseur = Curseur("verrous", filtres)
    after = curseur.decode(filtres.curseur, [str, str])
    asked = {} if filtres.leve is None else {"leve": filtres.leve}
    tranche = await queries.list_verrous(
        session, asked, plan=plan, au=filtres.known_at, after=after, limite=filtres.limite
    )
    return ready(request, page_bytes(tranche, curseur))


@router.get("/verrous/{id}", response_model=schemas.VerrouOut, summary="Un verrou")
async def read_verrou(
    request: Request,
    acces: Lecture,
    session: Session,
    verrou: Identifiant,
    parametres: Annotated[ParametreAu, Query()],
) -> Response:
    """Un verrou : ce qu'il ferme, pourquoi, et s'il est levé."""
    return ready(request, found(await queries.read_verrou(session, verrou, parametres.known_at), VerrouInconnu))


@router.post(
    "/verrous",
    response_model=schemas.VerrouOut,
    status_code=201,
    summary="Clore des périodes",
    responses=ANSWERS,
)
async def add_verrou(
    request: Request,
    acces: Valider,
    demande: VerrouDemande,
    session: Session,  # after the body, so that a slow one holds no connection
    parametres: Annotated[ParametresPlan, Query()],
) -> Response:
    """Dès maintenant, les lots ne changent plus les mesures de ces jours."""

    async def work() -> Response:
        plan = await find_plan(session, parametres)
        verrou, body = await service.add_verrou(session, demande.corps, plan=plan, identite=acces)
        response = written(body, status=201)
        response.headers["Location"] = f"/v1/verrous/{verrou}"
        return response

    return await once(
        session, Idempotence, request=request, identite=acces, key=demande.cle, body=demande.octets, work=work
    )


@router.delete("/verrous/{id}", response_model=schemas.VerrouOut, summary="Lever un verrou")
async def lift_verrou(
    acces: Valider, session: Session, verrou: Identifiant, parametres: Annotated[Parametres, Query()]
) -> Response:
    """Les mesures de ces jours peuvent changer à nouveau ; le verrou reste lisible, avec `leve_le`."""
    return written(await service.lift_verrou(session, verrou, acces))
