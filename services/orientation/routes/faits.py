"""HTTP of pathways and facts."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.orientation.access import Lecture
from services.orientation.schemas import faits as schemas
from shared.pagination import Curseur, page_bytes, slice_page
from shared.responses import ready
from shared.wire import ListeOut

router = APIRouter(prefix="/v1")


@router.get("/parcours", response_model=ListeOut[schemas.ParcoursOut], summary="Les parcours")
async def list_parcours(
    request: Request, acces: Lecture, filtres: Annotated[schemas.FiltresParcours, Query()]
) -> Response:
    """Les parcours d'insertion vers lesquels on oriente, et les autres issues possibles."""
    curseur = Curseur("parcours", filtres)
    kept = [p for p in request.app.state.parcours if not filtres.nature or p.nature in filtres.nature]
    return ready(request, page_bytes(slice_page(kept, "code", filtres, curseur), curseur))


@router.get("/faits", response_model=ListeOut[schemas.FaitOut], summary="Les faits")
async def list_faits(request: Request, acces: Lecture, filtres: Annotated[schemas.FiltresFaits, Query()]) -> Response:
    """Les faits que les règles d'orientation peuvent lire, avec leurs valeurs et leurs sources."""
    curseur = Curseur("faits", filtres)
    kept = [
        fait
        for fait in request.app.state.faits
        if (not filtres.type or fait.type in filtres.type) and filtres.frein in (None, fait.frein)
    ]
    return ready(request, page_bytes(slice_page(kept, "code", filtres, curseur), curseur))
