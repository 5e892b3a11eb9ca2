"""How much background work waits, and since when: looked at now and then, beside the work itself."""

import asyncio

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database import transaction
from shared.errors import ServiceIndisponible
from shared.metrics import JOBS, OLDEST
from shared.reading import read_rows

EVERY_SECONDS = 15.0
WAITING = "queued"
STATES = """
SELECT q.status::text AS etat, count(*) AS nombre, extract(epoch FROM now() - min(q.created))::float AS age
FROM pgqueuer q GROUP BY 1
"""


async def tell_jobs(engine: AsyncEngine, service: str) -> None:
    """Measure the work of a service until cancelled; while the database is away, nothing is known."""
    while True:
        try:
            async with transaction(engine) as session:
                rows = await read_rows(session, STATES, {})
        except (ServiceIndisponible, asyncpg.PostgresError):  # away, or not brought to the present yet
            await asyncio.sleep(EVERY_SECONDS)  # what was known stays
            continue
        found = {row["etat"]: row for row in rows}
        for etat in (WAITING, "picked", "failed"):
            JOBS.labels(service, etat).set(found[etat]["nombre"] if etat in found else 0)
        OLDEST.labels(service).set(found[WAITING]["age"] if WAITING in found else 0)
        await asyncio.sleep(EVERY_SECONDS)
