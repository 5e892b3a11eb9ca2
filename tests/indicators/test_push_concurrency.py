"""Several pushes at once, and pushes that are killed: no duplicate, no deadlock, all or nothing, stamps in order."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx2

from shared.settings import IdentitySettings
from tests.conftest import Base
from tests.indicators.batches import as_body, check_counters, check_sums, count, fetch, make_rows, send
from tests.indicators.calls import push
from tests.indicators.conftest import Key
from tests.processes import ROOT

STAMPING = "pg_advisory_lock(hashtext('indicators.ecriture'))"
WAITING = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
TRACES = """
SELECT (SELECT count(*) FROM mesure WHERE source = $1) + (SELECT count(*) FROM revision WHERE source = $1)
  + (SELECT count(*) FROM agregat WHERE source = $1) + (SELECT count(*) FROM presence WHERE source = $1)
  + (SELECT count(*) FROM lot WHERE source = $1) + (SELECT count(*) FROM source WHERE code = $1)
"""
PATIENCE = 20


async def until(found: Callable[[], Awaitable[Any]]) -> Any:
    """Wait until ``found`` finds something; return it."""
    for _ in range(PATIENCE * 50):
        value = await found()
        if value:
            return value
        await asyncio.sleep(0.02)
    raise AssertionError("nothing came")


@asynccontextmanager
async def owner(base: Base) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(base.owner_url, server_settings={"search_path": "indicators"})
    try:
        yield connection
    finally:
        await connection.close()


async def test_batches_that_share_500_keys_neither_double_nor_block_each_other(
    indicators: httpx2.AsyncClient, base: Base, partner: Key
) -> None:
    rows = make_rows(1_500)
    pushes = []
    for place in range(6):
        own = rows[:1_000] if place % 2 else rows[500:]
        shuffled = random.Random(place).sample(own, len(own))  # noqa: S311 - an order, not a secret
        dated = f"2026-01-{place + 1:02d}T00:00:00Z"
        valued = [row | {"valeur": place + 1} for row in shuffled]
        source = "commune" if place < 4 else f"propre-{place}"
        pushes.append(push(indicators, partner, valued, source=source, extrait_le=dated))
    answers = await asyncio.gather(*pushes)
    for answer in answers:
        assert answer.status_code == 200, answer.text
        check_counters(answer.json())
    assert await count(base, "SELECT count(*) FROM mesure WHERE source = 'commune'") == 1_500
    assert await count(base, "SELECT count(*) FROM mesure WHERE source LIKE 'propre-%'") == 2_000
    latest = await fetch(base, "SELECT valeur::int, count(*) FROM mesure WHERE source = 'commune' GROUP BY 1")
    assert {row[0]: row[1] for row in latest} == {4: 1_000, 3: 500}
    await check_sums(base)


async def test_what_one_batch_creates_another_modifies(
    indicators: httpx2.AsyncClient, base: Base, partner: Key
) -> None:
    """The reports of batches that run at once tell of each row what happened, as if they had run in turn."""
    rows = make_rows(600)
    answers = await asyncio.gather(
        *(push(indicators, partner, [row | {"valeur": n} for row in rows], source="ensemble") for n in range(5))
    )
    reports = [answer.json() for answer in answers]
    assert sorted(report["creees"] for report in reports) == [0, 0, 0, 0, 600]
    assert sum(report["modifiees"] for report in reports) == 4 * 600
    assert await count(base, "SELECT count(*) FROM revision WHERE source = 'ensemble'") == 5 * 600


async def test_a_batch_whose_connection_is_cut_leaves_nothing_and_comes_again(
    indicators: httpx2.AsyncClient, base: Base, partner: Key
) -> None:
    body, key = as_body(make_rows(2_000), source="coupee"), {"Idempotency-Key": "coupee-1"}
    async with owner(base) as blocker:
        await blocker.execute(f"SELECT {STAMPING}")
        pushing = asyncio.create_task(send(indicators, partner, body, "application/json", extra=key))
        (row,) = await until(lambda: blocker.fetch(WAITING))
        await blocker.execute("SELECT pg_terminate_backend($1)", row["pid"])
        answer = await pushing
    assert (answer.status_code, answer.json()["code"]) == (503, "SERVICE_INDISPONIBLE")
    assert await count(base, TRACES, "coupee") == 0
    again = await send(indicators, partner, body, "application/json", extra=key)
    assert (again.status_code, again.json()["creees"]) == (200, 2_000)


async def test_a_batch_cut_in_the_middle_of_its_statement_leaves_nothing(
    indicators: httpx2.AsyncClient, base: Base, partner: Key
) -> None:
    rows = make_rows(500)
    async with owner(base) as blocker, blocker.transaction():
        definition = await blocker.fetchval("SELECT id FROM definition WHERE grandeur = '30.I1.a'")
        await blocker.execute("INSERT INTO presence VALUES ($1, 'milieu', 1)", definition)
        pushing = asyncio.create_task(push(indicators, partner, rows, source="milieu"))
        (row,) = await until(lambda: fetch(base, f"{WAITING} AND query LIKE '%WITH sorts%'"))
        await blocker.execute("SELECT pg_cancel_backend($1)", row["pid"])
        answer = await pushing
        assert answer.status_code == 503
        await blocker.execute("DELETE FROM presence WHERE source = 'milieu'")
    assert await count(base, TRACES, "milieu") == 0
    assert (await push(indicators, partner, rows, source="milieu")).json()["creees"] == 500


async def test_a_process_killed_in_mid_batch_leaves_nothing(
    base: Base, partner: Key, identity: IdentitySettings, tmp_path: Path
) -> None:
    body = as_body(make_rows(2_000), source="tuee")
    async with owner(base) as blocker, server_process(base, identity, tmp_path) as (process, client):
        await blocker.execute(f"SELECT {STAMPING}")
        pushing = asyncio.create_task(send(client, partner, body, "application/json"))
        await until(lambda: blocker.fetch(WAITING))
        process.send_signal(signal.SIGKILL)
        failed = (await asyncio.gather(pushing, return_exceptions=True))[0]
        assert isinstance(failed, httpx2.TransportError)
        await blocker.execute("SELECT pg_advisory_unlock_all()")
        still = "SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'spie-indicators'"
        await until(lambda: blocker.fetch(f"{still} AND datname = current_database() AND state <> 'idle')"))
    assert await count(base, TRACES, "tuee") == 0


@asynccontextmanager
async def server_process(
    base: Base, identity: IdentitySettings, folder: Path
) -> AsyncIterator[tuple[asyncio.subprocess.Process, httpx2.AsyncClient]]:
    """The service in a process of its own, behind a Unix socket."""
    socket = folder / "s"
    environment = {
        **os.environ,
        "INDICATORS_DATABASE_URL": base.url_of("indicators").get_secret_value(),
        "IDENTITY_ISSUER": identity.issuer,
        "IDENTITY_JWKS": identity.jwks,
    }
    command = [sys.executable, "-m", "uvicorn", "--factory", "services.indicators.app:create_app", "--uds", str(socket)]
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stdout=quiet, stderr=quiet)
    try:
        transport = httpx2.AsyncHTTPTransport(uds=str(socket))
        async with httpx2.AsyncClient(transport=transport, base_url="http://test", timeout=PATIENCE) as client:

            async def ready() -> bool:
                try:
                    return (await client.get("/sante/pret")).status_code == 200
                except httpx2.TransportError:
                    return False

            await until(ready)
            yield process, client
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_a_slow_batch_is_seen_by_who_already_read_what_was_committed_after_it_began(
    indicators: httpx2.AsyncClient, base: Base, partner: Key, pilot: Key
) -> None:
    async def changed_since(instant: str) -> list[tuple[str, str]]:
        asked: dict[str, Any] = {"modifie_depuis": instant, "grandeur": "30.I1.a", "territoire": "69M", "limite": 200}
        page = (await indicators.get("/v1/mesures", params=asked, headers=pilot)).json()
        return [(row["source"], row["enregistre_le"]) for row in page["elements"]]

    row = {"grandeur": "30.I1.a", "territoire": "69M", "periode": "2022-03", "valeur": 1}
    before = "2026-01-01T00:00:00Z"
    async with owner(base) as blocker:
        waiting = blocker.transaction()
        await waiting.start()
        definition = await blocker.fetchval("SELECT id FROM definition WHERE grandeur = '30.I1.a'")
        await blocker.execute("INSERT INTO presence VALUES ($1, 'lente', 1)", definition)
        slow = asyncio.create_task(push(indicators, partner, [row], source="lente"))
        await until(lambda: fetch(base, WAITING))
        assert (await push(indicators, partner, [row], source="vive")).status_code == 200
        seen = [each for each in await changed_since(before) if each[0] in ("lente", "vive")]
        assert [source for source, _ in seen] == ["vive"]
        await waiting.rollback()
        assert (await slow).status_code == 200
    later = await changed_since(seen[0][1])
    assert "lente" in [source for source, _ in later]
    numbers = await fetch(
        base,
        "SELECT e.id, e.enregistre_le FROM ecriture e JOIN lot l ON l.id = e.lot WHERE l.source IN ('lente', 'vive')"
        " ORDER BY l.source",
    )
    assert numbers[0]["id"] < numbers[1]["id"]
    assert numbers[0]["enregistre_le"] > numbers[1]["enregistre_le"]


async def test_every_write_has_a_stamp_of_its_own(indicators: httpx2.AsyncClient, base: Base, partner: Key) -> None:
    pushes = (push(indicators, partner, make_rows(3), source=f"timbre-{place}") for place in range(8))
    assert {answer.status_code for answer in await asyncio.gather(*pushes)} == {200}
    stamps = await fetch(base, "SELECT count(*), count(DISTINCT enregistre_le) FROM ecriture")
    assert stamps[0][0] == stamps[0][1]


async def test_the_same_push_sent_twice_at_once_acts_once(
    indicators: httpx2.AsyncClient, base: Base, partner: Key
) -> None:
    body, key = as_body(make_rows(1_000), source="double"), {"Idempotency-Key": "double-1"}
    answers = await asyncio.gather(*(send(indicators, partner, body, "application/json", extra=key) for _ in range(4)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    first = next(answer for answer in answers if answer.status_code == 200)
    assert await count(base, "SELECT count(*) FROM lot WHERE source = 'double'") == 1
    replayed = await send(indicators, partner, body, "application/json", extra=key)
    assert (replayed.content, replayed.headers["idempotent-replayed"]) == (first.content, "true")
