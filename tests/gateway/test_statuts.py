"""Every documented status of every operation is given by the product, and whatever it gives is documented."""

import json
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import asyncpg
import httpx2
import pytest
from starlette.types import Receive, Scope, Send

from gateway.addresses import read_addresses
from gateway.cli.identity import DevelopmentIssuer
from gateway.door import MOST_QUERY, Gateway
from gateway.settings import SERVICES, Settings
from shared.errors import ErreurInterne, Refus, iter_refus
from shared.idempotency import _lock_of
from tests.conftest import Base, execute
from tests.gateway.scenario import BY_ID, Play, example_body, opened, operation_of, play_all, query_of, takes
from tests.gateway.whole import whole_product

Bearer = Callable[[str], dict[str, str]]
WRITES = {name: operation_of(name) for name in BY_ID if "requestBody" in operation_of(name)}
UNKNOWN = {"numero": "9999"}
ADDRESSES = read_addresses()
NARROW = {
    "libelle": "Une commune",
    "portees": ["indicateurs:lire-brut"],
    "sources": ["essai"],
    "grandeurs": ["30.I1.a"],
    "territoires": ["69266"],
}
BY_UPSTREAM = ("500", "502", "503", "504")
"""Statuses that come when something is away: the door is put before a service that gives each one."""


@pytest.fixture(scope="module")
async def play(base: Base, issuer: DevelopmentIssuer, bearer: Bearer) -> AsyncIterator[Play]:
    """Everything that is documented, provoked."""
    async with whole_product(base, issuer) as client:
        play = Play(client, bearer)
        await play_all(play)
        for provoke in (credentials, absences, queries, bodies, conditions, conflicts):
            await provoke(play)
        await running(play, base)
        await without_plan(play, base)
        await away(play)
        await crowd(play)
        for name in BY_ID:
            await play.do(name, query=f"?{'x' * (MOST_QUERY + 1)}")
        yield play


@pytest.mark.parametrize("name", BY_ID)
def test_every_documented_status_of_an_operation_is_given(play: Play, name: str) -> None:
    assert set(operation_of(name)["responses"]) - play.seen[name] == set(), "never given"


def sent(play: Play, name: str) -> dict[str, Any]:
    """Return a body that was taken, and its type; nothing where there is none."""
    headers, content = play.sent.get(name, ({}, b""))
    return {"body": content, "media_type": headers["Content-Type"]} if content else {}


def guard(name: str, etag: str = "*") -> dict[str, Any]:
    """Return the condition without which an operation changes nothing."""
    return {"If_Match": etag} if takes(name, "If-Match") else {}


async def credentials(play: Play) -> None:
    """A credential that nobody issued; one that does not carry the right."""
    for name in BY_ID:
        await play.do(name, Authorization="Bearer faux")
        if "403" in operation_of(name)["responses"] and operation_of(name)["security"]:
            answer = await play.do(name, role="lecteur", query=query_of(name))
            assert answer.status_code == 403, name
    issued = await play.ok("gateway_issue_cle", NARROW)
    narrow = f"Bearer {issued['cle']}"
    await play.do("indicators_list_valeurs", query="?grandeur=30.I1.a&territoire=69M", Authorization=narrow)


async def absences(play: Play) -> None:
    """What does not exist."""
    for name, shown in BY_ID.items():
        places = {place: UNKNOWN.get(place, "inconnu") for place in play.places.get(name, {})}
        known = dict(play.places.get(name, {}))
        if "404" in operation_of(name)["responses"] and "{" in shown:
            await play.do(name, places=places, query=query_of(name), **sent(play, name), **guard(name))
            play.places[name] = known
    absent = {"version": "rio-1999.1"}
    whole = {**json.loads(play.sent["orientation_put_regles"][1]), **absent}
    await play.do("orientation_put_regles", whole, places=absent, If_Match="*")
    play.places["orientation_put_regles"] = play.places["orientation_read_jeu"]
    nobody = {**example_body("orientation_add_reorientation"), "dossier": "dos-inconnu"}
    await play.do("orientation_add_reorientation", nobody)


async def queries(play: Play) -> None:
    """A parameter that nothing knows; a body that is read and is not what is wanted."""
    for name in BY_ID:
        if "422" not in operation_of(name)["responses"]:
            continue
        query = query_of(name)
        if name in WRITES:
            media_type = next(iter(WRITES[name]["requestBody"]["content"]))
            answer = await play.do(name, b'"essai"', media_type=media_type, query=query, **guard(name))
        else:
            answer = await play.do(name, query=f"{query or '?'}&inconnu=1")
        assert answer.status_code == 422, f"{name}: {answer.status_code} {answer.text[:200]}"


async def bodies(play: Play) -> None:
    """What cannot be read, is too large, or is of another type; a key that is missing."""
    for name, operation in WRITES.items():
        media_type, query = next(iter(operation["requestBody"]["content"])), query_of(name)
        await play.do(name, b"{", media_type=media_type, query=query, **guard(name))
        await play.do(name, b"{}", media_type="application/xml", query=query, **guard(name))
        await play.do(name, b"{}", media_type=media_type, query=query, Content_Length=str(1 << 40), **guard(name))
    for name in BY_ID:
        if takes(name, "Idempotency-Key") and name not in WRITES:
            path = play.address(name)
            play.note(name, await play.client.post(path, headers=play.key_for(name)))


async def conditions(play: Play) -> None:
    """A state that is not the present one, or none named."""
    for name in BY_ID:
        if takes(name, "If-Match"):
            for condition in (guard(name, '"autre"'), {}):
                await play.do(name, query=query_of(name), **sent(play, name), **condition)


async def conflicts(play: Play) -> None:
    """What the state refuses, where no key is needed."""
    older = {**example_body("indicators_put_mesure"), "valeur": 1, "extrait_le": "2020-01-01T00:00:00Z"}
    await play.do("indicators_put_mesure", older, query="?source=essai")
    place = {"code": "une-autre"}
    await play.do("indicators_put_source", example_body("indicators_put_source"), places=place, If_None_Match="*")
    await play.do("orientation_add_simulation", {"version": "rio-1999.1"})
    await play.do("orientation_replay_orientation", places=await erased(play))
    published = await play.do("orientation_read_jeu", role="pilote")
    etag = published.headers["etag"]
    await play.do("orientation_put_regles", published.json(), If_Match=etag)
    cancelled = play.places["orientation_cancel_rencontre"]
    etag = await play.etag("orientation_read_rencontre", **cancelled)
    change = example_body("orientation_change_rencontre")
    await play.do("orientation_change_rencontre", change, places=cancelled, If_Match=etag)


async def erased(play: Play) -> dict[str, str]:
    """Return where the proposal of a person stands who was erased since."""
    place = {"id": await opened(play)}
    proposed = await play.ok("orientation_propose_orientation", {}, places=place)
    await play.ok("orientation_erase_dossier_identity", places=place)
    return {**place, "oid": proposed["id"]}


async def without_plan(play: Play, base: Base) -> None:
    """No plan was known then; then none is known: neither to the catalogue nor to the indicators."""
    for name in BY_ID:
        if takes(name, "plan") and takes(name, "au"):
            await play.do(name, query=f"{query_of(name) or '?'}&au=2000-01-01T00:00:00Z")
    for schema in ("catalogue", "indicators"):
        await execute(base.owner_url, f"UPDATE {schema}.plan_version SET connu_au = now()")
    for name in BY_ID:
        if (takes(name, "plan") and not takes(name, "au")) or name == "indicators_add_millesime":
            await play.do(name, query=query_of(name), **sent(play, name), **guard(name))
    await play.do("indicators_push_lot", example_body("indicators_push_lot"))


async def running(play: Play, base: Base) -> None:
    """A request under a key that another one, not yet finished, holds."""
    connection = await asyncpg.connect(base.owner_url)
    try:
        for name, shown in BY_ID.items():
            if shown.startswith("POST ") and "409" in operation_of(name)["responses"]:
                await same_key(play, connection, name)
    finally:
        await connection.close()


async def same_key(play: Play, connection: asyncpg.Connection, name: str) -> None:
    """Hold a key as a request in progress does, and send another under it."""
    service, key = operation_of(name)["x-service"], secrets.token_hex(8)
    module = "gateway.models" if service == "gateway" else f"services.{service}.models"
    role = next(role for role in ("partenaire", "agent", "pilote", "admin") if play.may(name, role))
    number = _lock_of(import_module(module).Idempotence, (f"dev-{role}", key))
    await connection.execute("SELECT pg_advisory_lock($1)", number)
    answer = await play.do(name, role=role, query=query_of(name), Idempotency_Key=key, **sent(play, name))
    await connection.execute("SELECT pg_advisory_unlock($1)", number)
    assert answer.status_code == 409, f"{name}: {answer.status_code} {answer.text[:300]}"


class Failing:
    """A service of which every answer is the same refusal, or a fault of its own."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raise self._error


def failures() -> Iterator[tuple[str, Exception]]:
    """Return what gives each status, by that status."""
    known: dict[str, type[Refus]] = {str(each.status): each for each in reversed(list(iter_refus()))}
    for status in BY_UPSTREAM:
        if status in known:
            refus = known[status]
            shown = Refus.__new__(refus)
            Refus.__init__(shown)
            yield status, RuntimeError("essai") if refus is ErreurInterne else shown


async def away(play: Play) -> None:
    """Each status that a service gives when it fails, or the door when a service does: a new door each time."""
    for status, error in failures():
        for name in BY_ID:
            if status in operation_of(name)["responses"]:
                upstreams = dict.fromkeys((*SERVICES, "gateway"), Failing(error))
                door = Gateway(Settings(limite=0), upstreams, ADDRESSES)
                assert await ask(play, door, name) == int(status), name


async def crowd(play: Play) -> None:
    """One request too many."""
    door = Gateway(
        Settings(limite=1), dict.fromkeys((*SERVICES, "gateway"), Failing(ErreurInterne())), read_addresses()
    )
    for name in ["catalogue_read_plan", *(name for name in BY_ID if "429" in operation_of(name)["responses"])]:
        last = await ask(play, door, name)
    assert last == 429


async def ask(play: Play, door: Gateway, name: str) -> int:
    """Ask ``door`` for an operation, and note what it answers."""
    transport = httpx2.ASGITransport(app=door)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.request(BY_ID[name].partition(" ")[0], play.address(name))
    play.note(name, answer)
    return answer.status_code
