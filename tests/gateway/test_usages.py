"""Counts of use: they add up, tell nothing of who called, and reach the indicators as a partner's figures do."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest
import time_machine
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.callers import Caller
from gateway.cli.identity import DevelopmentIssuer
from gateway.usage_reports import keep, reporting, tell_months
from gateway.usages import CONNEXION, Usages
from gateway.vocabulary import GenreAppelant
from shared.database import engine_for
from shared.expedition import Reception
from tests.conftest import Base
from tests.gateway.whole import whole_product

Bearer = Callable[[str], dict[str, str]]
AGENT = Caller("sujet agent-7", GenreAppelant.AGENT, sees_public=False)
PORTAL = Caller("sujet portail", GenreAppelant.LECTEUR, sees_public=True)
FICHES = "/v1/fiches"


@pytest.fixture
async def engine(own_base: Base) -> AsyncIterator[AsyncEngine]:
    made = engine_for(own_base.url_of("gateway").get_secret_value(), schema="gateway")
    yield made
    await made.dispose()


async def kept(base: Base) -> dict[tuple[str, str, str], int]:
    driver = await asyncpg.connect(base.owner_url)
    rows = await driver.fetch("SELECT jour, genre, ressource, nombre FROM gateway.usage")
    await driver.close()
    return {(str(row[0]), row[1], row[2]): row[3] for row in rows}


async def test_two_doors_add_up_and_what_could_not_be_kept_is_kept_next_time(
    engine: AsyncEngine, own_base: Base
) -> None:
    with time_machine.travel("2026-05-04T10:00:00+02:00", tick=False):
        one, two = Usages(), Usages()
        for usages in (one, two, one):
            usages.note(PORTAL, FICHES)
        away = engine_for("postgresql://nul@127.0.0.1:1/nulle", schema="gateway")
        await keep(away, one)
        await away.dispose()
        await asyncio.gather(keep(engine, one), keep(engine, two))
        one.note(PORTAL, FICHES)
        await keep(engine, one)
    assert await kept(own_base) == {("2026-05-04", "lecteur", FICHES): 4}


async def test_counts_whose_fate_is_unknown_are_added_once(
    engine: AsyncEngine, own_base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    usages = Usages()
    with time_machine.travel("2026-05-04T10:00:00+02:00", tick=False):
        usages.note(PORTAL, FICHES)
        monkeypatch.setattr(usages, "forget", lambda depot: None)  # the commit is made, its answer is lost
        await keep(engine, usages)
        monkeypatch.undo()
        usages.note(PORTAL, FICHES)
        stopped = asyncio.create_task(keep(engine, usages))
        await asyncio.sleep(0)
        stopped.cancel()
        await asyncio.gather(stopped, return_exceptions=True)
        async with reporting(engine, usages, None):
            pass
    assert await kept(own_base) == {("2026-05-04", "lecteur", FICHES): 2}


async def test_a_day_is_that_of_paris(engine: AsyncEngine, own_base: Base) -> None:
    usages = Usages()
    with time_machine.travel("2026-06-30T21:59:59+00:00", tick=False) as clock:
        usages.note(PORTAL, FICHES)
        clock.shift(timedelta(seconds=2))
        usages.note(PORTAL, FICHES)
    await keep(engine, usages)
    assert {key[0]: number for key, number in (await kept(own_base)).items()} == {"2026-06-30": 1, "2026-07-01": 1}


def test_a_person_comes_in_once_until_half_an_hour_of_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("gateway.usages.time.monotonic", lambda: now[0])
    usages = Usages()
    for minute in (0, 10, 39, 70, 99, 100):
        now[0] = minute * 60.0
        usages.note(AGENT, FICHES)
        usages.note(PORTAL, FICHES)
    depot = usages.hand_over()
    assert depot is not None
    counts = {(genre, ressource): number for (_, genre, ressource), number in depot.nombres.items()}
    assert counts == {("agent", FICHES): 6, ("agent", CONNEXION): 2, ("lecteur", FICHES): 6}


async def test_what_passes_the_door_is_counted_without_who_nor_what(
    own_base: Base, issuer: DevelopmentIssuer, bearer: Bearer
) -> None:
    async with whole_product(own_base, issuer) as client:
        await asyncio.gather(*(client.get("/v1/fiches/11?plan=pmie-2022-2026") for _ in range(20)))
        await client.get("/v1/dossiers/dos-secret", headers=bearer("agent"))
        await client.get("/sante/vivant")
    found = await kept(own_base)
    day = str(datetime.now(UTC).astimezone().date())
    counted = {(genre, ressource): number for (_, genre, ressource), number in found.items()}
    assert counted == {
        ("anonyme", "/v1/fiches/{numero}"): 20,
        ("agent", "/v1/dossiers/{id}"): 1,
        ("agent", CONNEXION): 1,
    }
    assert {jour for jour, _, _ in found} <= {day, str(date.fromisoformat(day) + timedelta(days=1))}


async def seed(engine: AsyncEngine, days: dict[str, int]) -> None:
    usages = Usages()
    for day, number in days.items():
        usages._counts[date.fromisoformat(day), "agent", CONNEXION] = number
        usages._counts[date.fromisoformat(day), "anonyme", FICHES] = 1000
    await keep(engine, usages)


async def test_each_whole_month_is_told_once(engine: AsyncEngine) -> None:
    sent: list[tuple[str, list[int]]] = []
    dated: list[str] = []
    statuses = [503, 200, 200, 200]

    async def send(key: str, corps: dict[str, Any]) -> Reception:
        sent.append((key, [each["valeur"] for each in corps["mesures"]]))
        dated.append(corps["enveloppe"]["extrait_le"])
        return Reception(statuses.pop(0), {})

    await seed(engine, {"2026-03-17": 5, "2026-04-01": 2, "2026-04-30": 3, "2026-05-31": 4, "2026-06-01": 9})
    with time_machine.travel("2026-06-01T12:00:00+02:00", tick=False) as clock:
        await tell_months(engine, send)  # refused: tried again
        assert sent == [("usages-2026-04", [5, 5])]
        clock.shift(timedelta(minutes=10))
        await tell_months(engine, send)
        assert sent[1:] == [("usages-2026-04", [5, 5])]  # March was not counted whole, May may still be
        assert dated[0] == dated[1]  # the same bytes under the same key
        clock.shift(timedelta(days=1))
        await tell_months(engine, send)
        await tell_months(engine, send)
    assert sent[2:] == [("usages-2026-05", [4, 4])]


async def test_the_indicators_take_the_connections_of_a_month(
    own_base: Base, issuer: DevelopmentIssuer, bearer: Bearer, engine: AsyncEngine
) -> None:
    async with whole_product(own_base, issuer) as client:
        last = (datetime.now(UTC).date().replace(day=1) - timedelta(days=1)).replace(day=1)
        await seed(engine, {str(last): 6, str(last + timedelta(days=19)): 1})

        async def send(key: str, corps: dict[str, Any]) -> Reception:
            answer = await client.post("/v1/lots", json=corps, headers={"Idempotency-Key": key, **bearer("partenaire")})
            return Reception(answer.status_code, answer.json())

        with time_machine.travel(datetime.now(UTC) + timedelta(days=3), tick=False):
            await tell_months(engine, send)
        for grandeur in ("13.I2.a", "37.I1.a"):
            query = {"grandeur": grandeur, "periode": f"{last:%Y-%m}"}
            answer = await client.get("/v1/valeurs", params=query, headers=bearer("pilote"))
            assert [each["valeur"] for each in answer.json()["elements"]] == [7]


async def test_counts_are_read_by_who_manages_accesses(
    own_base: Base, issuer: DevelopmentIssuer, bearer: Bearer, engine: AsyncEngine
) -> None:
    await seed(engine, {"2026-04-01": 6, "2026-04-02": 1})
    async with whole_product(own_base, issuer) as client:
        query: dict[str, str | int] = {"limite": 1, "fin": "2026-04-01", "genre": "agent"}
        assert (await client.get("/v1/usages", params=query, headers=bearer("pilote"))).status_code == 403
        page = (await client.get("/v1/usages", params=query, headers=bearer("admin"))).json()
        expected = {"jour": "2026-04-01", "genre": "agent", "ressource": CONNEXION, "nombre": 6}
        assert (page["elements"], page["total"]) == ([expected], 1)
        seen: list[Any] = []
        cursor: dict[str, Any] = {}
        while True:
            answer = await client.get("/v1/usages", params={"limite": 1, **cursor}, headers=bearer("admin"))
            seen += answer.json()["elements"]
            if answer.json()["curseur_suivant"] is None:
                break
            cursor = {"curseur": answer.json()["curseur_suivant"]}
        assert [(each["jour"], each["nombre"]) for each in seen[:4]] == [
            ("2026-04-01", 6),
            ("2026-04-01", 1000),
            ("2026-04-02", 1),
            ("2026-04-02", 1000),
        ]
