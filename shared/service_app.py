"""The frame of every FastAPI application of the product: problems, HEAD, request id, health, one OpenAPI dialect."""

import logging
import random
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from time import perf_counter
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import metrics, traces
from shared.database import UNREACHABLE
from shared.departure import READS, while_there
from shared.errors import DonneesRefusees, ErreurInterne, Introuvable, MethodeRefusee, Refus, ServiceIndisponible
from shared.health import health_router
from shared.journal import REQUEST, describe_failure
from shared.openapi import api_routes, complete_operations
from shared.problems import fautes_of, problem_response
from shared.query import known_parameters
from shared.settings import IdentitySettings
from shared.tokens import AccessControl
from shared.vocabulary import Terme

log = logging.getLogger("spie")
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_IDS = random.Random()  # noqa: S311 - ids tell requests apart and open nothing; asking the system costs ten times more


Life = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def build_app(
    *,
    name: str,
    title: str,
    routers: Sequence[APIRouter],
    identity: IdentitySettings,
    make_engine: Callable[[], AsyncEngine] | None = None,
    lifespan: Life | None = None,
    vocabulaires: Mapping[str, type[Terme]] | None = None,
) -> FastAPI:
    """Return the application ``name`` with its routers; its engine lives as long as the lifespan.

    A service with a database has the health routes of :mod:`shared.health`; the gateway, which has none, its own.
    """
    app = FastAPI(
        title=title,
        version="1",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_whole_life(make_engine, lifespan),
        generate_unique_id_function=lambda route: f"{name}_{route.name}",
        separate_input_output_schemas=False,
    )
    app.state.name = name
    app.state.vocabulaires = vocabulaires or {}
    app.state.access = AccessControl(identity)
    for router in [*routers, *([health_router()] if make_engine else [])]:
        app.include_router(router)
    _map_refusals(app)
    app.add_middleware(Frame, name="" if name == "gateway" else name)  # the door tells of its own answers
    complete_operations(app, name)
    return app


def _whole_life(make_engine: Callable[[], AsyncEngine] | None, lifespan: Life | None) -> Life:
    @asynccontextmanager
    async def live(app: FastAPI) -> AsyncIterator[None]:
        app.state.engine = make_engine() if make_engine else None
        try:
            async with lifespan(app) if lifespan else nullcontext():
                yield
        finally:
            if app.state.engine is not None:
                await app.state.engine.dispose()

    return live


class Frame:
    """Outermost layer: gives each request an id, answers HEAD like GET without its body, hides internal failures."""

    def __init__(self, app: ASGIApp, name: str = "") -> None:
        self._app, self._name = app, name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = request_id_of(Headers(scope=scope).get("x-request-id"))
        scope.setdefault("state", {})["request_id"] = request_id
        REQUEST.set(request_id)
        begun, status = perf_counter(), 0
        is_head = scope["method"] == "HEAD"
        if is_head:
            scope = {**scope, "method": "GET"}
        started = False

        async def send_framed(message: Message) -> None:
            nonlocal started, status
            if message["type"] == "http.response.start":
                started, status = True, message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            elif is_head:
                message = {**message, "body": b""}
            await send(message)

        async def answer(receive: Receive) -> None:
            with traces.span(scope["method"], self._name, list(scope["headers"])):
                await self._app(scope, receive, send_framed)

        try:
            await (while_there(answer, receive) if scope["method"] in READS else answer(receive))
        except Exception as error:
            # The exception's text may hold personal data: only its type and place are logged.
            told = f"{scope['method']} {_template_of(scope)}"
            log.error("%s %s : %s", request_id, told, describe_failure(error))
            if started:
                raise ConnectionAbortedError from None
            refus = ServiceIndisponible() if isinstance(error, UNREACHABLE) else ErreurInterne()
            await problem_response(refus, Headers(scope=scope), request_id)(scope, receive, send_framed)
        finally:
            if self._name:
                metrics.observe(self._name, _template_of(scope), status or metrics.LEFT, perf_counter() - begun)


def _template_of(scope: Scope) -> str:
    return getattr(scope.get("route"), "path_format", "inconnue")


def request_id_of(given: str | None) -> str:
    """Return the caller's request id if it is well formed, else a new one."""
    return given if given and REQUEST_ID.fullmatch(given) else f"{_IDS.getrandbits(128):032x}"


def _map_refusals(app: FastAPI) -> None:
    async def on_refus(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refus)
        return problem_response(error, request.headers, request.state.request_id)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        refus: Refus = Introuvable()
        if error.status_code == 405:
            refus = MethodeRefusee(headers={"Allow": ", ".join(sorted(_allowed_methods(app, request.url.path)))})
        return await on_refus(request, refus)

    async def on_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        errors: list[Any] = [{**fault, "loc": _without_origin(fault["loc"])} for fault in error.errors()]
        refus = DonneesRefusees(erreurs=fautes_of(errors, parameters=known_parameters(request)))
        return await on_refus(request, refus)

    app.add_exception_handler(Refus, on_refus)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)


def _allowed_methods(app: FastAPI, path: str) -> set[str]:
    """Return what the routes of the address take together: the framework tells of the first one only.

    ``/v1/rencontres/series`` is not an address of ``/v1/rencontres/{id}``: the first that fits is the one.
    """
    fitting = [route for route in api_routes(app) if route.path_regex.match(path)]
    methods = {method for route in fitting if route.path == fitting[0].path for method in route.methods or ()}
    return methods | {"HEAD"} if "GET" in methods else methods


def _without_origin(loc: tuple[Any, ...]) -> tuple[Any, ...]:
    return loc[1:] if len(loc) > 1 else loc
