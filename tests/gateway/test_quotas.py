"""How many requests a caller may send; one over its limit disturbs nobody else."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
import time_machine

from gateway.upstreams import AsgiUpstream
from shared.settings import IdentitySettings
from tests.gateway.servers import gateway_before
from tests.gateway.test_cache import Counter

Bearer = Callable[[str], dict[str, str]]
A, B, PROXY = "192.0.2.1", "192.0.2.2", "10.0.0.9"


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(datetime.now(UTC), tick=False) as traveller:
        yield traveller


class Door:
    """The door with a limit of three requests a minute, called from an address."""

    def __init__(self, **settings: Any) -> None:
        self._app = gateway_before(AsgiUpstream(Counter()), limite=3, limite_secondes=60, **settings)

    async def get(self, address: str, path: str = "/v1/x", **headers: str) -> httpx2.Response:
        transport = httpx2.ASGITransport(app=self._app, client=(address, 1))
        async with httpx2.AsyncClient(transport=transport, base_url="http://porte") as client:
            return await client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


async def test_over_its_limit_a_caller_is_told_when_to_come_back_and_another_is_unaffected() -> None:
    door = Door()
    told = [(await door.get(A)).headers["ratelimit"] for _ in range(3)]
    assert [each.split(";")[:2] for each in told] == [['"defaut"', f"r={left}"] for left in (2, 1, 0)]
    refused = await door.get(A)
    problem = refused.json()
    assert (refused.status_code, problem["code"], problem["type"]) == (
        429,
        "TROP_DE_REQUETES",
        "/problemes/TROP_DE_REQUETES",
    )
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["ratelimit-policy"] == '"defaut";q=3;w=60'
    assert (await door.get(B)).status_code == 200


async def test_who_waits_is_let_in_again(clock: Any) -> None:
    door = Door()
    answers = [await door.get(A) for _ in range(4)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    clock.shift(timedelta(seconds=121))
    assert (await door.get(A)).status_code == 200


async def test_a_caller_is_its_credential_wherever_it_calls_from(identity: IdentitySettings, bearer: Bearer) -> None:
    door = Door(identity=identity)
    lecteur = bearer("lecteur")["Authorization"]
    for address in (A, B, A):
        assert (await door.get(address, authorization=lecteur)).status_code == 200
    assert (await door.get(B, authorization=lecteur)).status_code == 429
    assert (await door.get(B, authorization=bearer("pilote")["Authorization"])).status_code == 200
    assert (await door.get(B)).status_code == 200


async def test_bad_credentials_count_against_the_address_that_sends_them(identity: IdentitySettings) -> None:
    door = Door(identity=identity)
    answers = [await door.get(A, authorization=f"Bearer faux.{number}.x") for number in range(4)]
    assert answers[-1].status_code == 429


async def test_what_a_stranger_says_of_its_address_changes_nothing() -> None:
    door = Door(mandataires=["10.0.0.0/8"])
    answers = [await door.get(A, x_forwarded_for=f"203.0.113.{number}") for number in range(4)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429]


async def test_a_trusted_proxy_is_believed_from_the_nearest_on() -> None:
    door = Door(mandataires=["10.0.0.0/8"])
    for number in range(4):  # the caller writes the first part itself
        last = await door.get(PROXY, x_forwarded_for=f"198.51.100.{number}, {A}, 10.0.0.1")
    assert last.status_code == 429
    assert (await door.get(PROXY, x_forwarded_for=f"{B}, 10.0.0.1")).status_code == 200


async def test_an_ipv6_network_is_one_caller() -> None:
    door = Door()
    answers = [await door.get(f"2001:db8:0:1::{number}") for number in range(1, 5)]
    assert answers[-1].status_code == 429
    assert (await door.get("2001:db8:0:2::1")).status_code == 200


async def test_health_is_never_counted() -> None:
    door = Door()
    answers = [await door.get(A, "/sante/vivant") for _ in range(5)]
    assert {each.status_code for each in answers} == {404}  # this door has no such page, and no limit to it
    assert "ratelimit" not in answers[0].headers
