"""An issuer that others wrote: its tokens open what they say, and nothing more; its keys change; it goes away."""

import asyncio
import json
import os
import secrets
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from joserfc.jwk import ECKey, KeySet, RSAKey

from services.catalogue.app import create_app
from services.catalogue.settings import Settings
from shared import issuers
from shared.settings import IdentitySettings
from tests.conftest import Base, client_of
from tests.gateway.servers import refusing_url
from tests.outils.installation import npm

pytestmark = pytest.mark.outils
SCOPES = "catalogue:ecrire indicateurs:pousser"
Key = RSAKey | ECKey


def make_key(algorithm: str) -> Key:
    parameters: Any = {"kid": secrets.token_hex(4), "use": "sig", "alg": algorithm}
    if algorithm in ("RS256", "PS256"):
        return RSAKey.generate_key(2048, parameters)
    return ECKey.generate_key("P-256", parameters)


class Issuer:
    """The process of the issuer, which may be stopped and started with another key at the same address."""

    def __init__(self) -> None:
        self.url, self._secret = refusing_url(), secrets.token_urlsafe(24)
        self._tools = npm("oidc-provider@9.13.3")
        self._process: subprocess.Popen[str] | None = None

    def start(self, key: Key, *, audience: str = "spie") -> None:
        self.stop()
        told = {"PORT": self.url.rpartition(":")[2], "ALG": str(key.alg), "AUDIENCE": audience, "SCOPES": SCOPES}
        told |= {"JWKS": json.dumps(KeySet([key]).as_dict(private=True)), "SECRET": self._secret}
        self._process = subprocess.Popen(
            ["node", str(Path(__file__).parent / "emetteur.mjs")],
            env={"PATH": os.environ["PATH"], "TOOLS": str(self._tools), **told},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == "ready"

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    async def token(self, scope: str = "") -> str:
        """Ask for an access token as a client does (RFC 6749 §4.4, RFC 8707)."""
        form = {"grant_type": "client_credentials", "resource": "urn:spie:api", "scope": scope}
        async with httpx2.AsyncClient(auth=("portail", self._secret)) as client:
            answer = await client.post(f"{self.url}/token", data=form)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])


@pytest.fixture
def issuer_process() -> Iterator[Issuer]:
    made = Issuer()
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
