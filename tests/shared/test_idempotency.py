"""``Idempotency-Key``: what is sent twice acts once, and both answers are the same."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated, Any, ClassVar

import httpx2
import pytest
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel
from sqlalchemy import MetaData, text
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import registry
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import SQLModel

from shared import clock
from shared.database import engine_for, get_session, transaction
from shared.errors import DonneesRefusees, DroitInsuffisant, Introuvable, Refus, ServiceIndisponible
from shared.idempotency import CleIgnoree, Demande, Reponse, forget_old, keyed_body, once
from shared.reading import read_rows
from shared.service_app import build_app
from shared.settings import IdentitySettings
from shared.tokens import Identite, exige
from shared.versions import NAMES
from tests.conftest import Base, client_of, execute

metadata = MetaData(schema="indicators", naming_convention=NAMES)


class Table(SQLModel, registry=registry(metadata=metadata)):
    metadata: ClassVar[MetaData] = metadata


class Idempotence(Table, Reponse, table=True):
    __tablename__ = "essai_idempotence"


class Corps(BaseModel):
    nom: str = ""


Session = Annotated[AsyncSession, Depends(get_session, scope="function")]
Ecriture = Annotated[Identite, Depends(exige("orientation:statistiques"))]
Envoi = Annotated[Demande[Corps], Depends(keyed_body(Corps))]
REFUSALS: dict[str, Refus | Exception] = {
    "refus": Introuvable(),
    "faute": DonneesRefusees(),
    "droit": DroitInsuffisant(),
    "absent": ServiceIndisponible(),
    "panne": RuntimeError("secret"),
}
router = APIRouter()
DIALECT: Any = dialect()  # type: ignore[no-untyped-call]
held, free = asyncio.Event(), asyncio.Event()


async def add(session: AsyncSession, nom: str, comment: str) -> Response:
    await session.execute(text("INSERT INTO essai_ecrit (nom) VALUES (:nom)"), {"nom": nom})
    if comment == "lent":
        held.set()
        await free.wait()
    if comment in REFUSALS:
        raise REFUSALS[comment]
    total = await session.scalar(text("SELECT count(*) FROM essai_ecrit"))
    headers = {"Location": f"/ecrits/{nom}", "ETag": '"é"'.encode().decode("latin-1")}
    return Response(f'{{"total": {total}}}', 201, headers, media_type="application/json")


@router.post("/ecrits")
async def create(request: Request, acces: Ecriture, demande: Envoi, session: Session, comment: str = "") -> Response:
    return await once(
        session,
        Idempotence,
        request=request,
        identite=acces,
        key=demande.cle,
        body=demande.octets,
        work=lambda: add(session, demande.corps.nom, comment),
    )


@router.put("/ecrits/{nom}")
async def replace(acces: Ecriture, nom: str, idempotency_key: CleIgnoree = None) -> dict[str, str]:
    return {"nom": nom}


@pytest.fixture(scope="module")
async def engine(base: Base) -> AsyncIterator[AsyncEngine]:
    made: Any = Idempotence.__table__  # type: ignore[attr-defined]
    parts: list[Any] = [CreateTable(made), *(CreateIndex(index) for index in made.indexes)]
    for part in parts:
        await execute(base.owner_url, str(part.compile(dialect=DIALECT)))
    await execute(base.owner_url, "CREATE TABLE indicators.essai_ecrit (nom text)")
    engine = engine_for(base.url_of("indicators").get_secret_value(), schema="indicators")
    yield engine
    await engine.dispose()


@pytest.fixture(scope="module")
async def client(engine: AsyncEngine, identity: IdentitySettings, bearer: Any) -> AsyncIterator[httpx2.AsyncClient]:
    app = build_app(name="essai", title="Essai", routers=[router], identity=identity, make_engine=lambda: engine)
    async with client_of(app) as made:
        made.headers.update(bearer("pilote"))
        yield made


async def post(client: httpx2.AsyncClient, cle: str, comment: str = "", nom: str = "a", **more: Any) -> httpx2.Response:
    return await client.post(f"/ecrits?comment={comment}", json={"nom": nom}, headers={"Idempotency-Key": cle, **more})


async def count(engine: AsyncEngine, table: str = "essai_ecrit", where: str = "true") -> int:
    async with transaction(engine) as session:
        rows = await read_rows(session, f"SELECT count(*) AS n FROM {table} WHERE {where}", {})
    return int(rows[0]["n"])


async def test_a_replay_gives_the_same_bytes_and_headers_and_says_so(
    client: httpx2.AsyncClient, engine: AsyncEngine
) -> None:
    first = await post(client, "rejeu")
    written = await count(engine)
    again = await post(client, "rejeu")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    own = ("idempotent-replayed", "x-request-id")
    assert [h for h in again.headers.raw if h[0].decode() not in own] == [
        h for h in first.headers.raw if h[0].decode() not in own
    ]
    assert await count(engine) == written


async def test_of_two_at_once_one_acts_and_the_other_is_told_to_wait(
    client: httpx2.AsyncClient, engine: AsyncEngine
) -> None:
    held.clear()
    free.clear()
    first = asyncio.create_task(post(client, "deux", "lent", "deux"))
    await held.wait()
    refused = await asyncio.wait_for(post(client, "deux", "lent", "deux"), 5)
    other_key = await asyncio.wait_for(post(client, "trois", nom="deux"), 5)
    free.set()
    assert (refused.status_code, refused.json()["code"]) == (409, "CLE_EN_COURS")
    assert int(refused.headers["retry-after"]) > 0
    assert other_key.status_code == 201
    assert (await first).status_code == 201
    assert (await post(client, "deux", "lent", "deux")).headers["idempotent-replayed"] == "true"
    assert await count(engine, where="nom = 'deux'") == 2


async def test_replays_at_once_all_get_the_answer(client: httpx2.AsyncClient) -> None:
    first = await post(client, "souvent")
    answers = await asyncio.gather(*(post(client, "souvent") for _ in range(8)))
    assert {answer.content for answer in answers} == {first.content}
    assert {answer.status_code for answer in answers} == {201}


@pytest.mark.parametrize(("comment", "nom"), [("", "autre"), ("autre", "a")], ids=["body", "query"])
async def test_a_key_that_served_another_request_is_refused(client: httpx2.AsyncClient, comment: str, nom: str) -> None:
    assert (await post(client, f"servi-{nom}")).status_code == 201
    answer = await post(client, f"servi-{nom}", comment, nom)
    assert (answer.status_code, answer.json()["code"]) == (422, "CLE_REUTILISEE")


async def test_a_key_belongs_to_its_caller(client: httpx2.AsyncClient, bearer: Any) -> None:
    mine = await post(client, "a-moi", nom="moi")
    other = await post(client, "a-moi", nom="autre", **bearer("agent"))
    assert (mine.status_code, other.status_code) == (201, 201)
    assert other.headers["location"] == "/ecrits/autre"


@pytest.mark.parametrize(("comment", "status"), [("refus", 404), ("faute", 422)])
async def test_a_refusal_undoes_the_work_and_is_replayed(
    client: httpx2.AsyncClient, engine: AsyncEngine, comment: str, status: int
) -> None:
    nom = f"nom-{comment}"
    first = await post(client, comment, comment, nom)
    again = await post(client, comment, comment, nom)
    assert (first.status_code, again.status_code) == (status, status)
    assert again.content == first.content
    assert again.headers["content-type"] == "application/problem+json"
    assert again.headers["idempotent-replayed"] == "true"
    assert await count(engine, where=f"nom = '{nom}'") == 0


@pytest.mark.parametrize(("comment", "status"), [("droit", 403), ("absent", 503), ("panne", 500)])
async def test_what_is_not_the_requests_fault_leaves_nothing(
    client: httpx2.AsyncClient, engine: AsyncEngine, comment: str, status: int
) -> None:
    for _ in range(2):
        answer = await post(client, comment, comment, comment)
        assert answer.status_code == status
        assert "idempotent-replayed" not in answer.headers
        assert "secret" not in answer.text
    assert await count(engine, where=f"nom = '{comment}'") == 0
    assert await count(engine, "essai_idempotence", f"cle = '{comment}'") == 0


async def test_the_request_may_be_sent_again_after_a_connection_is_lost(
    client: httpx2.AsyncClient, engine: AsyncEngine, base: Base
) -> None:
    held.clear()
    free.clear()
    first = asyncio.create_task(post(client, "perdu", "lent", "perdu"))
    await held.wait()
    others = f"datname = '{base.name}' AND pid <> pg_backend_pid()"
    await execute(base.owner_url, f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}")
    free.set()
    assert (await first).status_code == 503
    assert await count(engine, where="nom = 'perdu'") == 0
    assert (await post(client, "perdu", "lent", "perdu")).status_code == 201
    assert await count(engine, where="nom = 'perdu'") == 1


async def test_without_a_key_the_request_is_a_400_after_what_comes_before(
    client: httpx2.AsyncClient, bearer: Any
) -> None:
    answer = await client.post("/ecrits", json={"nom": 5})
    assert (answer.status_code, answer.json()["code"]) == (400, "CLE_REQUISE")
    answer = await client.post("/ecrits", content=b"{}", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415
    answer = await client.post("/ecrits", content=b"x" * (1 << 21), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert (await client.post("/ecrits", json={}, headers=bearer("lecteur"))).status_code == 403
    assert (await client.post("/ecrits", json={}, headers={"Authorization": "Bearer faux"})).status_code == 401


@pytest.mark.parametrize("cle", ["", "x" * 256, "a b", "clé", "\t", "a\x7f"])
async def test_a_malformed_key_is_refused_by_name(client: httpx2.AsyncClient, cle: str) -> None:
    header = [(b"Idempotency-Key", cle.encode("latin-1"))]
    answer = await client.post("/ecrits", json={"nom": "a"}, headers=httpx2.Headers([*header]))
    assert answer.status_code == 422
    assert [(fault["champ"], fault["code"]) for fault in answer.json()["erreurs"]] == [
        ("Idempotency-Key", "VALEUR_INVALIDE")
    ]


@pytest.mark.parametrize("cle", ["!", "~" * 255, "9f8c-1"])
async def test_any_visible_characters_are_a_key(client: httpx2.AsyncClient, cle: str) -> None:
    assert (await post(client, cle)).status_code == 201


async def test_a_put_takes_a_key_and_ignores_it(client: httpx2.AsyncClient, engine: AsyncEngine) -> None:
    for nom in ("a", "b"):
        answer = await client.put(f"/ecrits/{nom}", headers={"Idempotency-Key": "mise"})
        assert answer.json() == {"nom": nom}
    assert await count(engine, "essai_idempotence", "cle = 'mise'") == 0


async def test_an_old_answer_is_forgotten(client: httpx2.AsyncClient, engine: AsyncEngine) -> None:
    await post(client, "vieille")
    await post(client, "jeune")
    async with transaction(engine) as session:
        old = {"jour": clock.now() - timedelta(days=31)}
        await session.execute(text("UPDATE essai_idempotence SET cree_le = :jour WHERE cle = 'vieille'"), old)
        await forget_old(session, Idempotence)
    assert await count(engine, "essai_idempotence", "cle = 'vieille'") == 0
    assert await count(engine, "essai_idempotence", "cle = 'jeune'") == 1
    assert "idempotent-replayed" not in (await post(client, "vieille")).headers
