"""How tests act as the agents who keep dossiers, each of whose keys may be restricted to a territory."""

import itertools
import secrets
from typing import Any

import httpx2

from tests.indicators.keys import make_key

Row = dict[str, Any]
RIGHTS = ("orientation:lire", "orientation:ecrire")
NUMBERS = itertools.count(7_000_000)


def agent(sujet: str = "agent-essai", **restrictions: Any) -> dict[str, str]:
    """The key of an agent."""
    return make_key(sujet, *RIGHTS, **restrictions)


def someone(**more: Any) -> Row:
    """An identity of which nobody has heard."""
    return {"matricule": str(next(NUMBERS)), "numorg": "691", "date_naissance": "1990-04-01", **more}


async def post(client: httpx2.AsyncClient, path: str, key: Row, body: Any, **own: str) -> httpx2.Response:
    """Post under a new key, or with the headers given."""
    return await client.post(path, json=body, headers={"Idempotency-Key": secrets.token_hex(8), **key, **own})


async def opened(client: httpx2.AsyncClient, key: Row, **body: Any) -> str:
    """Open a dossier and return its id."""
    answer = await post(client, "/v1/dossiers", key, {"identite": someone(), **body})
    assert answer.status_code == 201, answer.text
    code: str = answer.json()["id"]
    return code


async def happened(client: httpx2.AsyncClient, key: Row, code: str, *evenements: Row) -> None:
    """Add events to a dossier, all of which are taken."""
    for each in evenements:
        answer = await post(client, f"/v1/dossiers/{code}/evenements", key, each)
        assert answer.status_code == 201, answer.text


async def read(client: httpx2.AsyncClient, key: Row, path: str) -> Any:
    """Read what is there."""
    answer = await client.get(path, headers=key)
    assert answer.status_code == 200, answer.text
    return answer.json()


def faults_of(answer: httpx2.Response) -> list[tuple[str, str]]:
    """The faults of a problem: place, kind."""
    return [(each["champ"], each["code"]) for each in answer.json()["erreurs"]]
