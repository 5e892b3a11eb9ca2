"""Small real servers on 127.0.0.1, in this loop: raw sockets for a service that misbehaves, uvicorn for the door."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Scope

from gateway.addresses import Addresses
from gateway.cli.protocol import Protocol
from gateway.door import Gateway
from gateway.protection import protect
from gateway.settings import Settings
from gateway.upstreams import Upstream

PATIENCE = 10
Handle = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(handle: Handle) -> AsyncIterator[str]:
    """Serve each connection with ``handle``; give the URL."""

    async def on_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await handle(reader, writer)
        writer.close()

    server = await asyncio.start_server(on_connection, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Serve ``answer`` to every request, then close; give the URL and the heads of the requests received."""
    heads: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        await writer.drain()

    async with listening(handle) as url:
        yield url, heads


def refusing_url() -> str:
    """Return an URL where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """Serve ``app`` as the product does; give the URL."""
    config = uvicorn.Config(app, http=Protocol, ws="none", lifespan="on", log_config=None, server_header=False)
    server = _Server(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            while not server.started:
                assert not task.done(), "the server did not start"
                await asyncio.sleep(0.005)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


def gateway_before(upstream: Upstream, **settings: Any) -> Gateway:
    """Return the real door with one service behind it, the owner of ``/v1/x``."""
    chosen = Settings(**{"limite": 0} | settings)
    return Gateway(chosen, protect({"catalogue": upstream}, chosen), Addresses({"/v1/x": "catalogue"}))


@asynccontextmanager
async def door_before(upstream: Upstream, **settings: Any) -> AsyncIterator[str]:
    """Serve the real door with one service behind it; give the URL."""
    async with served(gateway_before(upstream, **settings)) as url:
        yield url


async def exchange(url: str, request: bytes) -> bytes:
    """Send raw bytes and return everything that comes back until the other side closes."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(request)
        await writer.drain()
        async with asyncio.timeout(PATIENCE):
            return await reader.read()
    finally:
        writer.close()


class Listener:
    """Takes an ASGI answer, message by message."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.first_chunk = asyncio.Event()

    async def __call__(self, message: Message) -> None:
        """Take one message."""
        self.messages.append(message)
        if message.get("body"):
            self.first_chunk.set()

    @property
    def status(self) -> int:
        """The status of the answer."""
        return int(self.messages[0]["status"])

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """The headers of the answer."""
        return list(self.messages[0]["headers"])

    @property
    def body(self) -> bytes:
        """The whole body."""
        return b"".join(message.get("body", b"") for message in self.messages[1:])


def scope_of(
    path: str = "/v1/x", method: str = "GET", headers: Mapping[str, str] | None = None, query: bytes = b""
) -> Scope:
    """Return the scope of one request."""
    raw = [(name.encode(), value.encode("latin-1")) for name, value in (headers or {}).items()]
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "headers": raw,
    }


async def no_body() -> Message:
    """Receive an empty request body."""
    return {"type": "http.request", "body": b"", "more_body": False}
