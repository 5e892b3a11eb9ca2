"""Reads without a session: the pool's connections, given back whatever happens, and a lost one is a 503."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database import engine_for, transaction
from shared.errors import Introuvable, ServiceIndisponible
from shared.reader import reading
from shared.reading import read_scalar
from tests.conftest import Base

AWAY = "postgresql://spie_catalogue:mot@/spie?host=%2Fnulle%2Fpart"


@pytest.fixture
async def engine(base: Base) -> AsyncIterator[AsyncEngine]:
    """An engine of two connections."""
    made = engine_for(base.url_of("catalogue").get_secret_value(), schema="catalogue", pool_size=2)
    yield made
    await made.dispose()


async def backend(engine: AsyncEngine) -> int:
    async with reading(engine) as lecteur:
        number: int = await read_scalar(lecteur, "SELECT pg_backend_pid()")
        return number


async def test_connections_are_given_back_and_serve_sessions_too(engine: AsyncEngine) -> None:
    first = await backend(engine)
    assert {await backend(engine) for _ in range(5)} == {first}
    async with transaction(engine) as session:
        assert (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one() == first
    assert len(set(await asyncio.gather(*(backend(engine) for _ in range(10))))) <= 2


async def test_who_asked_first_is_served_first_however_many_come_meanwhile(engine: AsyncEngine) -> None:
    asked: list[int] = []
    served: list[int] = []

    async def ask(number: int) -> None:
        asked.append(number)
        async with reading(engine) as lecteur:
            served.append(number)
            await read_scalar(lecteur, "SELECT 1")

    async def come_back(first: int) -> None:
        for number in range(first, first + 5):
            await ask(number)

    await asyncio.gather(backend(engine), backend(engine))  # both connections are made: making one takes longer
    await asyncio.gather(*(come_back(100 * place) for place in range(12)))
    overtaken = [served.index(number) - rank for rank, number in enumerate(asked)]
    assert max(overtaken) <= 2  # the two connections, of which one may be quicker than the other


async def test_a_refusal_and_a_wrong_statement_give_the_connection_back(engine: AsyncEngine) -> None:
    first = await backend(engine)
    with pytest.raises(Introuvable):
        async with reading(engine):
            raise Introuvable
    with pytest.raises(asyncpg.UndefinedTableError):
        async with reading(engine) as lecteur:
            await read_scalar(lecteur, "SELECT 1 FROM absente")
    assert await backend(engine) == first
    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]


async def test_a_read_that_is_cancelled_gives_the_connection_back(engine: AsyncEngine) -> None:
    async def sleep() -> None:
        async with reading(engine) as lecteur:
            await read_scalar(lecteur, "SELECT pg_sleep(30)::text")

    waiting = asyncio.create_task(sleep())
    await asyncio.sleep(0.1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    assert await backend(engine)


async def test_a_lost_connection_is_a_503_and_the_next_read_finds_another(engine: AsyncEngine, base: Base) -> None:
    first = await backend(engine)
    owner = await asyncpg.connect(base.owner_url)
    await owner.execute("SELECT pg_terminate_backend($1, 5000)", first)
    await owner.close()
    with pytest.raises(ServiceIndisponible):
        await backend(engine)
    assert await backend(engine) != first


async def test_a_database_that_is_away_is_a_503() -> None:
    away = engine_for(AWAY, schema="catalogue")
    with pytest.raises(ServiceIndisponible):
        await backend(away)
    await away.dispose()
