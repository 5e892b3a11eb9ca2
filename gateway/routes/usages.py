"""HTTP of the counts of use."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import queries
from gateway.access import Gerer
from gateway.routes.acces import Poivre
from gateway.schemas import FiltresUsages, UsageOut
from shared.database import get_session
from shared.pagination import Curseur, page_bytes
from shared.responses import ready
from shared.wire import ListeOut

router = APIRouter(prefix="/v1")
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]


@router.get("/usages", response_model=ListeOut[UsageOut], summary="Les usages du portail")
async def list_usages(
    request: Request, acces: Gerer, poivre: Poivre, session: Session, filtres: Annotated[FiltresUsages, Query()]
) -> Response:
    """Combien de requêtes par jour, genre d'appelant et ressource ; rien n'y dit qui appelait."""
    curseur = Curseur("usages", filtres)
    tranche = await queries.list_usages(
        session,
        after=curseur.decode(filtres.curseur, [str, str, str]),
        limite=filtres.limite,
        debut=filtres.debut,
        fin=filtres.fin,
        genres=[str(each) for each in filtres.genre],
    )
    return ready(request, page_bytes(tranche, curseur), public=False)
