"""HTTP of raw rows."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.access import LireMesures, Pousser
from services.indicators.schemas import mesures as schemas
from services.indicators.service import mesures as service
from services.indicators.service import saisies
from shared.body import MAX_BYTES, check_media_type, parse_json, read_bytes
from shared.database import get_session
from shared.idempotency import CleIgnoree
from shared.openapi import PROBLEM_REF
from shared.pagination import Curseur, page_bytes
from shared.problems import PROBLEM_JSON
from shared.reader import reading
from shared.responses import JSON, ready, written
from shared.wire import ListeOut

router = APIRouter(prefix="/v1")
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]
ONE = "/mesures/{grandeur}/{territoire}/{periode}"
STALE = "Une extraction plus récente a donné une autre valeur."
WRITTEN: dict[int | str, dict[str, Any]] = {
    201: {"model": schemas.MesureOut, "description": "La mesure n'existait pas."},
    409: {"description": STALE, "content": {PROBLEM_JSON: {"schema": PROBLEM_REF}}},
}


@dataclass(frozen=True)
class Adresse:
    """What is measured, where and when."""

    grandeur: Annotated[str, Path(max_length=60, description="Code de la grandeur.", examples=["30.I1.a"])]
    territoire: Annotated[str, Path(max_length=60, description="Code du territoire.", examples=["69266"])]
    periode: Annotated[str, Path(max_length=60, description="Période.", examples=["2025-06"])]


async def read_exact(request: Request) -> Any:
    """Read the body with its numbers digit for digit; the rules of rows judge it."""
    check_media_type(request, (JSON,))
    return parse_json(await read_bytes(request, MAX_BYTES), exact=True)


read_exact.body_model = schemas.MesureIn  # type: ignore[attr-defined]
read_exact.media_types = (JSON,)  # type: ignore[attr-defined]


@router.get("/mesures", response_model=ListeOut[schemas.MesureOut], summary="Les mesures brutes")
async def list_mesures(
    request: Request, acces: LireMesures, filtres: Annotated[schemas.FiltresMesures, Query()]
) -> Response:
    """Les mesures telles que poussées, dans l'ordre de leur clé ; `total` est null. Avec `indicateurs:pousser` seul,
    celles des sources de sa clé.

    `modifie_depuis` sert à se tenir à jour : les mesures écrites après cet instant, supprimées comprises, dans l'ordre
    des écritures. Suivez les pages jusqu'à la dernière ; le plus grand `enregistre_le` vu est le `modifie_depuis` de la
    fois suivante : rien n'est écrit ensuite à un instant plus ancien."""
    curseur = Curseur("mesures", filtres)
    async with reading(request.app.state.engine) as lecteur:
        tranche = await service.list_mesures(lecteur, request.app.state.atelier, acces, filtres, curseur)
    return ready(request, page_bytes(tranche, curseur), public=False)


@router.get(ONE, response_model=schemas.MesureOut, summary="Une mesure brute")
async def read_mesure(
    request: Request,
    acces: LireMesures,
    adresse: Annotated[Adresse, Depends()],
    parametres: Annotated[schemas.ParametresMesure, Query()],
) -> Response:
    """Une mesure telle que poussée, ou telle qu'on la connaissait à l'instant `au`."""
    async with reading(request.app.state.engine) as lecteur:
        body = await service.read_mesure(lecteur, request.app.state.atelier, acces, asdict(adresse), parametres)
    return ready(request, body, public=False)


@router.put(ONE, response_model=schemas.MesureOut, summary="Écrire une mesure", responses=WRITTEN)
async def put_mesure(
    request: Request,
    acces: Pousser,
    adresse: Annotated[Adresse, Depends()],
    corps: Annotated[Any, Depends(read_exact)],
    session: Session,  # after the body, so that a slow one holds no connection
    parametres: Annotated[schemas.ParametresEcriture, Query()],
    idempotency_key: CleIgnoree = None,
) -> Response:
    """Écrit une mesure, jugée comme une ligne de lot ; redire la même chose ne change rien."""
    body, created = await saisies.put_mesure(
        session, request.app.state.atelier, acces, asdict(adresse), parametres, corps
    )
    return written(body, status=201 if created else 200)
