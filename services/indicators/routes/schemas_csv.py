"""HTTP of Table Schemas."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.access import Lecture
from services.indicators.schemas import schemas_csv as schemas
from services.indicators.service import schemas_csv as service
from shared import clock
from shared.database import get_session
from shared.plans import find_plan
from shared.query import ParametresConnus
from shared.responses import ready

router = APIRouter(prefix="/v1")
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]
Code = Annotated[str, Path(max_length=60, description="Code.", examples=["30.I1.a"])]


@router.get(
    "/grandeurs/{code}/schema", response_model=schemas.SchemaGrandeurOut, summary="Le schéma CSV d'une grandeur"
)
async def read_schema(
    request: Request, acces: Lecture, session: Session, code: Code, parametres: Annotated[ParametresConnus, Query()]
) -> Response:
    """De quoi vérifier un CSV de cette grandeur avant de le pousser (Table Schema de Frictionless Data)."""
    plan = await find_plan(session, parametres)
    body = await service.read_schema(
        session, request.app.state.atelier, code, plan=plan, au=parametres.known_at, jour=clock.today()
    )
    return ready(request, body)


@router.get("/schemas/lot", response_model=schemas.SchemaLotOut, summary="Le schéma CSV d'un lot")
async def read_schema_lot(
    request: Request, acces: Lecture, session: Session, parametres: Annotated[ParametresConnus, Query()]
) -> Response:
    """De quoi vérifier un CSV de n'importe quelles grandeurs (Table Schema de Frictionless Data)."""
    plan = await find_plan(session, parametres)
    body = await service.read_schema_lot(session, request.app.state.atelier, plan=plan, au=parametres.known_at)
    return ready(request, body)
