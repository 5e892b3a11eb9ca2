"""How tests write rule sets, and bring them to publication."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any

import httpx2
from pydantic import SecretStr

from services.orientation.app import create_app
from services.orientation.settings import Settings
from shared import clock
from shared.settings import IdentitySettings
from tests.conftest import Base, client_of

Key = dict[str, str]
PATH = "/v1/regles"
FIRST = "rio-2022.1"
KEY_OF_PERSONS = SecretStr("cle-des-essais-" * 3)


def in_days(number: int) -> str:
    """A day, so many days from today."""
    return str(clock.today() + timedelta(days=number))


def eve(day: str) -> str:
    """The day before."""
    return str(date.fromisoformat(day) - timedelta(days=1))


@asynccontextmanager
async def service_on(base: Base, identity: IdentitySettings) -> AsyncIterator[httpx2.AsyncClient]:
    """A process of the service on a database."""
    settings = Settings(database_url=base.url_of("orientation"), identity=identity, cle_identite=KEY_OF_PERSONS)
    async with client_of(create_app(settings)) as client:
        yield client


async def post(client: httpx2.AsyncClient, path: str, key: Key, json: Any = None) -> httpx2.Response:
    """Post under a new key; without a body when there is none."""
    headers = {"Idempotency-Key": secrets.token_hex(8), **key}
    return await client.post(path, headers=headers, **({} if json is None else {"json": json}))


async def draft(client: httpx2.AsyncClient, key: Key, **given: Any) -> dict[str, Any]:
    """Write a draft from the first rule set."""
    answer = await post(client, PATH, key, {"depuis": FIRST, **given})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def edit(client: httpx2.AsyncClient, key: Key, shown: dict[str, Any], **own: str) -> httpx2.Response:
    """Put a draft as it was read, then changed."""
    path = f"{PATH}/{shown['version']}"
    etag = (await client.get(path, headers=key)).headers["etag"]
    return await client.put(path, json=shown, headers={"If-Match": etag, **key, **own})


def with_value(shown: dict[str, Any], code: str, valeur: int) -> dict[str, Any]:
    """The same with another value of a parameter."""
    parametres = [
        {**each, "valeurs": [{**v, "valeur": valeur} for v in each["valeurs"]]} if each["code"] == code else each
        for each in shown["parametres"]
    ]
    return {**shown, "parametres": parametres}


async def prepare(client: httpx2.AsyncClient, key: Key, version: str, cas: list[Any] | None = None) -> None:
    """Play the cases of a draft and simulate it."""
    played = await post(client, f"{PATH}/{version}/cas", key, None if cas is None else {"cas": cas})
    assert played.status_code == 200, played.text
    simulated = await post(client, "/v1/simulations", key, {"version": version})
    assert simulated.json()["enregistree"], simulated.text


async def publish(client: httpx2.AsyncClient, key: Key, version: str, json: Any = None) -> httpx2.Response:
    """Ask for the publication of a draft."""
    return await post(client, f"{PATH}/{version}/publication", key, json)


def codes(answer: httpx2.Response) -> list[tuple[str, str]]:
    """The faults of a problem: place and kind."""
    return [(fault["champ"], fault["code"]) for fault in answer.json()["erreurs"]]
