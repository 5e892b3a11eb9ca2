"""HTTP of pushes."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators import rejets_csv
from services.indicators.access import Pousser
from services.indicators.errors import LotInconnu
from services.indicators.lot_reading import MEDIA_TYPES
from services.indicators.models import Idempotence
from services.indicators.queries import lots as queries
from services.indicators.schemas import lots as schemas
from services.indicators.service import reception
from services.indicators.service.reception import Depot, Reception
from shared.body import check_media_type, read_bytes
from shared.database import get_session
from shared.idempotency import Cle, once, read_key
from shared.pagination import Curseur, page_bytes
from shared.problems import pick_language, problem_response
from shared.query import Page, Parametres
from shared.refusals import NO_PLAN, told
from shared.responses import found, ready, written
from shared.wire import ListeOut

router = APIRouter(prefix="/v1")
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]
IdentifiantLot = Annotated[str, Path(alias="id", max_length=60, description="Identifiant.")]
PREFER = "`respond-async` : le lot est conservé et traité ensuite ; la réponse est un 202."


class Csv(Response):
    """What the contract calls the answer of an export."""

    media_type = "text/csv"


async def read_depot(request: Request, prefer: Annotated[str | None, Header(description=PREFER)] = None) -> Depot:
    """Read the body of a push and what says how to read it."""
    media_type = check_media_type(request, MEDIA_TYPES, encodings=("gzip",))
    body = await read_bytes(request, reception.MAX_BYTES)
    langue = pick_language(request.headers.get("accept-language", ""))
    later = "respond-async" in re.split(r"[\s,;]+", (prefer or "").lower())
    return Depot(body, media_type, dict(request.query_params), langue, later)


read_depot.body_model = schemas.LotIn  # type: ignore[attr-defined]
read_depot.media_types = MEDIA_TYPES  # type: ignore[attr-defined]


@router.post(
    "/lots",
    response_model=schemas.LotOut,
    summary="Pousser un lot de mesures",
    responses={202: {"model": schemas.LotOut}, 207: {"model": schemas.LotOut}, **told(404, NO_PLAN)},
)
async def push_lot(
    request: Request,
    acces: Pousser,
    depot: Annotated[Depot, Depends(read_depot)],
    session: Session,
    idempotency_key: Cle = None,
) -> Response:
    """Un lot est jugé ligne par ligne ; le sort de chaque ligne est rendu."""

    async def work() -> Response:
        taken = await reception.receive_lot(session, request.app.state.atelier, acces, depot)
        return _answer(request, taken, depot)

    key = read_key(request)
    return await once(session, Idempotence, request=request, identite=acces, key=key, body=depot.body, work=work)


push_lot.reads_query = True  # type: ignore[attr-defined] # the envelope of a CSV is there


def _answer(request: Request, taken: Reception, depot: Depot) -> Response:
    if taken.refus is not None:
        report: dict[str, Any] = {name: value for name, value in taken.document.items() if name != "probleme"}
        return problem_response(taken.refus, request.headers, request.state.request_id, **report)
    response = written(queries.as_json(taken.document).encode(), status=taken.statut)
    response.headers["Location"] = f"/v1/lots/{taken.lot}"
    if depot.differe:
        response.headers["Preference-Applied"] = "respond-async"
    return response


@router.get("/lots", response_model=ListeOut[schemas.LotResume], summary="Ses lots")
async def list_lots(
    request: Request, acces: Pousser, session: Session, filtres: Annotated[schemas.FiltresLots, Query()]
) -> Response:
    """Ses propres lots, le plus récent d'abord, sans leurs fautes."""
    curseur = Curseur("lots", filtres)
    after = curseur.decode(filtres.curseur, [int])
    asked = {name: value for name, value in (("source", filtres.source), ("etat", filtres.etat)) if value}
    tranche = await queries.list_lots(session, asked, acteur=acces.sujet, after=after, limite=filtres.limite)
    return ready(request, page_bytes(tranche, curseur), public=False)


@router.get("/lots/{id}", response_model=schemas.LotOut, summary="Un lot et son rapport")
async def read_lot(
    request: Request, acces: Pousser, session: Session, lot: IdentifiantLot, parametres: Annotated[Parametres, Query()]
) -> Response:
    """Où en est un lot, et ce qu'il est devenu."""
    body = await queries.read_lot(session, lot, acces.sujet)
    return ready(request, found(body, LotInconnu), public=False)


@router.get("/lots/{id}/rejets", response_model=ListeOut[schemas.RejetOut], summary="Les fautes d'un lot")
async def list_rejets(
    request: Request, acces: Pousser, session: Session, lot: IdentifiantLot, page: Annotated[Page, Query()]
) -> Response:
    """Toutes les fautes du lot, dans l'ordre des lignes."""
    found(await queries.read_lot(session, lot, acces.sujet), LotInconnu)
    curseur = Curseur(f"rejets {lot}", page)
    after = curseur.decode(page.curseur, [int])
    tranche = await queries.list_rejets(session, lot, acteur=acces.sujet, after=after, limite=page.limite)
    return ready(request, page_bytes(tranche, curseur), public=False)


@router.get(
    "/lots/{id}/rejets.csv",
    response_class=Csv,
    summary="Les lignes rejetées, à corriger",
    responses=rejets_csv.RESPONSES,
)
async def export_rejets(
    request: Request, acces: Pousser, session: Session, lot: IdentifiantLot, parametres: Annotated[Parametres, Query()]
) -> Response:
    """Les lignes rejetées et leurs fautes, en CSV : corrigez, poussez ce fichier, les colonnes `erreur.` s'ignorent."""
    found(await queries.read_lot(session, lot, acces.sujet), LotInconnu)
    body = rejets_csv.write_rejets(await queries.list_rejected_rows(session, lot))
    return ready(request, body, media_type="text/csv; charset=utf-8", public=False)
