"""Reads that join services: what each gives alone, in one answer, that survives the absence of one of them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from starlette.types import Receive, Scope, Send

from gateway.cli.identity import DevelopmentIssuer
from gateway.own_app import own_app
from gateway.settings import Settings
from gateway.usages import Usages
from shared.errors import ServiceIndisponible
from tests.conftest import Base, client_of
from tests.gateway.contract import DOCUMENT, faults_of
from tests.gateway.whole import whole_product

FICHE, PLAN = "/v1/fiches/30/tableau", "/v1/plan/tableau"
Bearer = Callable[[str], dict[str, str]]


@pytest.fixture(scope="module")
async def client(base: Base, issuer: DevelopmentIssuer) -> AsyncIterator[httpx2.AsyncClient]:
    async with whole_product(base, issuer) as made:
        yield made


async def read(client: httpx2.AsyncClient, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_fiche_comes_with_where_its_indicators_stand(client: httpx2.AsyncClient) -> None:
    joined = await read(client, FICHE)
    assert joined["fiche"] == await read(client, "/v1/fiches/30")
    alone = await read(client, "/v1/tableaux/plan?fiche=30")
    assert joined["indicateurs"] == alone["fiches"][0]["indicateurs"]
    assert [each["code"] for each in joined["indicateurs"]] == [each["code"] for each in joined["fiche"]["indicateurs"]]
    assert (joined["territoire"], joined["parties_indisponibles"]) == ("69M", [])


async def test_a_fiche_without_indicators_comes_with_an_empty_list(client: httpx2.AsyncClient) -> None:
    joined = await read(client, "/v1/fiches/14/tableau")
    assert (joined["fiche"]["indicateurs"], joined["indicateurs"]) == ([], [])
    assert (joined["territoire"], joined["parties_indisponibles"]) == ("69M", [])


async def test_the_whole_plan_comes_in_one_answer(client: httpx2.AsyncClient) -> None:
    joined = await read(client, PLAN)
    assert joined["plan"] | {"axes": joined["axes"]} == await read(client, "/v1/plan")
    assert [len(joined[name]) for name in ("axes", "fiches")] == [7, 38]
    assert joined["tableau"] == (await read(client, "/v1/tableaux/plan"))["fiches"]


@pytest.mark.parametrize(("path", "template"), [(FICHE, "/v1/fiches/{numero}/tableau"), (PLAN, PLAN)])
async def test_a_joined_read_is_what_the_contract_describes_and_is_confirmed_by_its_etag(
    client: httpx2.AsyncClient, path: str, template: str
) -> None:
    answer = await client.get(path)
    schema = DOCUMENT["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert faults_of(answer.json(), schema) == []
    assert answer.headers["cache-control"] == "no-cache"
    again = await client.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_a_change_of_a_fiche_is_seen_in_what_joins_it(client: httpx2.AsyncClient, bearer: Bearer) -> None:
    before = await client.get(FICHE)
    etag = (await client.get("/v1/fiches/30")).headers["etag"]
    change = {"statut": "en-cours", "note": "Vue dans le tableau"}
    changed = await client.patch("/v1/fiches/30", json=change, headers={"If-Match": etag, **bearer("pilote")})
    assert changed.status_code == 200, changed.text
    after = await client.get(FICHE)
    assert after.json()["fiche"]["note"] == "Vue dans le tableau"
    assert after.headers["etag"] != before.headers["etag"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/fiches/999/tableau", 404, "FICHE_INCONNUE"),
        ("/v1/fiches/30/tableau?plan=autre", 422, "DONNEES_REFUSEES"),
        ("/v1/plan/tableau?territoire=NULLE-PART", 422, "DONNEES_REFUSEES"),
        ("/v1/plan/tableau?au=2026-01-01", 422, "DONNEES_REFUSEES"),
    ],
)
async def test_what_a_service_refuses_is_refused_in_its_own_words(
    client: httpx2.AsyncClient, path: str, status: int, code: str
) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"].startswith("application/problem+json")


@asynccontextmanager
async def door_before(**services: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """The door's own application, before services that act as told."""
    app = own_app(Settings(), services, None, Usages())
    async with client_of(app) as client:
        yield client


async def be_away(scope: Scope, receive: Receive, send: Send) -> None:
    raise ServiceIndisponible


def answering(status: int, body: bytes) -> Any:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        assert dict(scope["headers"])[b"accept-language"] == b"en"
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": body})

    return answer


async def test_a_service_that_is_away_leaves_its_part_null_and_says_so() -> None:
    board = b'{"territoire": "69M", "fiches": [{"indicateurs": [{"code": "30.I1"}]}], "publie_le": null}'
    async with door_before(catalogue=be_away, indicators=answering(200, board)) as client:
        answer = await client.get(FICHE, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    assert answer.json() == {
        "fiche": None,
        "indicateurs": [{"code": "30.I1"}],
        "territoire": "69M",
        "publie_le": None,
        "parties_indisponibles": ["catalogue"],
    }
    assert (answer.headers["cache-control"], "etag" in answer.headers) == ("no-store", False)


@pytest.mark.parametrize(("status", "body"), [(503, b"{}"), (500, b"{}"), (200, b"<html>"), (200, b"\xff")])
async def test_a_service_that_answers_nothing_of_use_is_away_too(status: int, body: bytes) -> None:
    async with door_before(catalogue=answering(status, body), indicators=answering(504, b"")) as client:
        answer = await client.get(PLAN, headers={"Accept-Language": "en"})
    assert answer.json() == {
        "plan": None,
        "axes": None,
        "fiches": None,
        "tableau": None,
        "territoire": None,
        "publie_le": None,
        "parties_indisponibles": ["catalogue", "indicators"],
    }
