"""The two ways to reach a service: in this process (ASGI), or by HTTP, streamed both ways."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from typing import Any, Protocol

import aiohttp
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from yarl import URL

from shared.departure import READS, while_there
from shared.errors import DelaiDepasse, Phrase, ReponseIllisible, ServiceIndisponible

CONNECT_SECONDS = 1.0
HOP_BY_HOP = frozenset(
    {
        b"date",  # the door gives its own
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)


class Upstream(Protocol):
    """One service, somewhere."""

    def running(self) -> AbstractAsyncContextManager[None]:
        """Keep the way to the service open."""
        ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request. Raises ServiceIndisponible, ReponseIllisible or DelaiDepasse before the first byte."""
        ...


def upstream_at(address: str) -> Upstream:
    """Return the way to a service given as an URL or as an import string."""
    if address.startswith(("http://", "https://")):
        return HttpUpstream(address)
    return AsgiUpstream(load_app(address))


def load_app(import_string: str) -> ASGIApp:
    """Return the application made by the factory that ``import_string`` names."""
    module, _, factory = import_string.partition(":")
    app: ASGIApp = getattr(import_module(module), factory)()
    return app


class AsgiUpstream:
    """A service that runs in this process: awaited directly, its lifespan run by us."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the application's lifespan."""
        inbox: asyncio.Queue[Message] = asyncio.Queue()
        outbox: asyncio.Queue[Message] = asyncio.Queue()
        scope: Scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
        task: asyncio.Task[None] = asyncio.create_task(self._app(scope, inbox.get, outbox.put))  # type: ignore[arg-type]
        try:
            await self._exchange(task, inbox, outbox, "lifespan.startup")
            yield
        finally:
            if not task.done():
                await self._exchange(task, inbox, outbox, "lifespan.shutdown")
            await task

    async def _exchange(
        self, task: "asyncio.Task[None]", inbox: "asyncio.Queue[Message]", outbox: "asyncio.Queue[Message]", event: str
    ) -> None:
        await inbox.put({"type": event})
        answer = asyncio.create_task(outbox.get())
        await asyncio.wait({task, answer}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            answer.cancel()
            await task
            return
        message = answer.result()
        if message["type"] != f"{event}.complete":
            raise RuntimeError(message.get("message") or event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Await the application itself."""
        await self._app(scope, receive, send)


class HttpUpstream:
    """A service reached by HTTP."""

    def __init__(self, url: str) -> None:
        self._base = url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep a pool of connections."""
        async with aiohttp.ClientSession(
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            connector=aiohttp.TCPConnector(limit=200, keepalive_timeout=30),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
            skip_auto_headers={"User-Agent", "Accept", "Accept-Encoding", "Content-Type"},
        ) as session:
            self._session = session
            yield
        self._session = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream the request to the service and its answer back."""
        session = self._session
        assert session is not None
        raw_path = scope.get("raw_path") or scope["path"].encode()
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        url = URL(self._base + (raw_path + query).decode("latin-1"), encoded=True)
        headers = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in _end_to_end(scope["headers"])
            if name != b"host"
        ]
        body = _stream(receive) if _has_body(scope["headers"]) else None

        async def ask(_: Receive) -> None:
            async with session.request(
                scope["method"], url, headers=headers, data=body, allow_redirects=False
            ) as answer:
                await _relay(answer, send)

        try:
            await (while_there(ask, receive) if body is None and scope["method"] in READS else ask(receive))
        except (aiohttp.ServerTimeoutError, TimeoutError) as error:
            if isinstance(error, aiohttp.ConnectionTimeoutError):
                raise ServiceIndisponible from error
            raise DelaiDepasse from error
        except (aiohttp.ClientPayloadError, aiohttp.ClientResponseError) as error:
            raise ReponseIllisible from error
        except (aiohttp.ClientConnectionError, OSError) as error:
            detail = Phrase("Un service ne peut pas être joint", "A service cannot be reached")
            raise ServiceIndisponible(detail) from error


async def _relay(answer: aiohttp.ClientResponse, send: Send) -> None:
    headers = _end_to_end((name.lower(), value) for name, value in answer.raw_headers)
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    content, more = answer.content, True
    while more:
        chunk = await content.readany()
        more = not content.at_eof()
        await send({"type": "http.response.body", "body": chunk, "more_body": more})


def _end_to_end(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers that go on: neither those of one hop nor those that ``Connection`` names (RFC 9110 §7.6.1)."""
    kept = list(headers)
    named = {part.strip().lower() for name, value in kept if name == b"connection" for part in value.split(b",")}
    return [(name, value) for name, value in kept if name not in HOP_BY_HOP and name not in named]


def _has_body(headers: list[tuple[bytes, bytes]]) -> bool:
    return any(name == b"transfer-encoding" or (name == b"content-length" and value != b"0") for name, value in headers)


async def _stream(receive: Receive) -> AsyncIterator[Any]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        if message.get("body"):
            yield message["body"]
        if not message.get("more_body"):
            return
