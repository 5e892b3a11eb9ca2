"""HTTP of the board."""

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.access import Lecture
from services.indicators.schemas.tableaux import FiltresTableau, TableauOut
from services.indicators.service import tableaux
from services.indicators.service.fonds import open_fonds
from shared import clock
from shared.database import get_session
from shared.plans import find_plan
from shared.responses import ready

router = APIRouter(prefix="/v1")
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]


@router.get("/tableaux/plan", response_model=TableauOut, summary="Le tableau du plan")
async def read_tableau(
    request: Request, acces: Lecture, session: Session, filtres: Annotated[FiltresTableau, Query()]
) -> Response:
    """Chaque grandeur : sa dernière valeur publiée, son évolution et ses cibles, en sachant quel sens est le bon."""
    plan = await find_plan(session, filtres)
    fonds = await open_fonds(session, request.app.state.atelier, plan)
    tableau = await tableaux.build_tableau(session, fonds, filtres, clock.today())
    return ready(request, json.dumps(tableau, ensure_ascii=False, separators=(",", ":")).encode())
