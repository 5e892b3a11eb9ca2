"""HTTP of the figures of the RIO: persons are never listed, unless the caller named them."""

import asyncio
import json
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from services.orientation.access import Statistiques
from services.orientation.queries.comptes import Question
from services.orientation.schemas import statistiques as schemas
from services.orientation.service import figures
from services.orientation.service.lieux import communes_asked, refuse_inverted
from services.orientation.service.statistiques import measure
from services.orientation.statistics import Periode
from shared.body import json_body
from shared.idempotency import CleIgnoree
from shared.query import Parametres
from shared.responses import ready, written

router = APIRouter(prefix="/v1")
Corps = Annotated[schemas.StatistiquesIn, Depends(json_body(schemas.StatistiquesIn))]


@router.post("/statistiques/rio", response_model=schemas.StatistiquesOut, summary="Mesurer la RIO sur des histoires")
async def measure_rio(
    request: Request,
    acces: Statistiques,
    corps: Corps,
    parametres: Annotated[Parametres, Query()],
    idempotency_key: CleIgnoree = None,
) -> Response:
    """Les indicateurs de la fiche 11 sur les histoires données, l'état de chacun, les anomalies. Rien n'est gardé."""
    measured = await asyncio.to_thread(measure, corps)
    return written(json.dumps(measured, ensure_ascii=False).encode())


@router.get("/statistiques/rio", response_model=schemas.StatistiquesRioOut, summary="Les indicateurs de la RIO")
async def read_rio(request: Request, acces: Statistiques, filtres: Annotated[schemas.FiltresRio, Query()]) -> Response:
    """Les cinq indicateurs de la fiche 11, exacts, sur tout ce qui est connu ; à publier avec le secret statistique."""
    refuse_inverted(filtres.debut, filtres.fin)
    state = request.app.state
    communes = communes_asked(state.arbre, acces, filtres.territoire)
    question = Question(Periode(filtres.debut, filtres.fin), filtres.perimetre, communes)
    return ready(request, await figures.answer_rio(state.engine, state.figures, question), public=False)
