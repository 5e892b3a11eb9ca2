"""Background work: a row of PostgreSQL, put there in the transaction that needs it, run by :mod:`shared.worker`.

**A service declares** its work in ``jobs.py``::

    TRAVAUX = Travaux({"publication": publish}, horaires={"retention": "17 3 * * *"}, seuls={"publication"})

where ``publish(engine, payload)`` is a coroutine that opens its own transactions, and may be run twice: a worker that
dies is replaced, a failure is tried again. ``horaires`` are cron lines in UTC. What stands in ``seuls`` never runs
twice at once. What blocks (a solver, a large file) goes through ``asyncio.to_thread``.

**A write asks for work** with ``enqueue``, last in its transaction: nothing is asked for when that is undone. With
``cle``, work of that name and key that has not begun yet is the same work; its row is held until this transaction ends,
so that it begins after and sees what is written here. Work that has begun is followed by another.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel
from pgqueuer.ports.driver import Driver
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from shared import clock
from shared.driver import driver_in_transaction

Travail = Callable[[AsyncEngine, dict[str, Any]], Awaitable[None]]
KEPT_DAYS = 30
NAMES = DBSettings(
    prefix="",
    db_schema=None,
    channel=Channel("ch_pgqueuer"),
    function="fn_pgqueuer_changed",
    statistics_table="pgqueuer_statistics",
    queue_status_type="pgqueuer_status",
    queue_table="pgqueuer",
    queue_table_log="pgqueuer_log",
    trigger="tg_pgqueuer_changed",
    schedules_table="pgqueuer_schedules",
    durability=Durability.durable,
)
"""The names of ``migrations/pgqueuer_v1.py``, all given: else the environment (``CHANNEL``…) changes them."""


@dataclass(frozen=True)
class Travaux:
    """The work of one service by name; the cron line of what runs by the clock; what runs one at a time."""

    par_nom: Mapping[str, Travail]
    horaires: Mapping[str, str] = field(default_factory=dict)
    seuls: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if unknown := {*self.horaires, *self.seuls} - set(self.par_nom):
            raise ValueError(f"no such work: {', '.join(sorted(unknown))}")


def queries_on(driver: Driver) -> Queries:
    """Return PgQueuer's statements on ``driver``."""
    return Queries(driver, QueryBuilderEnvironment(NAMES), QueryQueueBuilder(NAMES), QuerySchedulerBuilder(NAMES))


async def enqueue(
    session: AsyncSession,
    nom: str,
    payload: Mapping[str, Any] | None = None,
    *,
    cle: str | None = None,
    apres: timedelta | None = None,
) -> None:
    """Ask for the work ``nom``, ``apres`` a while when given; with ``cle``, once for all who ask before it begins."""
    queries = queries_on(AsyncpgDriver(await driver_in_transaction(session)))
    key = None if cle is None else _key_of(nom, cle)
    await queries.enqueue(nom, _bytes_of(payload or {}), 0, apres, key, on_conflict="update_priority")


async def enqueue_each(session: AsyncSession, nom: str, payloads: Mapping[str, Mapping[str, Any]]) -> None:
    """Ask for the work ``nom`` once for each key of ``payloads``, in key order so that two who ask never deadlock."""
    if payloads:
        queries = queries_on(AsyncpgDriver(await driver_in_transaction(session)))
        keys = sorted(payloads)
        await queries.enqueue(
            [nom] * len(keys),
            [_bytes_of(payloads[key]) for key in keys],
            [0] * len(keys),
            None,
            [_key_of(nom, key) for key in keys],
            on_conflict="update_priority",
        )


async def forget_old_jobs(session: AsyncSession, *, days: int = KEPT_DAYS) -> None:
    """Delete what ended more than ``days`` ago, and work given up since then."""
    driver = await driver_in_transaction(session)
    before = clock.now() - timedelta(days=days)
    await driver.execute("DELETE FROM pgqueuer_log WHERE aggregated AND created < $1", before)
    await driver.execute("DELETE FROM pgqueuer_statistics WHERE created < $1", before)
    await driver.execute("DELETE FROM pgqueuer WHERE status = 'failed' AND updated < $1", before)


def _key_of(nom: str, cle: str) -> str:
    return f"{nom}:{cle}"


def _bytes_of(payload: Mapping[str, Any]) -> bytes:
    return json.dumps(payload, separators=(",", ":")).encode()
