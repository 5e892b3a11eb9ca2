"""HTTP of targets."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.access import Lecture, Valider
from services.indicators.errors import CibleInconnue
from services.indicators.queries import cibles as queries
from services.indicators.queries import definitions as definition_queries
from services.indicators.schemas import cibles as schemas
from services.indicators.service import cibles as service
from shared.body import json_body
from shared.database import get_session
from shared.pagination import Curseur, page_bytes
from shared.plans import find_plan
from shared.query import ParametresConnus, ParametresPlan
from shared.responses import Preconditions, found, read_preconditions, ready, written
from shared.wire import ListeOut

router = APIRouter(prefix="/v1")
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]
Corps = Annotated[schemas.CibleIn, Depends(json_body(schemas.CibleIn))]
CREATED: dict[int | str, dict[str, Any]] = {201: {"model": schemas.CibleOut, "description": "La cible est créée."}}
ONE = "/cibles/{grandeur}/{territoire}/{periode}"


@dataclass(frozen=True)
class Adresse:
    """What a target is for."""

    grandeur: Annotated[str, Path(max_length=60, description="Code de la grandeur.", examples=["30.I1.a"])]
    territoire: Annotated[str, Path(max_length=60, description="Code du territoire.", examples=["69M"])]
    periode: Annotated[str, Path(max_length=60, description="Période.", examples=["2026"])]

    def key(self, plan: str) -> dict[str, str]:
        """Return the key of the target in ``plan``."""
        return {"plan": plan, "grandeur": self.grandeur, "territoire": self.territoire, "periode": self.periode}


@router.get("/cibles", response_model=ListeOut[schemas.CibleOut], summary="Les cibles")
async def list_cibles(
    request: Request, acces: Lecture, session: Session, filtres: Annotated[schemas.FiltresCibles, Query()]
) -> Response:
    """Ce que l'on vise, par grandeur, territoire et période ; d'abord ce que dit le plan, puis ce qui fut révisé."""
    plan = await find_plan(session, filtres)
    definitions = await definition_queries.read_definitions(session, plan, au=filtres.known_at)
    service.check_filters(filtres, definitions, request.app.state.atelier.arbre)
    curseur = Curseur("cibles", filtres)
    after = curseur.decode(filtres.curseur, [int, int, str, str, str])
    asked = {name: value for name in queries.FILTERS if (value := getattr(filtres, name))}
    tranche = await queries.list_cibles(
        session, asked, plan=plan, au=filtres.known_at, after=after, limite=filtres.limite
    )
    return ready(request, page_bytes(tranche, curseur))


@router.get(ONE, response_model=schemas.CibleOut, summary="Une cible")
async def read_cible(
    request: Request,
    acces: Lecture,
    session: Session,
    adresse: Annotated[Adresse, Depends()],
    parametres: Annotated[ParametresConnus, Query()],
) -> Response:
    """Une cible ; son `ETag` est celui que demande `PUT`."""
    plan = await find_plan(session, parametres)
    body = await queries.read_cible(session, adresse.key(plan), parametres.known_at)
    return ready(request, found(body, CibleInconnue))


@router.put(ONE, response_model=schemas.CibleOut, summary="Fixer une cible", responses=CREATED)
async def put_cible(
    request: Request,
    acces: Valider,
    adresse: Annotated[Adresse, Depends()],
    corps: Corps,
    session: Session,  # after the body, so that a slow one holds no connection
    parametres: Annotated[ParametresPlan, Query()],
    preconditions: Annotated[Preconditions, Depends(read_preconditions)],
) -> Response:
    """Fixe ou révise une cible ; la période peut être à venir, ce qui fut dit avant reste lisible avec `au`."""
    plan = await find_plan(session, parametres)
    body, created = await service.put_cible(
        session,
        corps,
        key=adresse.key(plan),
        arbre=request.app.state.atelier.arbre,
        preconditions=preconditions,
        identite=acces,
    )
    return written(body, status=201 if created else 200)
