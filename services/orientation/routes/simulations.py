"""HTTP of simulations: what a rule set would change."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.access import Regles
from services.orientation.routes.en_vigueur import Vigueur
from services.orientation.schemas import simulations as schemas
from services.orientation.service.simulations import simulate
from shared.body import json_body
from shared.database import get_session
from shared.idempotency import CleIgnoree
from shared.refusals import told
from shared.responses import written

router = APIRouter(prefix="/v1")
MAX_BYTES = 16 << 20
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]
Corps = Annotated[schemas.SimulationIn, Depends(json_body(schemas.SimulationIn, max_bytes=MAX_BYTES))]


@router.post(
    "/simulations",
    response_model=schemas.SimulationOut,
    summary="Simuler un jeu de règles",
    responses=told(404, "Le jeu nommé n'existe pas."),
)
async def add_simulation(
    request: Request,
    acces: Regles,
    corps: Corps,
    vigueur: Vigueur,
    session: Session,
    idempotency_key: CleIgnoree = None,
) -> Response:
    """Ce qu'il changerait, de parcours à parcours ; un brouillon garde que ce contenu fut simulé, rien d'autre."""
    found = await simulate(session, vigueur, corps)
    return written(found.model_dump_json().encode())
