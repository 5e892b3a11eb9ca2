"""A process that is asked to stop ends what it has begun, and takes nothing more."""

import asyncio
import gc
import os
import signal
import socket
import sys

import httpx2
import uvicorn
from starlette.types import Receive, Scope, Send

from gateway.cli.serve import COLLECTIONS, Server
from tests.gateway.servers import listening, refusing_url
from tests.processes import CLEARED, ROOT

PATIENCE = 30
PAGE = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"


async def test_a_door_that_is_stopped_ends_what_runs_and_refuses_the_rest() -> None:
    asked, release = asyncio.Event(), asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await release.wait()
        writer.write(PAGE)
        await writer.drain()

    async with listening(hold) as slow, asyncio.timeout(PATIENCE):
        door = refusing_url()
        services = {f"GATEWAY_{name}": slow for name in ("CATALOGUE", "INDICATORS", "ORIENTATION")}
        kept = {name: value for name, value in os.environ.items() if name not in CLEARED}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway.cli.serve", "gateway.app:create_app", door.removeprefix("http://")),
            cwd=ROOT,
            env={**kept, **services},
        )
        async with httpx2.AsyncClient(base_url=door, timeout=PATIENCE, trust_env=False) as client:
            await until_alive(client)
            running = asyncio.create_task(client.get("/v1/fiches/11"))
            await asked.wait()
            process.send_signal(signal.SIGTERM)
            await until_refused(door)
            assert not running.done()
            release.set()
            answer = await running
        assert (answer.status_code, answer.content) == (200, b"{}")
        assert {"server", "x-powered-by", "via"}.isdisjoint(answer.headers)
        assert await process.wait() == -signal.SIGTERM or process.returncode == 0


async def until_alive(client: httpx2.AsyncClient) -> None:
    while True:
        try:
            assert (await client.get("/sante/vivant")).status_code == 200
        except httpx2.ConnectError:
            await asyncio.sleep(0.05)
        else:
            return


async def until_refused(door: str) -> None:
    """Whoever comes now is not let in."""
    host, port = door.removeprefix("http://").split(":")
    while True:
        try:
            _, writer = await asyncio.open_connection(host, int(port))
        except ConnectionRefusedError:
            return
        writer.close()
        await asyncio.sleep(0.02)


async def test_a_server_that_has_started_leaves_what_stays_for_good_out_of_collections() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError

    before = gc.get_threshold()
    server = Server(uvicorn.Config(app, lifespan="off", ws="none", log_config=None))
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            await server.startup(sockets=[listener])
            assert gc.get_freeze_count() > 10_000
            assert gc.get_threshold() == COLLECTIONS
            await server.shutdown(sockets=[listener])
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
