"""One engine per process and service; one request = one transaction = one commit."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakKeyDictionary

import asyncpg
from fastapi import Request
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from shared.errors import ServiceIndisponible
from shared.settings import ServiceSettings

LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # an answer cut in the middle
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)
UNREACHABLE = (
    *LOST,
    asyncpg.QueryCanceledError,
    OSError,
    TimeoutError,
    OperationalError,
    InterfaceError,
    PoolTimeoutError,
)
CONNECT_SECONDS = 5
STATEMENT_SECONDS = 20


def engine_for(url: str, *, schema: str, role: str | None = None, pool_size: int = 10) -> AsyncEngine:
    """Return an engine on ``url`` that sees ``schema`` only; ``role`` is taken by every connection when given.

    ``url`` is a libpq URL (``postgresql://user:password@host:port/base`` or ``…?host=/socket/folder``).
    """
    server_settings = {
        "application_name": f"spie-{schema}",
        "search_path": schema,
        "statement_timeout": f"{STATEMENT_SECONDS}s",
        "timezone": "UTC",
    }
    if role:
        server_settings["role"] = role
    arguments: dict[str, Any] = {"timeout": CONNECT_SECONDS, "server_settings": server_settings}
    return create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=CONNECT_SECONDS,
        pool_pre_ping=False,
        connect_args=arguments,
    )


_TURNS: WeakKeyDictionary[AsyncEngine, asyncio.Semaphore] = WeakKeyDictionary()


async def take_turn(engine: AsyncEngine) -> asyncio.Semaphore:
    """Wait until a connection is free, first come first served; who gives it back releases what is returned.

    The pool alone lets who comes now go before who was woken, who then waits behind everyone: a few wait ten times as
    long as the others. Raises :class:`ServiceIndisponible`.
    """
    turns = _TURNS.get(engine)
    if turns is None:
        turns = _TURNS[engine] = asyncio.Semaphore(engine.pool.size())  # type: ignore[attr-defined]
    try:
        async with asyncio.timeout(CONNECT_SECONDS if turns.locked() else None):
            await turns.acquire()
    except TimeoutError as error:
        raise ServiceIndisponible from error
    return turns


def role_of(schema: str) -> str:
    """Return the database role that owns the rows of ``schema``, and nothing else."""
    return f"spie_{schema}"


def engine_of(settings: ServiceSettings, schema: str) -> AsyncEngine:
    """Return the engine of the service that owns ``schema``.

    Raises :class:`MissingDatabaseError` when the settings name no database.
    """
    if settings.database_url is not None:
        return engine_for(settings.database_url.get_secret_value(), schema=schema, pool_size=settings.pool_size)
    if settings.owner_database_url is not None:
        url = settings.owner_database_url.get_secret_value()
        return engine_for(url, schema=schema, role=role_of(schema), pool_size=settings.pool_size)
    raise MissingDatabaseError(f"donnez {schema.upper()}_DATABASE_URL ou DATABASE_URL")


class MissingDatabaseError(Exception):
    """The settings name no database."""


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """Open a session whose work is committed at the end, or undone as a whole."""
    turns = await take_turn(engine)
    try:
        async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
            await _connect(session)
            try:
                yield session
            except LOST:
                await session.invalidate()
                raise
    except LOST as error:
        await engine.dispose()  # what else stands in the pool is as dead
        raise ServiceIndisponible from error
    except UNREACHABLE as error:
        raise ServiceIndisponible from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise ServiceIndisponible from error
        raise
    finally:
        turns.release()


async def _connect(session: AsyncSession) -> None:
    """Take a connection now: whatever prevents it is the database being away, not the request being wrong."""
    try:
        await session.connection()
    except (DBAPIError, asyncpg.PostgresError) as error:
        raise ServiceIndisponible from error


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    """Give the request its one transaction; to be used with ``Depends(get_session, scope="function")``."""
    async with transaction(request.app.state.engine) as session:
        yield session
