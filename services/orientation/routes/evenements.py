"""HTTP of what happened to persons: added, never changed."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from services.orientation.access import Ecrire, Lire
from services.orientation.models import Idempotence
from services.orientation.queries import evenements as queries
from services.orientation.routes.replies import IdDossier, Motif, Session, keep, private_body, tell
from services.orientation.schemas import evenements as schemas
from services.orientation.service import histoires as service
from services.orientation.service.acces import open_dossier, open_to_write, refuse_erased
from services.orientation.vocabulary_dossiers import OperationAcces
from shared.idempotency import Demande, once
from shared.pagination import Curseur, page_bytes
from shared.query import Page
from shared.responses import ready
from shared.wire import ListeOut

router = APIRouter(prefix="/v1")
Neuf = Annotated[Demande[schemas.EvenementIn], Depends(private_body(schemas.EvenementIn))]
PLACE = "/dossiers/{id}/evenements"


@router.get(PLACE, response_model=ListeOut[schemas.EvenementOut], summary="Ce qui est arrivé")
async def list_evenements(
    request: Request,
    acces: Lire,
    session: Session,
    code: IdDossier,
    page: Annotated[Page, Query()],
    motif: Motif,
) -> Response:
    """Par jour ; un même jour, le statut d'abord, puis notification et signalement, puis l'ordre d'arrivée."""
    curseur = Curseur(f"evenements {code}", page)
    after = curseur.decode(page.curseur, queries.KINDS)
    await open_dossier(session, acces, code, OperationAcces.LECTURE_EVENEMENTS, motif)
    tranche = await queries.list_events(session, code, after=after, limite=page.limite)
    return ready(request, page_bytes(tranche, curseur), public=False)


@router.post(PLACE, response_model=schemas.EvenementOut, status_code=201, summary="Dire ce qui est arrivé")
async def add_evenement(
    request: Request, acces: Ecrire, demande: Neuf, session: Session, code: IdDossier, motif: Motif
) -> Response:
    """Un événement tardif est accepté ; celui que l'histoire refuse est un 409 qui nomme l'anomalie, et n'entre pas."""
    evenement = service.read_given(demande.corps.model_dump(exclude_unset=True))
    dossier = await open_to_write(session, acces, code, OperationAcces.AJOUT_EVENEMENT, motif)

    async def work() -> Response:
        refuse_erased(dossier)
        added = await service.add_to_history(session, dossier, evenement, acces.sujet)
        return keep(added, f"/v1/dossiers/{code}/evenements")

    async def read(added: str) -> str:
        return await queries.read_event(session, code, added) or "null"

    key, body = demande.cle, demande.octets
    kept = await once(session, Idempotence, request=request, identite=acces, key=key, body=body, work=work)
    return await tell(kept, read)
