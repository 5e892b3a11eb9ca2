"""HTTP of alerts."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.orientation.access import Lire
from services.orientation.queries import alertes as queries
from services.orientation.routes.en_vigueur import ReglesEnVigueur
from services.orientation.schemas import alertes as schemas
from services.orientation.service import alertes as service
from services.orientation.service.acces import log_page
from services.orientation.service.comptes import refresh
from shared.database import transaction
from shared.pagination import Curseur, page_bytes
from shared.responses import ready
from shared.wire import ListeOut

router = APIRouter(prefix="/v1")


@router.get("/alertes", response_model=ListeOut[schemas.AlerteOut], summary="Ce qui demande une attention")
async def list_alertes(
    request: Request, acces: Lire, regles: ReglesEnVigueur, filtres: Annotated[schemas.FiltresAlertes, Query()]
) -> Response:
    """Délais légaux, personnes à reconvoquer, avis attendus, parcours sociaux à revoir ; le plus pressant d'abord."""
    curseur = Curseur("alertes", filtres)
    after = service.check_key(curseur.decode(filtres.curseur, [str, str, str]))
    state = request.app.state
    recherche = service.search(filtres, regles.jeux)
    await refresh(state.engine)
    async with transaction(state.engine) as session:
        tranche = await queries.list_alertes(session, acces, recherche, after=after, limite=filtres.limite)
        await log_page(session, acces, tranche.elements)
    return ready(request, page_bytes(tranche, curseur), public=False)
