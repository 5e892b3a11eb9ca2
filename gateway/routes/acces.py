"""HTTP of partner keys: issued, renewed, revoked by who holds ``acces:gerer``."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import queries, service
from gateway.access import Gerer
from gateway.errors import AccesNonConfigure, CleInconnue
from gateway.models import Idempotence
from gateway.schemas import CleEmiseOut, CleIn, CleOut
from shared.database import get_session
from shared.idempotency import Cle, Demande, keyed_body, once, read_key
from shared.openapi import PROBLEM_REF
from shared.pagination import Curseur, page_bytes
from shared.query import Page, Parametres
from shared.responses import found, ready, written
from shared.wire import ListeOut

router = APIRouter(prefix="/v1/acces")
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]
Identifiant = Annotated[str, Path(alias="id", max_length=60, description="Identifiant de la clé.")]
CleDemande = Annotated[Demande[CleIn], Depends(keyed_body(CleIn))]
SansParametre = Annotated[Parametres, Query()]
CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {
        "description": "La clé est révoquée, deux secrets vivent déjà, ou la même requête est en cours.",
        "content": {"application/problem+json": {"schema": PROBLEM_REF}},
    }
}


async def read_pepper(request: Request) -> bytes:
    """Return what the HMAC of keys is made with. Raises :class:`AccesNonConfigure` where there are no keys."""
    if request.app.state.exchange is None:
        raise AccesNonConfigure
    return service.pepper_of(request.app.state.pepper)


Poivre = Annotated[bytes, Depends(read_pepper)]


@router.get("/cles", response_model=ListeOut[CleOut], summary="Les clés de partenaire")
async def list_cles(
    request: Request, acces: Gerer, poivre: Poivre, session: Session, page: Annotated[Page, Query()]
) -> Response:
    """Toutes les clés, vivantes ou non ; ce qui les ouvre n'est jamais relu."""
    curseur = Curseur("cles", page)
    after = curseur.decode(page.curseur, [str])
    return ready(
        request, page_bytes(await queries.list_cles(session, after=after, limite=page.limite), curseur), public=False
    )


@router.post(
    "/cles", response_model=CleEmiseOut, status_code=201, summary="Émettre une clé de partenaire", responses=CONFLICT
)
async def issue_cle(
    request: Request, acces: Gerer, demande: CleDemande, poivre: Poivre, session: Session, parametres: SansParametre
) -> Response:
    """La clé est dans `cle`, cette seule fois. Répétée, la requête ne la redonne pas."""
    shown: list[str] = []

    async def work() -> Response:
        code, key = await service.issue_cle(session, demande.corps, poivre, acces)
        shown.append(key)
        return await _emise(session, code)

    response = await once(
        session, Idempotence, request=request, identite=acces, key=demande.cle, body=demande.octets, work=work
    )
    return _with_key(response, shown)


@router.post(
    "/cles/{id}/rotation", response_model=CleEmiseOut, status_code=201, summary="Renouveler une clé", responses=CONFLICT
)
async def rotate_cle(
    request: Request,
    acces: Gerer,
    poivre: Poivre,
    session: Session,
    code: Identifiant,
    parametres: SansParametre,
    idempotency_key: Cle = None,
) -> Response:
    """Un nouveau secret, montré cette seule fois ; l'ancien vaut encore une semaine."""
    shown: list[str] = []

    async def work() -> Response:
        shown.append(await service.rotate_cle(session, code, poivre))
        return await _emise(session, code)

    asked = read_key(request)
    response = await once(session, Idempotence, request=request, identite=acces, key=asked, body=b"", work=work)
    return _with_key(response, shown)


@router.delete("/cles/{id}", response_model=CleOut, summary="Révoquer une clé")
async def revoke_cle(
    request: Request, acces: Gerer, poivre: Poivre, session: Session, code: Identifiant, parametres: SansParametre
) -> Response:
    """La clé n'ouvre plus rien, une seconde plus tard au plus ; elle reste dans la liste."""
    await service.revoke_cle(session, code, acces)
    request.app.state.exchange.forget()
    return written(found(await queries.read_cle(session, code), CleInconnue))


async def _emise(session: AsyncSession, code: str) -> Response:
    cle = json.loads(found(await queries.read_cle(session, code), CleInconnue))
    response = written(json.dumps(cle | {"cle": None}, ensure_ascii=False).encode(), status=201)
    response.headers["Location"] = "/v1/acces/cles"
    return response


def _with_key(kept: Response, shown: list[str]) -> Response:
    """Return the answer with the key, which the answer that is kept does not hold."""
    if not shown or kept.status_code != 201:
        return kept
    body = json.dumps(json.loads(bytes(kept.body)) | {"cle": shown[0]}, ensure_ascii=False).encode()
    response = written(body, status=201)
    response.headers["Location"] = kept.headers["Location"]
    return response
