"""What a worker does on one connection: take work, run it, say how it ended. See :mod:`shared.worker`."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.core.qm import QueueManager
from pgqueuer.core.sm import SchedulerManager
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database import transaction
from shared.jobs import NAMES, Travaux, enqueue, queries_on
from shared.journal import describe_failure

log = logging.getLogger("spie")
BATCH, AT_ONCE = 2, 4
RELEASE = text(
    "UPDATE pgqueuer SET dedupe_key = NULL WHERE id = :id RETURNING"
    " (SELECT count(*) FROM pgqueuer_log WHERE job_id = :id AND status = 'picked')"
)


@dataclass(frozen=True)
class Cadence:
    """How a worker insists: how often a work may fail, how often it may be begun at all; the rest in seconds."""

    tries: int = 6
    begins: int = 20
    retry: float = 5
    retry_most: float = 600
    heartbeat: float = 30
    poll: float = 10
    reconnect: float = 0.5
    reconnect_most: float = 30
    grace: float = 3


USUAL = Cadence()


class TravailEchoueError(Exception):
    """A work that is given up; the message says where it failed."""


class TropReprisError(Exception):
    """A work was begun too often without an end: it may be what kills its workers."""


class _InterruptedError(Exception):
    """The worker stops before the work ends."""


class Runner:
    """PgQueuer's two managers on one connection: what is asked for, and what the clock asks for."""

    def __init__(self, travaux: Travaux, engine: AsyncEngine, cadence: Cadence, over: asyncio.Event) -> None:
        self._travaux = travaux
        self._engine = engine
        self._cadence = cadence
        self._over = over

    def runs(self, driver: AsyncpgDriver) -> list[Coroutine[Any, Any, None]]:
        """Return what to run until ``over``."""
        queue = QueueManager(queries_on(driver), NAMES.channel)
        queue.shutdown = self._over
        for nom in self._travaux.par_nom:
            alone = int(nom in self._travaux.seuls)
            queue.entrypoint(nom, concurrency_limit=alone, accepts_context=False, on_failure="hold")(self._handler(nom))
        clock = SchedulerManager(queries_on(driver))
        clock.shutdown = self._over
        for nom, line in self._travaux.horaires.items():
            clock.schedule(nom, line, accepts_context=False)(self._planner(nom))
        waiting = queue.run(
            batch_size=BATCH,
            max_concurrent_tasks=AT_ONCE,
            dequeue_timeout=timedelta(seconds=self._cadence.poll),
            heartbeat_timeout=timedelta(seconds=self._cadence.heartbeat),
            shutdown_on_listener_failure=True,
        )
        return [waiting, clock.run()] if self._travaux.horaires else [waiting]

    def _planner(self, nom: str) -> Callable[[Any], Awaitable[None]]:
        async def plan(_: Any) -> None:
            async with transaction(self._engine) as session:
                await enqueue(session, nom, cle="horaire")

        return plan

    def _handler(self, nom: str) -> Callable[[Job], Awaitable[None]]:
        async def handle(job: Job) -> None:
            try:
                await self._within_grace(self._run(nom, job))
            except Exception as error:
                raise self._outcome(error, nom, job) from None

        return handle

    async def _run(self, nom: str, job: Job) -> None:
        """Begin the work: from here on, who asks for it asks for another, and who asked just before is waited for."""
        async with transaction(self._engine) as session:
            begins = await session.scalar(RELEASE, {"id": job.id})
        if begins is None:  # a worker thought dead has ended it
            return
        if begins > self._cadence.begins:
            raise TropReprisError
        await self._travaux.par_nom[nom](self._engine, json.loads(job.payload or b"{}"))

    async def _within_grace(self, work: Coroutine[Any, Any, None]) -> None:
        """Await ``work``; when the worker stops, give it ``grace`` seconds more. Raises :class:`_InterruptedError`."""
        task, over = asyncio.ensure_future(work), asyncio.ensure_future(self._over.wait())
        task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # asyncio would print it whole
        try:
            await asyncio.wait({task, over}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({task}, timeout=self._cadence.grace)
        except asyncio.CancelledError:  # kept from PgQueuer, to which it would mean that nobody wants the work
            pass
        finally:
            over.cancel()
        if task.done() and not task.cancelled():
            return task.result()
        task.cancel()
        await asyncio.wait({task}, timeout=self._cadence.grace)
        raise _InterruptedError

    def _outcome(self, error: Exception, nom: str, job: Job) -> Exception:
        """Return what tells PgQueuer to begin ``job`` again, or to keep it as failed."""
        if isinstance(error, _InterruptedError):
            return RetryRequested(reason="interrupted")
        told = describe_failure(error)
        if isinstance(error, TropReprisError) or job.attempts + 1 >= self._cadence.tries:
            log.error("travail %s %s abandonné : %s", nom, job.id, told)
            return TravailEchoueError(told)
        delay = min(self._cadence.retry * 2**job.attempts, self._cadence.retry_most)
        log.warning("travail %s %s, à reprendre dans %s s : %s", nom, job.id, delay, told)
        return RetryRequested(timedelta(seconds=delay), told)
