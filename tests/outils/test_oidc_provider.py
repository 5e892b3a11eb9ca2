"""An issuer that others wrote: its tokens open what they say, and nothing more; its keys change; it goes away."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest

from services.catalogue.app import create_app
from services.catalogue.settings import Settings
from shared import issuers
from shared.settings import IdentitySettings
from tests.conftest import Base, client_of
from tests.outils.issuer import Issuer, make_key

pytestmark = pytest.mark.outils
SCOPES = "catalogue:ecrire indicateurs:pousser"


@pytest.fixture
def issuer_process() -> Iterator[Issuer]:
    made = Issuer(scopes=SCOPES)
    yield made
    made.stop()


@pytest.fixture
async def service(base: Base, issuer_process: Issuer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    """The catalogue, which believes the issuer by its discovery document, and asks again as soon as it may."""
    monkeypatch.setattr(issuers, "RETRY_SECONDS", 0.0)
    identity = IdentitySettings(issuer=issuer_process.url, jwks_url=issuer_process.url + issuers.DISCOVERY)
    async with client_of(create_app(Settings(database_url=base.url_of("catalogue"), identity=identity))) as client:
        yield client


async def read(service: httpx2.AsyncClient, token: str) -> int:
    return (await service.get("/v1/plan", headers={"Authorization": f"Bearer {token}"})).status_code


async def write(service: httpx2.AsyncClient, token: str) -> int:
    """Without ``If-Match``: 428 says that the right was there."""
    headers = {"Authorization": f"Bearer {token}"}
    return (await service.patch("/v1/fiches/11", headers=headers, json={"note": "Essai"})).status_code


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_its_tokens_open_what_they_say_and_nothing_more(
    service: httpx2.AsyncClient, issuer_process: Issuer, algorithm: str
) -> None:
    await asyncio.to_thread(issuer_process.start, make_key(algorithm))
    writer, reader = await issuer_process.token("catalogue:ecrire"), await issuer_process.token()
    other = await issuer_process.token("indicateurs:pousser")
    assert [await read(service, token) for token in (writer, reader, other)] == [200, 200, 200]
    assert [await write(service, token) for token in (writer, reader, other)] == [428, 403, 403]
    head, claims, signature = writer.split(".")
    assert await read(service, f"{head}.{claims}.{signature[::-1]}") == 401


async def test_a_new_key_is_fetched_and_what_the_old_one_signed_is_refused(
    service: httpx2.AsyncClient, issuer_process: Issuer
) -> None:
    await asyncio.to_thread(issuer_process.start, make_key("ES256"))
    before = await issuer_process.token("catalogue:ecrire")
    assert await write(service, before) == 428
    await asyncio.to_thread(issuer_process.start, make_key("RS256"))
    assert await write(service, await issuer_process.token("catalogue:ecrire")) == 428
    assert await write(service, before) == 401


async def test_its_last_keys_are_believed_while_it_is_away(service: httpx2.AsyncClient, issuer_process: Issuer) -> None:
    await asyncio.to_thread(issuer_process.start, make_key("ES256"))
    token = await issuer_process.token("catalogue:ecrire")
    assert await write(service, token) == 428
    await asyncio.to_thread(issuer_process.stop)
    assert await write(service, token) == 428


async def test_without_any_key_of_it_a_token_is_neither_believed_nor_refused(
    service: httpx2.AsyncClient, issuer_process: Issuer
) -> None:
    await asyncio.to_thread(issuer_process.start, make_key("ES256"))
    token = await issuer_process.token()
    await asyncio.to_thread(issuer_process.stop)
    answer = await service.get("/v1/plan", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)


async def test_a_token_for_somebody_else_or_of_another_algorithm_is_refused(
    service: httpx2.AsyncClient, issuer_process: Issuer
) -> None:
    await asyncio.to_thread(issuer_process.start, make_key("ES256"), audience="un-autre")
    assert await read(service, await issuer_process.token()) == 401
    await asyncio.to_thread(issuer_process.start, make_key("PS256"))
    assert await read(service, await issuer_process.token()) == 401
