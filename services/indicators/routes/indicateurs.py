"""HTTP of the indicators service: parse, call, return."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.access import Lecture
from services.indicators.errors import GrandeurInconnue, IndicateurInconnu
from services.indicators.queries import indicateurs as queries
from services.indicators.schemas import indicateurs as schemas
from services.indicators.service import indicateurs as service
from shared import clock
from shared.database import get_session
from shared.pagination import Curseur, page_bytes
from shared.plans import find_plan
from shared.query import ParametresConnus
from shared.responses import found, ready
from shared.wire import ListeOut

Code = Annotated[str, Path(max_length=60, description="Code.")]
router = APIRouter(prefix="/v1")
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]


@router.get("/indicateurs", response_model=ListeOut[schemas.IndicateurDefinition], summary="Les indicateurs")
async def list_indicateurs(
    request: Request, acces: Lecture, session: Session, filtres: Annotated[schemas.FiltresIndicateurs, Query()]
) -> Response:
    """Les indicateurs d'évaluation du plan, par fiche et par rang : codes et libellés officiels."""
    plan = await find_plan(session, filtres)
    await service.check_codes(session, filtres, plan)
    curseur = Curseur("indicateurs", filtres)
    after = curseur.decode(filtres.curseur, [int, int])
    asked = {name: value for name in queries.FILTERS if (value := getattr(filtres, name))}
    tranche = await queries.list_indicateurs(
        session, asked, plan=plan, au=filtres.known_at, after=after, limite=filtres.limite
    )
    return ready(request, page_bytes(tranche, curseur))


@router.get("/indicateurs/{code}", response_model=schemas.IndicateurDetail, summary="Un indicateur")
async def read_indicateur(
    request: Request, acces: Lecture, session: Session, code: Code, parametres: Annotated[ParametresConnus, Query()]
) -> Response:
    """La définition d'un indicateur : son libellé officiel, ses grandeurs, les chiffres du plan."""
    plan = await find_plan(session, parametres)
    jour = clock.today()
    body = await queries.read_indicateur(session, plan=plan, code=code, au=parametres.known_at, jour=jour)
    return ready(request, found(body, IndicateurInconnu))


@router.get("/grandeurs/{code}", response_model=schemas.GrandeurDetail, summary="Une grandeur")
async def read_grandeur(
    request: Request, acces: Lecture, session: Session, code: Code, parametres: Annotated[ParametresConnus, Query()]
) -> Response:
    """La définition d'une grandeur, telle qu'elle vaut aujourd'hui, et les dates de toutes ses définitions."""
    plan = await find_plan(session, parametres)
    jour = clock.today()
    body = await queries.read_grandeur(session, plan=plan, code=code, au=parametres.known_at, jour=jour)
    return ready(request, found(body, GrandeurInconnue))
