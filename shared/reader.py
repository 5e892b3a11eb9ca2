"""A connection for requests that only read: no session, no transaction, one statement after the other.

For the few reads that are asked again and again: a session, and a dependency that ends, cost a quarter of their time.
The handler opens it itself: ``async with reading(request.app.state.engine) as lecteur``.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.util import greenlet_spawn

from shared.database import LOST, UNREACHABLE, take_turn
from shared.errors import ServiceIndisponible


class Lecteur:
    """A connection of the service's pool, to be given to :mod:`shared.reading`."""

    def __init__(self, engine: AsyncEngine, driver: "asyncpg.Connection[asyncpg.Record]") -> None:
        self.bind = engine
        self.driver = driver


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[Lecteur]:
    """Lend a connection. Raises :class:`ServiceIndisponible` when there is none, or when it is lost."""
    turns = await take_turn(engine)
    try:
        held = await _take(engine)
        give_back = held.close
        try:
            yield Lecteur(engine, held.driver_connection)  # type: ignore[arg-type]
        except LOST as error:
            give_back = held.invalidate
            raise ServiceIndisponible from error
        except UNREACHABLE as error:
            raise ServiceIndisponible from error
        finally:
            await greenlet_spawn(give_back)
            if give_back == held.invalidate:
                await engine.dispose()  # what else stands in the pool is as dead
    finally:
        turns.release()


async def _take(engine: AsyncEngine) -> PoolProxiedConnection:
    try:
        return await engine.raw_connection()
    except (*UNREACHABLE, DBAPIError, asyncpg.PostgresError) as error:
        raise ServiceIndisponible from error
