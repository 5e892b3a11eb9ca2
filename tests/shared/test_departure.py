"""A read whose reader has left stops, down to the query; a write goes on."""

import asyncio
from typing import Any

import asyncpg
import pytest
from fastapi import APIRouter, Request
from sqlalchemy import text
from starlette.types import Message, Receive, Scope, Send

from gateway.upstreams import HttpUpstream
from shared.database import engine_for, transaction
from shared.departure import while_there
from shared.service_app import build_app
from shared.settings import IdentitySettings
from tests.conftest import Base
from tests.gateway.servers import Listener, listening, scope_of

PATIENCE = 10


class Reader:
    """A client that leaves when told."""

    def __init__(self) -> None:
        self.leave = asyncio.Event()
        self._told = False

    async def __call__(self) -> Message:
        if not self._told:
            self._told = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.leave.wait()
        return {"type": "http.disconnect"}


async def test_what_is_done_is_done_and_what_fails_is_told() -> None:
    done: list[Message] = []

    async def work(receive: Receive) -> None:
        done.append(await receive())

    await while_there(work, Reader())
    assert done == [{"type": "http.request", "body": b"", "more_body": False}]

    async def fail(receive: Receive) -> None:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        await while_there(fail, Reader())


async def test_who_never_tells_of_departures_is_answered_all_the_same() -> None:
    async def work(receive: Receive) -> None:
        await asyncio.sleep(0.01)

    async def always_there() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async with asyncio.timeout(PATIENCE):
        await while_there(work, always_there)


@pytest.fixture
def slow(base: Base) -> Any:
    """A service whose reads and writes wait in the database."""
    router = APIRouter()

    @router.api_route("/lent", methods=["GET", "POST"])
    async def wait(request: Request) -> str:
        async with transaction(request.app.state.engine) as session:
            await session.execute(text("SELECT pg_sleep(30) /* lent */"))
        return "fait"

    url = base.url_of("catalogue").get_secret_value()
    return build_app(
        name="catalogue",
        title="essai",
        routers=[router],
        identity=IdentitySettings(),
        make_engine=lambda: engine_for(url, schema="catalogue", pool_size=1),
    )


async def running(driver: Any) -> int:
    query = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%/* lent */'"
    return int(await driver.fetchval(query + " AND pid <> pg_backend_pid()"))


async def until(driver: Any, number: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while await running(driver) != number:  # noqa: ASYNC110 - the database tells of nothing
            await asyncio.sleep(0.01)


async def test_the_query_of_a_reader_who_left_is_stopped_and_its_connection_serves_again(slow: Any, base: Base) -> None:
    driver = await asyncpg.connect(base.owner_url)
    async with slow.router.lifespan_context(slow):
        reader = Reader()
        asked = asyncio.create_task(slow(scope_of("/lent"), reader, Listener()))
        await until(driver, 1)
        reader.leave.set()
        async with asyncio.timeout(PATIENCE):
            await asked
        await until(driver, 0)
        health = Listener()
        async with asyncio.timeout(PATIENCE):
            await slow(scope_of("/sante/pret"), Reader(), health)
        assert health.status == 200
    await driver.close()


async def test_a_write_goes_on_when_its_caller_leaves(slow: Any, base: Base) -> None:
    driver = await asyncpg.connect(base.owner_url)
    async with slow.router.lifespan_context(slow):
        reader = Reader()
        asked = asyncio.create_task(slow(scope_of("/lent", "POST"), reader, Listener()))
        await until(driver, 1)
        reader.leave.set()
        await asyncio.sleep(0.05)
        assert await running(driver) == 1
        asked.cancel()
        await asyncio.wait([asked])
    await driver.close()


async def test_a_service_elsewhere_sees_the_reader_leave() -> None:
    asked, left = asyncio.Event(), asyncio.Event()

    async def hold(read: asyncio.StreamReader, write: asyncio.StreamWriter) -> None:
        await read.readuntil(b"\r\n\r\n")
        asked.set()
        await read.read()
        left.set()

    async with listening(hold) as url, asyncio.timeout(PATIENCE):
        way = HttpUpstream(url)
        async with way.running():
            reader = Reader()
            passing = asyncio.create_task(_pass(way, scope_of(), reader, Listener()))
            await asked.wait()
            reader.leave.set()
            await passing
            await left.wait()


async def _pass(way: HttpUpstream, scope: Scope, receive: Receive, send: Send) -> None:
    await way(scope, receive, send)
