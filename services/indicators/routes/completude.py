"""HTTP of completeness."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.access import Lecture
from services.indicators.schemas import completude as schemas
from services.indicators.service import completude as service
from shared.database import get_session
from shared.pagination import Curseur, page_bytes, slice_page
from shared.plans import find_plan
from shared.responses import ready
from shared.wire import ListeOut

router = APIRouter(prefix="/v1")
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]


@router.get("/completude", response_model=ListeOut[schemas.CompletudeOut], summary="Qui est en retard")
async def list_completude(
    request: Request, acces: Lecture, session: Session, filtres: Annotated[schemas.FiltresCompletude, Query()]
) -> Response:
    """Par producteur et par période, ce qui est attendu et ce qui est reçu : des nombres, jamais des valeurs."""
    plan = await find_plan(session, filtres)
    curseur = Curseur("completude", filtres)
    lignes = await service.list_completude(session, filtres, plan=plan, geo=request.app.state.atelier.geo)
    return ready(request, page_bytes(slice_page(lignes, "cle", filtres, curseur), curseur))
