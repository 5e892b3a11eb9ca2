"""One request, one transaction, one commit: what fails is undone and said; each role sees its own schema."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import APIRouter, Depends
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from shared.database import MissingDatabaseError, engine_for, engine_of, get_session, transaction
from shared.errors import Introuvable, ServiceIndisponible
from shared.service_app import build_app
from shared.settings import IdentitySettings, ServiceSettings
from tests.conftest import Base, client_of, execute

SCHEMAS = ["catalogue", "indicators", "orientation"]
TABLES = {"catalogue": "fiche_version", "indicators": "indicateur_version"}
AWAY = "postgresql://spie_catalogue:mot@/spie?host=%2Fnulle%2Fpart"
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]
INSERT = text("INSERT INTO essai (id, parent) VALUES (:id, :parent)")
router = APIRouter()


@router.post("/essais/{id}", status_code=201)
async def create(session: Session, id: int, parent: int | None = None) -> str:  # noqa: A002
    await session.execute(INSERT, {"id": id, "parent": parent})
    return "créé"


@router.post("/essais/{id}/refus", status_code=201)
async def create_then_refuse(session: Session, id: int) -> str:  # noqa: A002
    await session.execute(INSERT, {"id": id, "parent": None})
    raise Introuvable


@router.post("/essais/{id}/mort", status_code=201)
async def create_then_lose_the_server(session: Session, id: int) -> str:  # noqa: A002
    await session.execute(INSERT, {"id": id, "parent": None})
    mine = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
    async with AsyncSession(session.bind) as other:
        await other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": mine})
    return "créé"


@router.get("/essais")
async def list_essais(session: Session) -> list[int]:
    return list((await session.execute(text("SELECT id FROM essai ORDER BY id"))).scalars())


def settings(**urls: str | None) -> ServiceSettings:
    given: dict[str, Any] = {"database_url": None, "owner_database_url": None}
    return ServiceSettings(**given | {name: SecretStr(url) if url else None for name, url in urls.items()})


@pytest.fixture(scope="module")
async def essais(base: Base) -> Base:
    """A table of which a fault is seen at the commit only."""
    await execute(
        base.owner_url,
        "CREATE TABLE catalogue.essai (id int PRIMARY KEY,"
        " parent int REFERENCES catalogue.essai DEFERRABLE INITIALLY DEFERRED)",
    )
    return base


def app_on(make_engine: Callable[[], AsyncEngine]) -> Any:
    return build_app(
        name="essai", title="Essai", routers=[router], identity=IdentitySettings(), make_engine=make_engine
    )


@pytest.fixture(scope="module")
async def client(essais: Base) -> AsyncIterator[httpx2.AsyncClient]:
    url = essais.url_of("catalogue").get_secret_value()
    async with client_of(app_on(lambda: engine_for(url, schema="catalogue"))) as made:
        yield made


@pytest.fixture
async def away() -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(app_on(lambda: engine_for(AWAY, schema="catalogue"))) as made:
        yield made


async def scalar(engine: AsyncEngine, query: str) -> Any:
    try:
        async with transaction(engine) as session:
            return (await session.execute(text(query))).scalar_one()
    finally:
        await engine.dispose()


@pytest.mark.parametrize("schema", SCHEMAS)
async def test_with_the_owners_url_a_service_takes_its_own_role(base: Base, schema: str) -> None:
    engine = engine_of(settings(owner_database_url=base.owner_url), schema)
    assert await scalar(engine, "SELECT current_user") == f"spie_{schema}"


@pytest.mark.parametrize("own_role", [True, False], ids=["its own URL", "the owner's URL"])
@pytest.mark.parametrize("schema", SCHEMAS)
async def test_a_service_cannot_read_the_tables_of_another(base: Base, schema: str, *, own_role: bool) -> None:
    urls = {"database_url": base.url_of(schema).get_secret_value()} if own_role else {}
    for other, table in TABLES.items():
        engine = engine_of(settings(owner_database_url=base.owner_url, **urls), schema)
        query = f"SELECT count(*) FROM {other}.{table}"
        if other == schema:
            assert await scalar(engine, query) > 0
        else:
            with pytest.raises(ProgrammingError, match="permission denied for schema"):
                await scalar(engine, query)


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE autre (id int)", "DROP TABLE fiche_version", "TRUNCATE fiche_version"]
)
async def test_a_service_cannot_change_its_own_tables(base: Base, statement: str) -> None:
    engine = engine_of(settings(owner_database_url=base.owner_url), "catalogue")
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        await scalar(engine, statement)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("search_path", "catalogue"),
        ("statement_timeout", "20s"),
        ("TimeZone", "UTC"),
        ("application_name", "spie-catalogue"),
    ],
)
async def test_every_connection_is_set_for_its_service(base: Base, name: str, value: str) -> None:
    engine = engine_of(settings(owner_database_url=base.owner_url), "catalogue")
    assert await scalar(engine, f"SHOW {name}") == value


def test_a_service_without_a_database_says_what_to_give() -> None:
    with pytest.raises(MissingDatabaseError, match="CATALOGUE_DATABASE_URL ou DATABASE_URL"):
        engine_of(settings(), "catalogue")


async def test_a_request_that_succeeds_is_kept(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/essais/1")).status_code == 201
    assert 1 in (await client.get("/essais")).json()


async def test_a_commit_that_fails_does_not_answer_success(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/essais/2?parent=999")
    assert answer.status_code == 500
    assert answer.json()["code"] == "ERREUR_INTERNE"
    assert 2 not in (await client.get("/essais")).json()


async def test_a_connection_lost_before_the_commit_is_a_503(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/essais/3/mort")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert 3 not in (await client.get("/essais")).json()


async def test_a_refused_request_leaves_nothing_behind(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/essais/4/refus")).status_code == 404
    assert 4 not in (await client.get("/essais")).json()


async def test_a_service_finds_its_database_again_by_itself(client: httpx2.AsyncClient, essais: Base) -> None:
    assert (await client.get("/essais")).status_code == 200
    others = f"datname = '{essais.name}' AND pid <> pg_backend_pid()"
    await execute(essais.owner_url, f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others}")
    assert (await client.get("/essais")).status_code in (200, 503)
    assert (await client.get("/essais")).status_code == 200


@pytest.mark.parametrize("path", ["/essais", "/sante/pret"])
async def test_a_database_that_is_away_is_a_503_that_says_when_to_come_back(
    away: httpx2.AsyncClient, path: str
) -> None:
    answer = await away.get(path)
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["code"] == "SERVICE_INDISPONIBLE"
    assert "nulle" not in answer.text


async def test_a_process_is_alive_even_without_its_database(away: httpx2.AsyncClient) -> None:
    answer = await away.get("/sante/vivant")
    assert (answer.status_code, answer.json()) == (200, {"service": "essai", "etat": "vivant"})


async def test_a_service_that_has_its_database_is_ready(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/sante/pret")
    assert (answer.status_code, answer.json()) == (200, {"service": "essai", "etat": "pret"})


async def test_a_connection_lost_during_a_statement_is_named_so(base: Base) -> None:
    engine = engine_for(base.url_of("catalogue").get_secret_value(), schema="catalogue")
    with pytest.raises(ServiceIndisponible):
        await scalar(engine, "SELECT pg_terminate_backend(pg_backend_pid())")


@pytest.mark.parametrize("host", ["127.0.0.1:9", "hote-absent.invalid"])
async def test_a_database_that_cannot_be_reached_is_named_so(host: str) -> None:
    engine = engine_of(settings(database_url=f"postgresql://spie:mot@{host}/spie"), "catalogue")
    with pytest.raises(ServiceIndisponible):
        await scalar(engine, "SELECT 1")
