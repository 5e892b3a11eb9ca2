"""HTTP of values and of frozen publications."""

import asyncio
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators import exports
from services.indicators.access import LIRE_BRUT, Lecture, Valider, note_raw_read
from services.indicators.models import Idempotence
from services.indicators.queries import publication as queries
from services.indicators.schemas import valeurs as schemas
from services.indicators.schemas.millesimes import MillesimeIn, MillesimeOut
from services.indicators.service import lecture, millesimes
from services.indicators.svg import policy_of
from shared.database import get_session
from shared.idempotency import Demande, keyed_body, once
from shared.pagination import Curseur, page_bytes
from shared.plans import find_plan
from shared.query import Page, ParametresPlan
from shared.reader import reading
from shared.refusals import NO_PLAN, told
from shared.responses import ready, written
from shared.wire import ListeOut

router = APIRouter(prefix="/v1")
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]
FEW = 1000
"""Up to so many cells, going to a thread and back takes longer than writing them."""
EXPORTS: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            exports.CSV: {"schema": {"type": "string"}},
            exports.PARQUET: {"schema": {"type": "string", "format": "binary"}},
            exports.SVG: {"schema": {"type": "string"}},
        }
    },
    **told(403, "La clé ne couvre pas toute la question."),
}


class FiltresMillesimes(Page, ParametresPlan):
    """Les millésimes d'un plan."""


@router.get("/valeurs", response_model=schemas.ValeursOut, summary="Les valeurs", responses=EXPORTS)
async def list_valeurs(
    request: Request, acces: Lecture, filtres: Annotated[schemas.FiltresValeurs, Query()]
) -> Response:
    """Les cellules publiées ; avec le droit `indicateurs:lire-brut`, celles d'à présent. JSON, CSV, Parquet ou SVG."""
    lecteur = acces if acces is not None and LIRE_BRUT in acces.portees else None
    media_type = exports.choose_media_type(request.headers.get("accept", ""), filtres.format)
    read = lecture.answer_drawn if media_type == exports.SVG else lecture.answer
    async with reading(request.app.state.engine) as connexion:
        reponse = await read(connexion, request.app.state.atelier, filtres, lecteur=lecteur)
    if lecteur is not None:
        note_raw_read(request, lecteur)
    return _shown(request, await _write(reponse, media_type, filtres.champs), media_type, public=lecteur is None)


async def _write(reponse: lecture.Reponse, media_type: str, champs: list[str]) -> bytes:
    """Write in a thread what takes long."""
    if media_type == exports.SVG or (len(reponse.cellules) > FEW and (media_type != exports.JSON or champs)):
        return await asyncio.to_thread(exports.write, reponse, media_type, champs)
    return exports.write(reponse, media_type, champs)


def _shown(request: Request, body: bytes, media_type: str, *, public: bool) -> Response:
    answer = ready(request, body, media_type=media_type, public=public)
    answer.headers["Vary"] = "Accept, Authorization"
    if media_type == exports.SVG and answer.status_code == HTTPStatus.OK:
        answer.headers["Content-Security-Policy"] = policy_of(body)
    return answer


@router.get("/millesimes", response_model=ListeOut[MillesimeOut], summary="Les millésimes")
async def list_millesimes(
    request: Request, acces: Lecture, session: Session, filtres: Annotated[FiltresMillesimes, Query()]
) -> Response:
    """Les publications figées, dans l'ordre où elles le furent."""
    plan = await find_plan(session, filtres)
    curseur = Curseur("millesimes", filtres)
    after = curseur.decode(filtres.curseur, [int])
    tranche = await queries.list_millesimes(session, plan, after=after, limite=filtres.limite)
    return ready(request, page_bytes(tranche, curseur))


@router.post(
    "/millesimes",
    response_model=MillesimeOut,
    status_code=201,
    summary="Figer une publication",
    responses=told(404, NO_PLAN),
)
async def add_millesime(
    request: Request,
    acces: Valider,
    demande: Annotated[Demande[MillesimeIn], Depends(keyed_body(MillesimeIn))],
    session: Session,
) -> Response:
    """Publie ce qui attendait un accord, puis donne un nom à ce qui est publié à cet instant."""

    async def work() -> Response:
        shown = await millesimes.add_millesime(session, request.app.state.atelier, demande.corps, acces.sujet)
        return written(shown.encode(), status=201)

    return await once(
        session, Idempotence, request=request, identite=acces, key=demande.cle, body=demande.octets, work=work
    )
