"""The door itself: names the caller, counts, then serves ready bytes or passes on; it decides no right alone."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from time import perf_counter

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from gateway.addresses import UNKNOWN, Address, Addresses
from gateway.callers import Caller, Callers
from gateway.client import Client, safety_headers
from gateway.exchange import KeyExchange
from gateway.observation import Observer
from gateway.public_reads import PublicReads, Question
from gateway.quotas import Quotas
from gateway.settings import Settings
from gateway.upstreams import Upstream
from gateway.usages import Usages
from shared import traces
from shared.errors import ErreurInterne, Introuvable, Phrase, Refus, RequeteIllisible
from shared.journal import REQUEST, describe_failure, is_json
from shared.problems import problem_response
from shared.service_app import request_id_of
from shared.tokens import AccessControl

log = logging.getLogger("spie")
INTERNAL_HEADERS = (b"x-forwarded-", b"x-spie-", b"forwarded", b"x-real-ip", b"x-request-id")
HEALTH = "/sante/"
MOST_QUERY = 1 << 15
TOO_LONG = Phrase(f"Plus de {MOST_QUERY} octets de paramètres", f"More than {MOST_QUERY} bytes of parameters")


@dataclass
class _Asked:
    """One request, as services will see it and as it was received."""

    scope: Scope
    received: Scope
    request_id: bytes
    authorization: bytes | None
    condition: bytes | None
    caller: Caller | None = None


class Gateway:
    """Passes each request to the service that owns its path."""

    def __init__(
        self,
        settings: Settings,
        upstreams: Mapping[str, Upstream],
        addresses: Addresses,
        exchange: KeyExchange | None = None,
        usages: Usages | None = None,
    ) -> None:
        self._addresses, self._services = addresses, upstreams
        self._usages = usages or Usages()
        self._callers = Callers(AccessControl(settings.identity), exchange, settings.mandataires)
        self._quotas = Quotas(settings.limite, settings.limite_secondes)
        self._safety = safety_headers(settings.hsts_secondes)
        self._reads = PublicReads(settings.cache_bytes)
        self._observer = Observer(lines=is_json() if settings.journal_acces is None else settings.journal_acces)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one ASGI connection."""
        if scope["type"] == "http":
            await self._handle(_read(scope), Client(receive, send, self._safety))
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
            for service in self._services.values():
                await stack.enter_async_context(service.running())
            yield

    async def _handle(self, asked: _Asked, client: Client) -> None:
        begun, scope = perf_counter(), asked.scope
        address = self._addresses.find(scope["path"])
        REQUEST.set(asked.request_id.decode())
        try:
            with traces.span(scope["method"], address.template if address else UNKNOWN, scope["headers"]) as opened:
                await self._serve(asked, client, address)
                if opened is not None:
                    opened.set_attribute("http.response.status_code", client.status)
        finally:
            self._observer.tell(scope["method"], address, client, asked.caller, begun)

    async def _serve(self, asked: _Asked, client: Client, address: Address | None) -> None:
        try:
            caller = await self._admit(asked, client)
            if len(asked.scope["query_string"]) > MOST_QUERY:
                raise RequeteIllisible(TOO_LONG)
            if address is None:
                raise Introuvable
            if not address.template.startswith(HEALTH):
                self._usages.note(caller, address.template)
            await self._answer(asked, client, address, caller)
        except Refus as refus:
            response = problem_response(refus, Headers(scope=asked.scope), asked.request_id.decode())
            response.headers["x-request-id"] = asked.request_id.decode()
            await response(asked.scope, client.receive, client)

    async def _admit(self, asked: _Asked, client: Client) -> Caller:
        """Name the caller and count the request. Raises what its credential or its quota is refused with."""
        scope, received = asked.scope, asked.received
        caller, refused = self._callers.by_address(received), None
        asked.caller = caller
        if asked.authorization is not None:
            try:
                scope["headers"] = await self._callers.exchange(scope["headers"])
                given = next(value for name, value in scope["headers"] if name == b"authorization")
                caller = await self._callers.identify(given, received)
            except Refus as refus:
                refused = refus
        asked.caller = caller
        if not scope["path"].startswith(HEALTH):
            admission = await self._quotas.admit(caller)
            client.quota = admission.headers
            refused = admission.refus or refused
        if refused is not None:
            raise refused
        return caller

    async def _answer(self, asked: _Asked, client: Client, address: Address, caller: Caller) -> None:
        scope = asked.scope
        if scope["method"] not in ("GET", "HEAD"):
            await self._pass(scope, address, client, self._emptying(client))
        elif not caller.sees_public or not self._reads.keeps:
            await self._pass(scope, address, client, client)
        else:

            async def pass_on(inner: Scope, send: Send) -> None:
                await self._pass(inner, address, client, send)

            await self._reads.serve(Question(scope, asked.condition, asked.request_id), client, pass_on)

    def _emptying(self, send: Send) -> Send:
        async def send_and_empty(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 400:
                self._reads.clear()
            await send(message)

        return send_and_empty

    async def _pass(self, scope: Scope, address: Address, client: Client, send: Send) -> None:
        """Pass a request to its owner. Raises ServiceIndisponible, ReponseIllisible, DelaiDepasse, ErreurInterne."""
        try:
            await self._services[address.service](scope, client.receive, send)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            # Its text may hold personal data: only its type and place are told, here and by what we raise.
            if not isinstance(error, Refus):
                log.error("%s : %s", address.template, describe_failure(error))
            if client.started:  # the answer is cut: only closing the connection says so
                raise ConnectionAbortedError from None
            if isinstance(error, Refus):
                raise
            raise ErreurInterne from None


def _read(scope: Scope) -> _Asked:
    """Return the request with an id of its own, without what only the door may say."""
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
    return _Asked({**scope, "headers": headers, "state": {}}, scope, request_id, authorization, condition)
