"""Runs the background work of one service (:mod:`shared.jobs`), inside its application or in ``./spie worker``.

A long connection waits for work and beats while it runs; when it is lost another is made, later and later. Signals are
left to the process. What a worker stops in the middle begins again elsewhere, at once when it was asked to stop, after
``heartbeat`` seconds when it was killed. Failures are told by type and place, never by their text, in the log as in the
tables that PgQueuer keeps: a text may hold what was being worked on.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from typing import Any

from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database import engine_of
from shared.job_metrics import tell_jobs
from shared.job_runner import AT_ONCE, USUAL, Cadence, Runner, TravailEchoueError
from shared.jobs import Travaux
from shared.journal import describe_failure
from shared.settings import ServiceSettings

log = logging.getLogger("spie")
CONNECTIONS = AT_ONCE + 3  # one for each work that runs, one that waits, one that plans, one that measures
COMMAND_SECONDS = 30


def working(
    travaux: Travaux, settings: ServiceSettings, schema: str
) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """Return the lifespan of an application that does its own background work when ``SPIE_WORKER`` says so."""
    if not settings.worker:
        return lambda _: nullcontext()
    return lambda _: worker_of(travaux, settings, schema).running()


def worker_of(travaux: Travaux, settings: ServiceSettings, schema: str) -> "Worker":
    """Return the worker of the service that owns ``schema``, with connections of its own."""
    own = settings.model_copy(update={"pool_size": CONNECTIONS})
    return Worker(travaux, lambda: engine_of(own, schema), name=schema)


class Worker:
    """Runs ``travaux`` until it is stopped, whatever happens to the database."""

    def __init__(
        self, travaux: Travaux, make_engine: Callable[[], AsyncEngine], cadence: Cadence = USUAL, name: str = "essai"
    ) -> None:
        self._travaux, self._name = travaux, name
        self._make_engine = make_engine
        self._cadence = cadence
        self._stopping = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work in the background of the block; at its end, within seconds, let go of what does not end."""
        if not self._travaux.par_nom:
            yield
            return
        _tell_without_texts()
        engine = self._make_engine()
        life, telling = asyncio.create_task(self._live(engine)), asyncio.create_task(tell_jobs(engine, self._name))
        try:
            yield
        finally:
            telling.cancel()
            self._stopping.set()
            await asyncio.wait({life}, timeout=3 * self._cadence.grace)
            life.cancel()
            await asyncio.wait({life}, timeout=self._cadence.grace)

    async def _live(self, engine: AsyncEngine) -> None:
        delay = self._cadence.reconnect
        try:
            while True:
                begun, told = time.monotonic(), "connexion perdue"
                try:
                    await self._work(engine)
                except Exception as error:
                    told = describe_failure(error)
                if self._stopping.is_set():
                    return
                if time.monotonic() - begun > self._cadence.reconnect_most:
                    delay = self._cadence.reconnect
                log.warning("travaux : %s ; reprise dans %s s", told, delay)
                await engine.dispose()  # what else stands in the pool is as dead
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), delay)
                delay = min(2 * delay, self._cadence.reconnect_most)
        finally:
            await engine.dispose()

    async def _work(self, engine: AsyncEngine) -> None:
        """Work on one connection until it is lost, something fails, or the worker is stopped."""
        over = asyncio.Event()
        async with _connected(engine, over) as driver:
            runner = Runner(self._travaux, engine, self._cadence, over)
            tasks = {asyncio.create_task(run) for run in runner.runs(driver)}
            stop = asyncio.create_task(self._stopping.wait())
            try:
                await asyncio.wait({*tasks, stop}, return_when=asyncio.FIRST_COMPLETED)
                over.set()
                await asyncio.wait(tasks, timeout=2 * self._cadence.grace)
            finally:
                for task in (*tasks, stop):
                    task.cancel()
                outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        if failed := next((outcome for outcome in outcomes if isinstance(outcome, Exception)), None):
            raise failed


class _Driver(AsyncpgDriver):
    """PgQueuer's way to the connection, which never waits for ever on a network that has gone silent."""

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        async with asyncio.timeout(COMMAND_SECONDS):
            return await super().fetch(query, *args)

    async def execute(self, query: str, *args: object) -> str:
        async with asyncio.timeout(COMMAND_SECONDS):
            return await super().execute(query, *args)


@asynccontextmanager
async def _connected(engine: AsyncEngine, over: asyncio.Event) -> AsyncIterator[AsyncpgDriver]:
    """Hold a connection for the time of the block; ``over`` is set when it is lost."""
    connection = await engine.connect()
    try:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        driver.add_termination_listener(lambda _: over.set())
        yield _Driver(driver)
    finally:
        with suppress(Exception):
            await connection.invalidate()
        await connection.close()


class _WithoutTexts(logging.Handler):
    """Tells PgQueuer's own troubles: its messages without what they are about, failures by type and place."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, TravailEchoueError):  # told already
            log.log(record.levelno, "pgqueuer : %s %s", record.msg, describe_failure(error) if error else "")


def _tell_without_texts() -> None:
    logger = logging.getLogger("pgqueuer")
    if logger.propagate:
        logger.propagate = False
        logger.addHandler(_WithoutTexts(logging.WARNING))
