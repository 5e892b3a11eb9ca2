"""Keeps the counts of use in the database, and tells the indicators of each month, as any partner does.

The door itself does it: counts are in its memory. Doors that run side by side add up, and one of them tells.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import date, datetime, time, timedelta
from typing import Any

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway import queries
from gateway.usages import Depot, Usage, Usages
from shared import clock
from shared.database import transaction
from shared.driver import driver_in_transaction
from shared.errors import ServiceIndisponible
from shared.expedition import Expediteur

log = logging.getLogger("spie")
KEEP_SECONDS, TELL_EVERY = 10.0, 60
"""Counts are kept every ten seconds, months told every ten minutes."""
GRACE = timedelta(days=1)
"""A month is told a day after its end: every door has kept its counts by then."""
SOURCE = "porte"
GRANDEURS = ("13.I2.a", "37.I1.a")
TERRITOIRE = "69M"
ADD = """
INSERT INTO usage (jour, genre, ressource, nombre)
SELECT * FROM unnest($1::date[], $2::text[], $3::text[], $4::bigint[])
ON CONFLICT (jour, genre, ressource) DO UPDATE SET nombre = usage.nombre + excluded.nombre
"""
RANK = """
INSERT INTO usage_depot (porte, rang, depose_le) VALUES ($1, $2, $3)
ON CONFLICT (porte) DO UPDATE SET rang = excluded.rang, depose_le = excluded.depose_le
WHERE usage_depot.rang < excluded.rang RETURNING rang
"""
FORGET = "DELETE FROM usage_depot WHERE depose_le < $1"
FORGOTTEN_AFTER = timedelta(days=30)
FAILURES = (ServiceIndisponible, DBAPIError, asyncpg.PostgresError)
"""What a database does that may go better next time."""
NOTE = "INSERT INTO usage_envoye (mois, connexions, envoye_le) VALUES ($1, $2, $3)"


@asynccontextmanager
async def reporting(engine: AsyncEngine, usages: Usages, expediteur: Expediteur | None) -> AsyncIterator[None]:
    """Keep and tell counts as long as the door runs, and once more when it stops."""
    task = asyncio.create_task(_report(engine, usages, expediteur))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        for _ in range(2):  # what was on its way, then what came since
            await keep(engine, usages)


async def _report(engine: AsyncEngine, usages: Usages, expediteur: Expediteur | None) -> None:
    rounds = 0
    while True:
        await asyncio.sleep(KEEP_SECONDS)  # the door takes requests before it sends one to itself
        await keep(engine, usages)
        if expediteur is not None and rounds % TELL_EVERY == 0:
            await tell_months(engine, expediteur)
        rounds += 1


async def keep(engine: AsyncEngine, usages: Usages) -> None:
    """Add to the database what was counted, once, however often it is tried."""
    depot = usages.hand_over()
    if depot is None:
        return
    try:
        await _add(engine, depot)
    except FAILURES as error:
        log.warning("usages : gardés en mémoire (%s)", type(error).__name__)
    else:
        usages.forget(depot)


async def _add(engine: AsyncEngine, depot: Depot) -> None:
    now = clock.now()
    async with transaction(engine) as session:
        driver = await driver_in_transaction(session)
        if await driver.fetchval(RANK, depot.porte, depot.rang, now) is None:
            return  # added already: the answer to the commit was lost
        await driver.execute(ADD, *_columns(depot.nombres))
        if depot.rang == 1:
            await driver.execute(FORGET, now - FORGOTTEN_AFTER)


def _columns(counts: Counter[Usage]) -> list[list[Any]]:
    rows = [
        (*usage, counts[usage]) for usage in sorted(counts)
    ]  # in one order, so that two doors never lock each other
    return [list(column) for column in zip(*rows, strict=True)]


async def tell_months(engine: AsyncEngine, expediteur: Expediteur) -> None:
    """Send the connections of each whole month that was not told yet; what is refused is tried again later."""
    before = (clock.now() - GRACE).astimezone(clock.PARIS).date().replace(day=1)
    try:
        async with transaction(engine) as session:
            driver = await driver_in_transaction(session)
            for mois, connexions in await queries.list_months(session, before):
                reception = await expediteur(f"usages-{mois:%Y-%m}", _lot(mois, connexions))
                if reception.statut != 200:
                    log.warning("connexions de %s : refusées ou remises à plus tard (%s)", mois, reception.statut)
                    return
                await driver.execute(NOTE, mois, connexions, clock.now())
    except FAILURES as error:
        log.warning("connexions : remises à plus tard (%s)", type(error).__name__)


def _lot(mois: date, connexions: int) -> dict[str, Any]:
    """Return the same bytes each time a month is told: a second try is then answered as the first was."""
    following = (mois + timedelta(days=31)).replace(day=1)
    extrait_le = clock.write_instant(datetime.combine(following, time.min, clock.PARIS) + GRACE)
    mesures = [
        {"grandeur": code, "territoire": TERRITOIRE, "periode": f"{mois:%Y-%m}", "valeur": connexions}
        for code in GRANDEURS
    ]
    return {"enveloppe": {"source": SOURCE, "extrait_le": extrait_le}, "mesures": mesures}
