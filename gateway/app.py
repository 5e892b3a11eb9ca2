"""The gateway: one door, pure ASGI. It routes, caches public bytes and joins; it decides no right alone."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.cache import ByteCache, Capture, Entry, is_fresh, renew, without_body
from gateway.deprecations import announcing
from gateway.exchange import KeyExchange
from gateway.own_app import exchange_of, own_app
from gateway.settings import SERVICES, Settings
from gateway.upstreams import AsgiUpstream, Upstream, upstream_at
from shared.errors import DelaiDepasse, DroitInsuffisant, ErreurInterne, Introuvable, Phrase, Refus, ReponseIllisible
from shared.problems import problem_response
from shared.responses import matches
from shared.service_app import describe_failure, request_id_of

log = logging.getLogger("spie")
CONTRACT = Path(__file__).parent / "openapi.json"
INTERNAL_HEADERS = (b"x-forwarded-", b"x-spie-", b"forwarded", b"x-real-ip", b"x-request-id")
EXPOSED = ["ETag", "Location", "Retry-After", "RateLimit", "RateLimit-Policy", "X-Request-Id", "Idempotent-Replayed"]
PUSHES = ("/v1/lots", "/v1/flux")
RawHeaders = list[tuple[bytes, bytes]]


def create_app(settings: Settings | None = None) -> ASGIApp:
    """Return the door; settings are read here, not at import."""
    settings = settings or Settings()
    upstreams: dict[str, Upstream] = {name: upstream_at(settings.address_of(name)) for name in SERVICES}
    exchange = exchange_of(settings)
    upstreams["gateway"] = AsgiUpstream(own_app(settings, upstreams, exchange))
    gateway = announcing(Gateway(settings, upstreams, read_owners(), exchange))
    if not settings.cors_origins:
        return gateway
    return Cors(
        gateway,
        allow_origins=settings.cors_origins,
        allow_methods=["*"],
        allow_headers=["*"],
        expose_headers=EXPOSED,
        max_age=3600,
    )


class Cors(CORSMiddleware):
    """Cross-origin rules, whose refusals are problems as all others are."""

    def preflight_response(self, request_headers: Headers) -> Response:
        """Answer whether a page of another origin may send its request."""
        response = super().preflight_response(request_headers)
        if response.status_code < 400:
            return response
        detail = Phrase("Origine, méthode ou en-tête refusés (CORS)", "Origin, method or header refused (CORS)")
        request_id = request_id_of(request_headers.get("x-request-id"))
        refusal = problem_response(DroitInsuffisant(detail), request_headers, request_id)
        refusal.headers["x-request-id"] = request_id
        return refusal


def read_owners() -> dict[str, str]:
    """Return which service owns each first part of a path (``/v1/fiches``), as the committed contract says."""
    document = json.loads(CONTRACT.read_text(encoding="utf-8"))
    owners = dict.fromkeys(("/docs", "/openapi.json", "/openapi.en.json", "/problemes", "/sante"), "gateway")
    for path, operations in document["paths"].items():
        owners[first_part(path)] = next(iter(operations.values()))["x-service"]
    return owners


def first_part(path: str) -> str:
    """Return ``/v1/fiches`` of ``/v1/fiches/11``, ``/docs`` of ``/docs``."""
    return "/".join(path.split("/", 3)[: 3 if path.startswith("/v1/") else 2])


class Gateway:
    """Passes each request to the service that owns its path."""

    def __init__(
        self,
        settings: Settings,
        upstreams: Mapping[str, Upstream],
        owners: Mapping[str, str],
        exchange: KeyExchange | None = None,
    ) -> None:
        self._settings = settings
        self._upstreams = upstreams
        self._owners = owners
        self._exchange = exchange
        self._cache = ByteCache(settings.cache_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one ASGI connection."""
        if scope["type"] == "http":
            await self._handle(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            async with self._running():
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except Exception as error:
            log.error("démarrage ou arrêt impossible : %s", describe_failure(error))
            await send({"type": "lifespan.startup.failed", "message": describe_failure(error)})
            raise
        await send({"type": "lifespan.shutdown.complete"})

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for upstream in self._upstreams.values():
                await stack.enter_async_context(upstream.running())
            yield

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id, headers = b"", []
        authorization = condition = None
        for pair in scope["headers"]:
            name = pair[0]
            if name == b"x-request-id":
                request_id = pair[1]
            elif not name.startswith(INTERNAL_HEADERS):
                headers.append(pair)
                if name == b"authorization":
                    authorization = pair[1]
                elif name == b"if-none-match":
                    condition = pair[1]
        request_id = request_id_of(request_id.decode("latin-1")).encode()
        headers.append((b"x-request-id", request_id))
        client = Client(send)
        try:
            if authorization is not None and self._exchange is not None:
                headers = await self._exchange.renew(headers)
            inner = {**scope, "headers": headers, "state": {}}
            if scope["method"] not in ("GET", "HEAD"):
                await self._pass(inner, receive, self._emptying(client), client)
            elif authorization is not None:
                await self._pass(inner, receive, client, client)
            else:
                await self._read(inner, receive, client, condition, request_id)
        except Refus as refus:
            response = problem_response(refus, Headers(scope=scope), request_id.decode())
            response.headers["x-request-id"] = request_id.decode()
            await response(scope, receive, send)

    async def _read(
        self, scope: Scope, receive: Receive, client: "Client", condition: bytes | None, request_id: bytes
    ) -> None:
        """Serve a public read from the cache, from an upstream that confirms it, or anew."""
        key = (scope["path"], scope["query_string"])
        entry = self._cache.get(key)
        if entry is None or not is_fresh(entry):
            generation = self._cache.generation
            capture = Capture(client, conditional=entry is not None, condition=condition)
            await self._pass(_unconditional(scope, entry), receive, capture, client)
            if capture.not_modified and entry is not None:
                renew(entry)
            else:
                self._cache.drop(key)
                if client.started:
                    return
                entry = capture.entry
                if entry is None:
                    raise ReponseIllisible
                self._cache.put(key, entry, generation=generation)
        await _serve(entry, scope["method"], condition, request_id, client)

    def _emptying(self, send: Send) -> Send:
        async def send_and_empty(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 400:
                self._cache.clear()
            await send(message)

        return send_and_empty

    async def _pass(self, scope: Scope, receive: Receive, send: Send, client: "Client") -> None:
        """Pass a request to its owner. Raises Introuvable, ServiceIndisponible, ReponseIllisible, DelaiDepasse."""
        path = scope["path"]
        owner = self._owners.get(first_part(path))
        if owner is None:
            raise Introuvable
        push = scope["method"] == "POST" and path in PUSHES
        seconds = self._settings.push_first_byte_seconds if push else self._settings.first_byte_seconds

        async def send_in_time(message: Message) -> None:
            if deadline.when() is not None:
                deadline.reschedule(None)
            await send(message)

        try:
            async with asyncio.timeout(seconds) as deadline:
                await self._upstreams[owner](scope, receive, send_in_time)
        except Exception as error:
            # Its text may hold personal data: only its type and place are told, here and by what we raise.
            if not isinstance(error, Refus):
                log.error("%s : %s", path, describe_failure(error))
            if client.started:  # the answer is cut: only closing the connection says so
                raise ConnectionAbortedError from None
            if isinstance(error, Refus):
                raise
            raise (DelaiDepasse if isinstance(error, TimeoutError) else ErreurInterne) from None


class Client:
    """The way back to who asked; remembers whether an answer has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = False

    async def __call__(self, message: Message) -> None:
        """Send one ASGI message of the answer."""
        self.started = True
        await self._send(message)


def _unconditional(scope: Scope, entry: Entry | None) -> Scope:
    """Ask for the whole representation, or only whether ``entry`` still is it."""
    headers: RawHeaders = [pair for pair in scope["headers"] if pair[0] not in (b"if-none-match", b"if-modified-since")]
    if entry is not None:
        headers.append((b"if-none-match", entry.etag))
    return {**scope, "headers": headers, "method": "GET"}


async def _serve(entry: Entry, method: str, condition: bytes | None, request_id: bytes, send: Send) -> None:
    status, body = 200, entry.body
    headers: Any = [*entry.headers, (b"x-request-id", request_id)]
    if condition is not None and matches(condition.decode("latin-1"), entry.etag.decode("latin-1"), weak=True):
        status, body = 304, b""
        headers = without_body(headers)
    elif method == "HEAD":
        body = b""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
