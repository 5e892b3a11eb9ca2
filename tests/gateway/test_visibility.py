"""Who sees what everyone sees shares the ready bytes; nobody else does, and a credential is checked each time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from gateway.cli.identity import LIFETIME
from shared.settings import IdentitySettings
from tests.gateway.test_cache import Counter, door

pytestmark = pytest.mark.usefixtures("always_fresh")
Bearer = Callable[[str], dict[str, str]]


@pytest.fixture
def always_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.cache.FRESH_SECONDS", 3600.0)


async def test_a_key_that_opens_nothing_shares_what_everyone_reads(identity: IdentitySettings, bearer: Bearer) -> None:
    service = Counter()
    async with door(service, identity=identity) as client:
        answers = [await client.get("/v1/x", headers=headers) for headers in (bearer("lecteur"), {}, bearer("lecteur"))]
    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"un")] * 3
    assert service.reads == 1


@pytest.mark.parametrize("role", ["partenaire", "agent", "pilote", "admin"])
async def test_a_key_that_opens_something_is_always_answered_by_the_service(
    identity: IdentitySettings, bearer: Bearer, role: str
) -> None:
    service = Counter()
    async with door(service, identity=identity) as client:
        for headers in ({}, bearer(role), bearer(role)):
            assert (await client.get("/v1/x", headers=headers)).status_code == 200
    assert (service.reads, service.authorizations) == (3, 2)


async def test_a_wrong_credential_never_reads_from_the_cache(identity: IdentitySettings, bearer: Bearer) -> None:
    service = Counter()
    good = bearer("lecteur")["Authorization"]
    wrong = [good[:-4] + "AAAA", "Bearer ", "Basic x", "Bearer spie_x", good + " " + good, "Bearer a.b.c"]
    async with door(service, identity=identity) as client:
        await client.get("/v1/x")
        for value in wrong:
            await client.get("/v1/x", headers={"Authorization": value})
    assert service.authorizations == len(wrong)


async def test_a_key_that_has_expired_since_no_longer_reads_from_the_cache(
    identity: IdentitySettings, bearer: Bearer
) -> None:
    service = Counter()
    async with door(service, identity=identity) as client:
        await client.get("/v1/x", headers=bearer("lecteur"))
        with time_machine.travel(datetime.now(UTC) + LIFETIME + timedelta(minutes=1), tick=False):
            await client.get("/v1/x", headers=bearer("lecteur"))
    assert service.reads == 2


async def test_what_a_service_says_is_not_for_all_is_not_kept(identity: IdentitySettings, bearer: Bearer) -> None:
    service = Counter(cache_control="no-store")
    async with door(service, identity=identity) as client:
        for headers in (bearer("lecteur"), bearer("lecteur"), {}):
            await client.get("/v1/x", headers=headers)
    assert service.reads == 3
