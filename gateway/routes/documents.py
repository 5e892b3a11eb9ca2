"""HTTP of the door's own pages: health of the whole, the one OpenAPI, its readable form, vocabularies and codes."""

import asyncio
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.types import Message

from gateway import schemas
from gateway.access import Lecture
from gateway.docs import STYLE_HASH, render_contract, render_problem
from gateway.settings import SERVICES
from gateway.upstreams import Upstream
from shared import metrics
from shared.errors import Introuvable, Refus, ServiceIndisponible
from shared.pagination import Curseur, Tranche, page_bytes
from shared.problems import problem_response
from shared.query import Page, Parametres
from shared.responses import ready
from shared.wire import ListeOut


class ChoixLangue(Parametres):
    """In which language the contract is read."""

    langue: Literal["fr", "en"] = "fr"


HTML = "text/html; charset=utf-8"
FRAMED_NOWHERE = "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
router = APIRouter()


@router.get("/openapi.json", include_in_schema=False)
async def read_contract(request: Request, acces: Lecture) -> Response:
    """Return the one OpenAPI document, as committed."""
    return ready(request, request.app.state.contracts["fr"])


@router.get("/openapi.en.json", include_in_schema=False)
async def read_contract_en(request: Request, acces: Lecture) -> Response:
    """Return the same document with its texts in English."""
    return ready(request, request.app.state.contracts["en"])


@router.get("/docs", include_in_schema=False)
async def read_docs(request: Request, acces: Lecture, choix: Annotated[ChoixLangue, Query()]) -> Response:
    """Return the contract as a page."""
    pages: dict[str, str] = request.app.state.pages
    if choix.langue not in pages:
        pages[choix.langue] = render_contract(json.loads(request.app.state.contracts[choix.langue]))
    return _page_of(request, pages[choix.langue])


@router.get("/problemes/{code}", include_in_schema=False)
async def read_probleme(request: Request, acces: Lecture, code: Annotated[str, Path(max_length=60)]) -> Response:
    """Return the page that explains a refusal."""
    known = {entry["code"]: entry for entry in request.app.state.documents["codes-erreur"]}
    if code not in known:
        raise Introuvable
    return _page_of(request, render_problem(known[code]))


def _page_of(request: Request, text: str) -> Response:
    """Answer with a page of ours, which styles itself and runs nothing."""
    response = ready(request, text.encode(), media_type=HTML)
    response.headers["Content-Security-Policy"] = f"default-src 'none'; style-src '{STYLE_HASH}'; {FRAMED_NOWHERE}"
    return response


@router.get("/metriques", include_in_schema=False)
async def read_metriques(request: Request, acces: Lecture) -> Response:
    """Return what this process measures, for Prometheus; nothing on a public door."""
    if not request.app.state.metriques:
        raise Introuvable
    body, media_type = metrics.expose()
    return Response(body, headers={"Cache-Control": "no-store"}, media_type=media_type)


@router.get("/v1/vocabulaires", response_model=ListeOut[schemas.Vocabulaire], summary="Les vocabulaires")
async def list_vocabulaires(request: Request, acces: Lecture, page: Annotated[Page, Query()]) -> Response:
    """Toutes les listes fermées de tous les services, avec libellés et descriptions."""
    return _page(request, "vocabulaires", page)


@router.get("/v1/codes-erreur", response_model=ListeOut[schemas.CodeErreur], summary="Les codes d'erreur")
async def list_codes_erreur(request: Request, acces: Lecture, page: Annotated[Page, Query()]) -> Response:
    """Tous les codes de refus et de faute, en français et en anglais."""
    return _page(request, "codes-erreur", page)


def _page(request: Request, name: str, page: Page) -> Response:
    entries = request.app.state.documents[name]
    curseur = Curseur(name, page)
    after = curseur.decode(page.curseur, [str])
    kept = [entry for entry in entries if after is None or entry["code"] > after[0]]
    shown = kept[: page.limite]
    last = [shown[-1]["code"]] if len(kept) > len(shown) else None
    tranche = Tranche(elements=json.dumps(shown, ensure_ascii=False), last_key=last, total=len(entries))
    return ready(request, page_bytes(tranche, curseur))


@router.get("/sante/vivant", summary="Le processus répond", operation_id="gateway_read_vivant")
async def read_vivant(request: Request, acces: Lecture) -> schemas.Vivant:
    """Dit que le processus de la porte répond."""
    return schemas.Vivant(etat="vivant")


@router.get("/sante/pret", summary="Chaque service peut servir", response_model=schemas.Pret)
async def read_pret(request: Request, acces: Lecture) -> Response:
    """Nomme chaque service et son état ; 503 si l'un d'eux manque."""
    upstreams: Mapping[str, Upstream] = request.app.state.upstreams
    seconds = request.app.state.probe_seconds
    states = await asyncio.gather(*(_ask_health(upstreams[name], seconds) for name in SERVICES))
    services = dict(zip(SERVICES, states, strict=True))
    if all(state == "pret" for state in states):
        body = schemas.Pret(etat="pret", services=services).model_dump_json()
        return Response(body, headers={"Cache-Control": "no-store"}, media_type="application/json")
    return problem_response(
        ServiceIndisponible(), request.headers, request.state.request_id, etat="indisponible", services=services
    )


async def _ask_health(upstream: Upstream, seconds: float) -> str:
    status = 0

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope: dict[str, Any] = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET"}
    scope |= {"scheme": "http", "path": "/sante/pret", "raw_path": b"/sante/pret", "query_string": b"", "headers": []}
    try:
        async with asyncio.timeout(seconds):
            await upstream(scope | {"root_path": "", "client": None, "server": None}, receive, send)
    except (Refus, TimeoutError):
        return "indisponible"
    return "pret" if status == 200 else "indisponible"
