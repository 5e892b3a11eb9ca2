"""Background work: asked for in a transaction, run after it, again when it did not end, told without its texts."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from migrations.pgqueuer_v1 import install, uninstall
from migrations.run import owner_engine
from shared import clock
from shared.database import engine_for, role_of, transaction
from shared.driver import driver_in_transaction
from shared.job_metrics import tell_jobs
from shared.job_runner import Cadence
from shared.jobs import Travaux, enqueue, enqueue_each, forget_old_jobs, queries_on
from shared.metrics import REGISTRY
from shared.reading import read_rows
from shared.settings import ServiceSettings
from shared.worker import Worker, working
from tests.conftest import Base, MakeBase, execute
from tests.processes import ROOT

SCHEMA = "catalogue"
QUICK = Cadence(tries=3, retry=0.05, heartbeat=1, poll=0.2, reconnect=0.05, reconnect_most=0.4, grace=0.3)
PATIENCE = 15
Done = list[dict[str, Any]]


@pytest.fixture
async def files(make_base: MakeBase) -> AsyncIterator[Base]:
    """A database of this test, with the tables of PgQueuer in one schema."""
    async with make_base() as made:
        await as_owner(made, install(SCHEMA))
        yield made


@pytest.fixture
async def engine(files: Base) -> AsyncIterator[AsyncEngine]:
    made = engine_on(files)
    yield made
    await made.dispose()


def engine_on(base: Base) -> AsyncEngine:
    return engine_for(base.url_of(SCHEMA).get_secret_value(), schema=SCHEMA, pool_size=6)


async def as_owner(base: Base, statements: tuple[str, ...]) -> None:
    engine = owner_engine(base.owner_url)
    async with engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await engine.dispose()


@asynccontextmanager
async def at_work(base: Base, cadence: Cadence = QUICK, **travaux: Any) -> AsyncIterator[None]:
    more = {name: travaux.pop(name) for name in ("horaires", "seuls") if name in travaux}
    worker = Worker(Travaux(travaux, **more), lambda: engine_on(base), cadence)
    async with worker.running():
        yield


def keeping(done: Done) -> Any:
    async def keep(_: AsyncEngine, payload: dict[str, Any]) -> None:
        done.append(payload)

    return keep


async def ask(engine: AsyncEngine, nom: str = "essai", payload: Any = None, **more: Any) -> None:
    async with transaction(engine) as session:
        await enqueue(session, nom, payload, **more)


async def rows(engine: AsyncEngine, query: str = "SELECT * FROM pgqueuer ORDER BY id") -> list[Any]:
    async with transaction(engine) as session:
        return await read_rows(session, query, {})


async def cut(base: Base) -> None:
    """End every connection to ``base``."""
    others = f"datname = '{base.name}' AND pid <> pg_backend_pid()"
    await execute(base.owner_url, f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}")


async def until(condition: Callable[[], Any]) -> None:
    """Wait for ``condition``, which may be a coroutine, to come true."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = condition()
            if await found if asyncio.iscoroutine(found) else found:
                return
            await asyncio.sleep(0.02)


async def is_empty(engine: AsyncEngine) -> bool:
    return not await rows(engine)


async def status_is(engine: AsyncEngine, status: str) -> bool:
    return [row["status"] for row in await rows(engine)] == [status]


async def test_the_frozen_tables_are_those_that_pgqueuer_wants(files: Base) -> None:
    made = owner_engine(files.owner_url)
    async with AsyncSession(made) as session:
        await session.execute(text(f"SET search_path TO {SCHEMA}"))
        plan = await queries_on(AsyncpgDriver(await driver_in_transaction(session))).plan_upgrade()
    await made.dispose()
    assert list(plan.statements) == []


async def test_the_frozen_tables_go_as_they_came(files: Base) -> None:
    await as_owner(files, uninstall(SCHEMA))
    made = owner_engine(files.owner_url)
    left = f"FROM pg_class WHERE relnamespace = '{SCHEMA}'::regnamespace AND relname LIKE '%pgqueuer%'"
    kinds = f"FROM pg_type WHERE typnamespace = '{SCHEMA}'::regnamespace AND typname LIKE '%pgqueuer%'"
    async with made.connect() as connection:
        assert (await connection.execute(text(f"SELECT count(*) {left}"))).scalar_one() == 0
        assert (await connection.execute(text(f"SELECT count(*) {kinds}"))).scalar_one() == 0
        assert (await connection.execute(text("SHOW search_path"))).scalar_one() == '"$user", public'
    await made.dispose()
    await as_owner(files, install(SCHEMA))


async def test_work_runs_after_the_transaction_that_asks_for_it(files: Base, engine: AsyncEngine) -> None:
    done: Done = []
    async with at_work(files, essai=keeping(done)):
        async with transaction(engine) as session:
            await enqueue(session, "essai", {"nombre": 1, "texte": "é"})
            await asyncio.sleep(0.5)
            assert done == []
        await until(lambda: done == [{"nombre": 1, "texte": "é"}])
        await until(lambda: is_empty(engine))


async def test_what_waits_is_measured_and_since_when(files: Base, engine: AsyncEngine) -> None:
    async with transaction(engine) as session:
        for number in range(3):
            await enqueue(session, "essai", {"numero": number})
    telling = asyncio.create_task(tell_jobs(engine, "mesure"))
    labels = {"service": "mesure", "etat": "queued"}
    async with asyncio.timeout(PATIENCE):
        while REGISTRY.get_sample_value("spie_travaux", labels) != 3:  # noqa: ASYNC110 - gauges tell nobody
            await asyncio.sleep(0.01)
    telling.cancel()
    assert (REGISTRY.get_sample_value("spie_travaux_age_secondes", {"service": "mesure"}) or 0) > 0


async def test_work_asked_for_by_what_is_undone_never_runs(files: Base, engine: AsyncEngine) -> None:
    done: Done = []
    async with at_work(files, essai=keeping(done)):
        with suppress(ZeroDivisionError):
            async with transaction(engine) as session:
                await enqueue(session, "essai", {"apres": False})
                raise ZeroDivisionError
        await ask(engine, payload={"apres": True})
        await until(lambda: done == [{"apres": True}])


async def test_work_of_one_key_is_asked_for_once_until_it_begins(files: Base, engine: AsyncEngine) -> None:
    done: Done = []
    for number in range(3):
        await ask(engine, payload={"nombre": number}, cle="a")
    await ask(engine, payload={"nombre": 3}, cle="b")
    async with transaction(engine) as session:
        await enqueue_each(session, "essai", {"c": {"nombre": 4}, "a": {"nombre": 5}})
        await enqueue_each(session, "essai", {})
    async with at_work(files, essai=keeping(done)):
        await until(lambda: is_empty(engine))
    assert sorted(payload["nombre"] for payload in done) == [0, 3, 4]


async def test_work_that_has_begun_is_followed_by_another(files: Base, engine: AsyncEngine) -> None:
    begun, go, runs = asyncio.Event(), asyncio.Event(), []

    async def wait(_: AsyncEngine, payload: dict[str, Any]) -> None:
        runs.append(payload)
        begun.set()
        await go.wait()

    async with at_work(files, essai=wait, seuls=frozenset({"essai"})):
        await ask(engine, cle="a")
        await begun.wait()
        await ask(engine, cle="a")
        await ask(engine, cle="a")
        await asyncio.sleep(0.5)
        assert len(runs) == 1
        go.set()
        await until(lambda: is_empty(engine))
    assert len(runs) == 2


async def test_merged_work_sees_what_the_last_who_asked_has_written(files: Base, engine: AsyncEngine) -> None:
    await execute(files.owner_url, f"CREATE TABLE {SCHEMA}.essai_ecrit (nombre int)")
    seen: list[int] = []

    async def look(own: AsyncEngine, _: dict[str, Any]) -> None:
        seen.append(len(await rows(own, "SELECT 1 FROM essai_ecrit")))

    await ask(engine, cle="a")
    async with transaction(engine) as session:
        await session.execute(text("INSERT INTO essai_ecrit VALUES (1)"))
        await enqueue(session, "essai", cle="a")
        async with at_work(files, essai=look):
            await asyncio.sleep(0.5)
            await session.commit()
            await until(lambda: is_empty(engine))
    assert seen == [1]


async def test_two_who_ask_in_any_order_never_deadlock(files: Base, engine: AsyncEngine) -> None:
    async def write(number: int) -> None:
        names = [str(number + place) for place in range(20)]
        async with transaction(engine) as session:
            await enqueue_each(session, "essai", {name: {} for name in (names if number % 2 else names[::-1])})

    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(write(number) for number in range(12)))
    assert len(await rows(engine)) == 31


async def test_work_may_wait(files: Base, engine: AsyncEngine) -> None:
    done: Done = []
    await ask(engine, apres=timedelta(seconds=1.2))
    async with at_work(files, essai=keeping(done)):
        await asyncio.sleep(0.6)
        assert done == []
        await until(lambda: done == [{}])


async def test_a_failure_is_tried_again_then_kept_and_told_without_its_text(
    files: Base, engine: AsyncEngine, caplog: pytest.LogCaptureFixture
) -> None:
    runs = []

    async def fail(_: AsyncEngine, payload: dict[str, Any]) -> None:
        runs.append(payload)
        raise ValueError(f"secret {payload}")

    async with at_work(files, essai=fail):
        await ask(engine, payload={"personne": "secret"})
        await until(lambda: status_is(engine, "failed"))
        await asyncio.sleep(0.3)
    assert len(runs) == QUICK.tries
    kept = [row["traceback"] for row in await rows(engine, "SELECT traceback::text FROM pgqueuer_log")]
    assert sum("ValueError at" in (told or "") for told in kept) == QUICK.tries
    assert "secret" not in str(kept)
    assert "ValueError at" in caplog.text
    assert "secret" not in caplog.text


async def test_a_failure_that_passes_is_forgotten(files: Base, engine: AsyncEngine) -> None:
    runs = []

    async def fail_once(_: AsyncEngine, payload: dict[str, Any]) -> None:
        runs.append(payload)
        if len(runs) == 1:
            raise ConnectionError

    async with at_work(files, essai=fail_once):
        await ask(engine)
        await until(lambda: is_empty(engine))
    assert len(runs) == 2


async def test_work_that_does_not_end_begins_again_after_a_stop(files: Base, engine: AsyncEngine) -> None:
    begun = asyncio.Event()
    done: Done = []

    async def hang(_: AsyncEngine, payload: dict[str, Any]) -> None:
        begun.set()
        await asyncio.sleep(600)

    async with at_work(files, essai=hang):
        await ask(engine, payload={"nombre": 7})
        await begun.wait()
        stop = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - stop < 6 * QUICK.grace
    assert await status_is(engine, "queued")
    async with at_work(files, essai=keeping(done)):
        await until(lambda: done == [{"nombre": 7}])


async def test_work_of_a_killed_worker_is_run_again(files: Base, engine: AsyncEngine) -> None:
    program = """if True:
        import asyncio, sys
        from shared.database import engine_for
        from shared.jobs import Travaux
        from shared.worker import Worker
        async def hang(engine, payload):
            print("begun", flush=True)
            await asyncio.sleep(600)
        async def main():
            make = lambda: engine_for(sys.argv[1], schema=sys.argv[2])
            async with Worker(Travaux({"essai": hang}), make).running():
                await asyncio.sleep(600)
        asyncio.run(main())
    """
    done: Done = []
    await ask(engine, payload={"nombre": 8}, cle="a")
    command = [sys.executable, "-c", program, files.url_of(SCHEMA).get_secret_value(), SCHEMA]
    victim = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert victim.stdout
        assert await victim.stdout.readline() == b"begun\n"
    finally:
        victim.kill()
        await victim.wait()
    assert await status_is(engine, "picked")
    async with at_work(files, essai=keeping(done)):
        await until(lambda: done == [{"nombre": 8}])
        await until(lambda: is_empty(engine))


async def test_work_that_kills_its_workers_is_given_up(files: Base, engine: AsyncEngine) -> None:
    done: Done = []
    await ask(engine)
    begins = "INSERT INTO pgqueuer_log (job_id, status, priority, entrypoint) SELECT id, 'picked', 0, 'essai'"
    async with transaction(engine) as session:
        await session.execute(text(f"{begins} FROM pgqueuer, generate_series(1, {QUICK.begins})"))
    async with at_work(files, essai=keeping(done)):
        await until(lambda: status_is(engine, "failed"))
    assert done == []


async def test_a_worker_finds_its_database_again_by_itself(
    files: Base, engine: AsyncEngine, caplog: pytest.LogCaptureFixture
) -> None:
    done: Done = []
    async with at_work(files, replace(QUICK, poll=60), essai=keeping(done)), asyncio.timeout(5):
        await ask(engine, payload={"nombre": 1})
        await until(lambda: len(done) == 1)
        await cut(files)
        await engine.dispose()
        await ask(engine, payload={"nombre": 2})
        await until(lambda: len(done) == 2)
    assert "reprise dans" in caplog.text


async def test_work_cut_by_the_loss_of_the_database_is_run_again(files: Base, engine: AsyncEngine) -> None:
    begun, runs = asyncio.Event(), []

    async def look_twice(own: AsyncEngine, payload: dict[str, Any]) -> None:
        async with transaction(own) as session:
            await session.execute(text("SELECT 1"))
            runs.append(payload)
            begun.set()
            await asyncio.sleep(0.1 if len(runs) > 1 else 1)
            await session.execute(text("SELECT 1"))

    async with at_work(files, essai=look_twice):
        await ask(engine, payload={"nombre": 9})
        await begun.wait()
        await cut(files)
        await engine.dispose()
        await until(lambda: is_empty(engine))
    assert len(runs) >= 2


async def test_a_worker_waits_for_a_database_that_is_not_there(caplog: pytest.LogCaptureFixture) -> None:
    url = "postgresql://spie:secret@/spie?host=%2Fnulle%2Fpart"
    worker = Worker(Travaux({"essai": keeping([])}), lambda: engine_for(url, schema=SCHEMA), QUICK)
    async with worker.running():
        await until(lambda: caplog.text.count("reprise dans") >= 4)
    delays = [float(record.message.rsplit(" ", 2)[1]) for record in caplog.records]
    assert delays[:4] == [0.05, 0.1, 0.2, 0.4]
    assert "secret" not in caplog.text


async def test_the_clock_asks_for_work(files: Base, engine: AsyncEngine) -> None:
    done: Done = []
    async with at_work(files, essai=keeping(done), horaires={"essai": "* * * * *"}):
        await until(lambda: rows(engine, "SELECT 1 FROM pgqueuer_schedules"))
        async with transaction(engine) as session:
            await session.execute(text("UPDATE pgqueuer_schedules SET next_run = now() - interval '1 second'"))
    async with at_work(files, essai=keeping(done), horaires={"essai": "* * * * *"}):
        await until(lambda: done == [{}])


def test_only_known_work_is_planned() -> None:
    with pytest.raises(ValueError, match="autre"):
        Travaux({"essai": keeping([])}, horaires={"autre": "* * * * *"})


@pytest.mark.parametrize("own_role", [True, False], ids=["its own URL", "the owner's URL"])
async def test_an_application_works_when_its_settings_say_so(
    files: Base, engine: AsyncEngine, *, own_role: bool
) -> None:
    seen: list[str] = []

    async def who(own: AsyncEngine, _: dict[str, Any]) -> None:
        seen.append((await rows(own, "SELECT current_user::text AS nom"))[0]["nom"])

    urls: Any = {"database_url": files.url_of(SCHEMA).get_secret_value()} if own_role else {}
    for active in (False, True):
        settings = ServiceSettings(owner_database_url=files.owner_url, worker=active, pool_size=1, **urls)
        async with working(Travaux({"essai": who}), settings, SCHEMA)(None):
            if not active:
                await ask(engine)
                await asyncio.sleep(0.5)
                assert seen == []
            else:
                await until(lambda: seen == [role_of(SCHEMA)])


async def test_what_ended_long_ago_is_forgotten(files: Base, engine: AsyncEngine) -> None:
    async with at_work(files, essai=keeping([])):
        await ask(engine)
        await until(lambda: is_empty(engine))
    async with transaction(engine) as session:
        await session.execute(text("UPDATE pgqueuer_log SET aggregated = true"))
        await forget_old_jobs(session)
    assert await rows(engine, "SELECT 1 FROM pgqueuer_log")
    async with transaction(engine) as session:
        await session.execute(text("UPDATE pgqueuer_log SET created = :day"), {"day": clock.now() - timedelta(days=31)})
        await forget_old_jobs(session)
    assert not await rows(engine, "SELECT 1 FROM pgqueuer_log")


async def test_a_worker_leaves_signals_to_the_process(files: Base) -> None:
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    async with at_work(files, essai=keeping([])):
        await asyncio.sleep(0.3)
        assert [signal.getsignal(number) for number in numbers] == before
