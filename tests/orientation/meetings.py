"""How tests hold meetings of the RIO, enrol persons, and look at what happened to them."""

import asyncio
import json
import secrets
from datetime import date, timedelta
from typing import Any

import httpx2

from shared import clock
from tests.conftest import Base
from tests.indicators.keys import make_key
from tests.orientation.feeds import fetch

Key = dict[str, str]
AGENT = ("orientation:lire", "orientation:ecrire")


def agent(sujet: str = "agent-essais", **restrictions: Any) -> Key:
    """The key of an agent, restricted or not."""
    return make_key(sujet, *AGENT, **restrictions)


def day(ahead: int = 0) -> date:
    """The day in Paris, some days ahead."""
    return clock.today() + timedelta(days=ahead)


def a_meeting(debut: str | None = None, **more: Any) -> dict[str, Any]:
    """A meeting in Villeurbanne, in a month unless said."""
    debut = debut or f"{day(30)}T09:00"
    lieu = f"Salle {secrets.token_hex(3)}"
    return {"lieu": lieu, "commune": "69266", "debut": debut, "duree_minutes": 120, "capacite": 5, **more}


async def post(client: httpx2.AsyncClient, path: str, key: Key, body: Any, **own: str) -> httpx2.Response:
    """Post under a new key."""
    return await client.post(path, json=body, headers={"Idempotency-Key": secrets.token_hex(8), **key, **own})


async def hold(client: httpx2.AsyncClient, key: Key, debut: str | None = None, **more: Any) -> str:
    """Hold a meeting and return its identifier."""
    answer = await post(client, "/v1/rencontres", key, a_meeting(debut, **more))
    assert answer.status_code == 201, answer.text
    code: str = answer.json()["id"]
    return code


async def make_dossiers(base: Base, number: int, *, commune: str = "69266", ctm: str = "VILLEURBANNE") -> list[str]:
    """Make persons who were told of by a partner, and return their dossiers."""
    made = [f"dos-{secrets.token_hex(8)}" for _ in range(number)]
    now, today = clock.now(), clock.today() - timedelta(days=40)
    for code in made:
        query = "INSERT INTO dossier (id, commune, ctm, cree_le, modifie_le) VALUES ($1, $2, $3, $4, $4)"
        await fetch(base, query, code, commune, ctm, now)
        await add_event(base, code, today, "signalement")
    return made


async def add_event(base: Base, dossier: str, jour: date, nature: str, **contenu: Any) -> None:
    """Make something happen to a person."""
    query = """INSERT INTO evenement (id, dossier, date, type, contenu, acteur, enregistre_le)
      VALUES ($1, $2, $3, $4, $5::jsonb, 'essais', $6)"""
    await fetch(base, query, secrets.token_hex(8), dossier, jour, nature, json.dumps(contenu), clock.now())


async def events_of(base: Base, dossier: str) -> list[tuple[str, date, Any]]:
    """What happened to a person after being told of, in order of arrival."""
    query = """SELECT type, date, contenu FROM evenement
      WHERE dossier = $1 AND type <> 'signalement' ORDER BY rang"""
    return [(kind, when, json.loads(contenu)) for kind, when, contenu in await fetch(base, query, dossier)]


async def enrol(client: httpx2.AsyncClient, key: Key, rencontre: str, dossier: str) -> httpx2.Response:
    """Enrol a person."""
    return await post(client, f"/v1/rencontres/{rencontre}/inscriptions", key, {"dossier": dossier})


async def wait(client: httpx2.AsyncClient, key: Key, rencontre: str, dossier: str) -> httpx2.Response:
    """Put a person in the queue."""
    return await post(client, f"/v1/rencontres/{rencontre}/liste-attente", key, {"dossier": dossier})


async def give_back(
    client: httpx2.AsyncClient, key: Key, rencontre: str, inscription: str, motif: str = "SERVICE"
) -> httpx2.Response:
    """Give a seat back."""
    return await post(
        client, f"/v1/rencontres/{rencontre}/inscriptions/{inscription}/annulation", key, {"motif": motif}
    )


async def read(client: httpx2.AsyncClient, key: Key, path: str) -> Any:
    """Read what is there."""
    answer = await client.get(path, headers=key)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def elements(client: httpx2.AsyncClient, key: Key, path: str) -> list[dict[str, Any]]:
    """The elements of a list."""
    listed: list[dict[str, Any]] = (await read(client, key, path))["elements"]
    return listed


async def all_at_once(*asked: Any) -> list[httpx2.Response]:
    """Send requests at once."""
    return list(await asyncio.gather(*asked))


def outcomes(answers: list[httpx2.Response]) -> dict[tuple[int, str], int]:
    """Count the answers by status and, for refusals, code."""
    named = [(each.status_code, each.json()["code"] if each.status_code >= 400 else "") for each in answers]
    return {name: named.count(name) for name in named}


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    """The status and code of a refusal."""
    return answer.status_code, answer.json()["code"]


def faults(answer: httpx2.Response) -> set[tuple[str, str]]:
    """The places and codes of the faults of a refusal."""
    assert answer.status_code == 422, answer.text
    return {(each["champ"], each["code"]) for each in answer.json()["erreurs"]}
