"""Pushes that are kept and judged later: safe once answered, whole or not at all, and their state says which."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.indicators import jobs
from services.indicators.models import SCHEMA
from services.indicators.queries import ecriture as ecriture_queries
from services.indicators.queries import lots as queries
from services.indicators.schemas.lots import LotOut
from services.indicators.service import reception
from services.indicators.settings import Settings
from shared.database import engine_for
from shared.errors import ServiceIndisponible
from shared.settings import IdentitySettings
from shared.worker import worker_of
from tests.conftest import Base
from tests.indicators.batches import as_body, check_counters, check_sums, count, fetch, make_rows, send, spoil
from tests.indicators.calls import push
from tests.indicators.conftest import Key
from tests.indicators.keys import make_key

JSON = "application/json"
LATER = {"Prefer": "respond-async, wait=10"}


@pytest.fixture
async def engine(base: Base) -> AsyncIterator[AsyncEngine]:
    made = engine_for(base.url_of("indicators").get_secret_value(), schema=SCHEMA)
    yield made
    await made.dispose()


async def keep(client: httpx2.AsyncClient, key: Key, rows: list[Any], **enveloppe: Any) -> str:
    """Push rows to be judged later; return the address where their fate will be told."""
    answer = await send(client, key, as_body(rows, **enveloppe), JSON, extra=LATER)
    assert answer.status_code == 202, answer.text
    kept = LotOut.model_validate(answer.json())
    assert (kept.etat, kept.statut, answer.headers["location"]) == ("RECU", None, f"/v1/lots/{kept.lot}")
    assert answer.headers["preference-applied"] == "respond-async"
    return f"/v1/lots/{kept.lot}"


async def read(client: httpx2.AsyncClient, key: Key, path: str) -> LotOut:
    lot = LotOut.model_validate((await client.get(path, headers=key)).json())
    check_counters(lot.model_dump())
    return lot


async def work(engine: AsyncEngine, path: str) -> None:
    await jobs.process_lot(engine, {"lot": path.rpartition("/")[2]})


async def test_a_kept_push_gives_the_report_of_an_immediate_one(
    indicators: httpx2.AsyncClient, base: Base, engine: AsyncEngine, partner: Key
) -> None:
    rows = make_rows(10_000)
    spoil(rows)
    path = await keep(indicators, partner, rows, source="gardee")
    assert await count(base, "SELECT count(*) FROM mesure WHERE source = 'gardee'") == 0
    received = (await read(indicators, partner, path)).recu_le
    await work(engine, path)
    later = await read(indicators, partner, path)
    assert (later.etat, later.statut, later.creees, later.rejetees) == ("TERMINE", 207, 9_963, 37)
    assert (later.recu_le, later.progression) == (received, None)
    at_once = await push(indicators, partner, rows, source="immediate", extrait_le="2026-01-02T08:00:00+01:00")
    volatile = {"lot", "empreinte", "source", "recu_le", "termine_le"}
    now = LotOut.model_validate(at_once.json())
    assert later.model_dump(exclude=volatile) == now.model_dump(exclude=volatile)
    assert await count(base, "SELECT count(*) FROM lot_corps") == 0
    assert (await indicators.get(f"{path}/rejets", headers=partner)).json()["total"] == 37
    await check_sums(base)


async def test_the_worker_judges_what_was_kept(
    indicators: httpx2.AsyncClient, base: Base, partner: Key, identity: IdentitySettings
) -> None:
    path = await keep(indicators, partner, make_rows(20), source="travail")
    settings = Settings(database_url=base.url_of("indicators"), identity=identity)
    async with worker_of(jobs.TRAVAUX, settings, SCHEMA).running():
        for _ in range(500):
            lot = await read(indicators, partner, path)
            if lot.etat == "TERMINE":
                break
            await asyncio.sleep(0.02)
    assert (lot.etat, lot.creees) == ("TERMINE", 20)


async def test_a_push_of_more_rows_than_the_limit_is_kept(
    indicators: httpx2.AsyncClient, base: Base, engine: AsyncEngine, partner: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = b",".join([b"{}"] * (reception.SYNCHRONOUS_ROWS + 1))
    body = as_body([]).replace(b"[]", b"[" + many + b"]")
    answer = await send(indicators, partner, body, JSON)
    assert answer.status_code == 202, answer.text
    assert answer.json()["progression"] == {"lignes": 0, "total": 50_001}
    assert "preference-applied" not in answer.headers
    monkeypatch.setattr(reception, "SYNCHRONOUS_BYTES", 100)
    large = await send(indicators, partner, as_body(make_rows(30), source="grosse"), JSON)
    assert (large.status_code, large.json()["source"]) == (202, "inconnue")
    await work(engine, large.headers["location"])
    lot = await read(indicators, partner, large.headers["location"])
    assert (lot.etat, lot.source, lot.creees) == ("TERMINE", "grosse", 30)
    listed = (await indicators.get("/v1/lots?source=grosse&etat=TERMINE", headers=partner)).json()
    assert [each["lot"] for each in listed["elements"]] == [lot.lot]


async def test_what_turns_out_unreadable_has_failed(
    indicators: httpx2.AsyncClient, base: Base, engine: AsyncEngine, partner: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    restricted = make_key("restreint", "indicateurs:pousser", sources=["mmie"])
    monkeypatch.setattr(reception, "SYNCHRONOUS_BYTES", 10)
    bodies = [
        (partner, b'{"enveloppe": {}, "mesures": [', 400, "REQUETE_ILLISIBLE"),
        (partner, as_body([{}], source="MAJUSCULE"), 422, "DONNEES_REFUSEES"),
        (partner, as_body([{}], plan="autre"), 422, "DONNEES_REFUSEES"),
        (restricted, as_body(make_rows(1), source="autre"), 403, "DROIT_INSUFFISANT"),
    ]
    for key, body, status, code in bodies:
        answer = await send(indicators, key, body, JSON)
        assert answer.status_code == 202, answer.text
        path = answer.headers["location"]
        await work(engine, path)
        lot = await read(indicators, key, path)
        assert (lot.etat, lot.statut) == ("ECHEC", status)
        assert lot.probleme is not None
        assert lot.probleme["code"] == code
        assert lot.termine_le is not None
    assert await count(base, "SELECT count(*) FROM lot_corps") == 1  # that of the test before


async def test_a_kept_push_is_refused_at_once_when_that_is_known(indicators: httpx2.AsyncClient, partner: Key) -> None:
    restricted = make_key("restreint", "indicateurs:pousser", sources=["mmie"])
    for key, body, status in ((partner, b"{", 400), (partner, as_body([]), 422), (restricted, as_body([{}]), 403)):
        answer = await send(indicators, key, body, JSON, extra=LATER)
        assert answer.status_code == status


async def test_a_kept_push_is_judged_with_the_rights_it_came_with(
    indicators: httpx2.AsyncClient, engine: AsyncEngine
) -> None:
    key = make_key("restreint", "indicateurs:pousser", grandeurs=["30"], territoires=["69266"])
    rows = [{"grandeur": "30.I1.a", "territoire": code, "periode": "2025", "valeur": 1} for code in ("69266", "69256")]
    path = await keep(indicators, key, rows, source="droits")
    await work(engine, path)
    lot = await read(indicators, key, path)
    assert (lot.creees, lot.par_code) == (1, {"DROIT_TERRITOIRE": 1})


async def test_a_kept_push_refused_whole_tells_every_fault(
    indicators: httpx2.AsyncClient, base: Base, engine: AsyncEngine, partner: Key
) -> None:
    rows = make_rows(100)
    rows[3] = rows[3] | {"valeur": -1}
    path = await keep(indicators, {**partner, "Accept-Language": "en"}, rows, source="entiere", mode="atomique")
    await work(engine, path)
    lot = await read(indicators, partner, path)
    assert (lot.etat, lot.statut, lot.rejetees, lot.ecartees) == ("TERMINE", 422, 1, 99)
    assert lot.probleme is not None
    assert lot.probleme["code"] == "LOT_ATOMIQUE_REFUSE"
    assert lot.rejets[0]["message"] == "The value is negative"
    assert await count(base, "SELECT count(*) FROM mesure WHERE source = 'entiere'") == 0


async def test_work_done_twice_acts_once(
    indicators: httpx2.AsyncClient, base: Base, engine: AsyncEngine, partner: Key
) -> None:
    path = await keep(indicators, partner, make_rows(3_000), source="deux-fois")
    await asyncio.gather(work(engine, path), work(engine, path))
    await work(engine, path)
    lot = await read(indicators, partner, path)
    assert (lot.etat, lot.creees, lot.inchangees) == ("TERMINE", 3_000, 0)
    writes = "SELECT count(*) FROM ecriture e JOIN lot l ON l.id = e.lot WHERE l.source = 'deux-fois'"
    assert await count(base, writes) == 1


async def test_progress_is_told_and_a_failure_leaves_nothing_until_it_is_tried_again(
    indicators: httpx2.AsyncClient, base: Base, engine: AsyncEngine, partner: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await keep(indicators, partner, make_rows(11_000), source="essuyee")
    told: list[Any] = []
    tell = queries.tell_progress

    async def watch(session: Any, lot: str, *, lignes: int, total: int) -> None:
        await tell(session, lot, lignes=lignes, total=total)
        told.append((lignes, total))

    async def fail(*_: Any, **__: Any) -> None:
        raise ServiceIndisponible

    monkeypatch.setattr(queries, "tell_progress", watch)
    with monkeypatch.context() as patched:
        patched.setattr(ecriture_queries, "stamp", fail)
        with pytest.raises(ServiceIndisponible):
            await work(engine, path)
    assert told == [(0, 0), (5_000, 11_000), (10_000, 11_000), (11_000, 11_000)]
    lot = await read(indicators, partner, path)
    assert (lot.etat, lot.progression, lot.creees) == ("EN_COURS", {"lignes": 11_000, "total": 11_000}, 0)
    assert await count(base, "SELECT count(*) FROM mesure WHERE source = 'essuyee'") == 0
    await work(engine, path)
    lot = await read(indicators, partner, path)
    assert (lot.etat, lot.progression, lot.creees) == ("TERMINE", None, 11_000)


async def test_a_push_whose_work_was_given_up_has_failed(
    indicators: httpx2.AsyncClient, base: Base, engine: AsyncEngine, partner: Key
) -> None:
    given_up = await keep(indicators, partner, make_rows(1), source="abandon")
    waiting = await keep(indicators, partner, make_rows(1), source="attente")
    lot = given_up.rpartition("/")[2]
    done = "UPDATE pgqueuer SET status = 'failed' WHERE convert_from(payload, 'UTF8')::jsonb ->> 'lot' = $1 RETURNING 1"
    assert await fetch(base, done, lot)
    await jobs.forget(engine, {})
    failed = await read(indicators, partner, given_up)
    assert (failed.etat, failed.statut) == ("ECHEC", 500)
    assert (await read(indicators, partner, waiting)).etat == "RECU"
    await work(engine, given_up)
    assert (await read(indicators, partner, given_up)).etat == "ECHEC"


async def test_a_push_is_forgotten_after_ninety_days(
    indicators: httpx2.AsyncClient, base: Base, engine: AsyncEngine, partner: Key
) -> None:
    made = (await push(indicators, partner, [*make_rows(1), {}], source="oubli")).json()
    await fetch(base, "UPDATE lot SET expire_le = expire_le - interval '91 days' WHERE id = $1", made["lot"])
    await jobs.forget(engine, {})
    assert (await indicators.get(f"/v1/lots/{made['lot']}", headers=partner)).status_code == 404
    assert await count(base, "SELECT count(*) FROM lot_rejet WHERE lot = $1", made["lot"]) == 0
    assert await count(base, "SELECT count(*) FROM mesure WHERE source = 'oubli'") == 1


async def test_the_list_says_where_each_push_is(indicators: httpx2.AsyncClient, engine: AsyncEngine) -> None:
    key = make_key("lister", "indicateurs:pousser")
    paths = [await keep(indicators, key, make_rows(1), source="liste") for _ in range(3)]
    await work(engine, paths[1])
    listed = (await indicators.get("/v1/lots?limite=2", headers=key)).json()
    assert [f"/v1/lots/{each['lot']}" for each in listed["elements"]] == [paths[2], paths[1]]
    assert [each["etat"] for each in listed["elements"]] == ["RECU", "TERMINE"]
    rest = await indicators.get(f"/v1/lots?limite=2&curseur={listed['curseur_suivant']}", headers=key)
    assert [f"/v1/lots/{each['lot']}" for each in rest.json()["elements"]] == [paths[0]]
    assert json.loads(rest.content)["curseur_suivant"] is None
