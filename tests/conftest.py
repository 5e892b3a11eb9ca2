"""What every test stands on: one real PostgreSQL a worker, a database a module, tokens of a test issuer."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text

from gateway.cli.identity import DevelopmentIssuer, make_issuer
from gateway.settings import SERVICES
from migrations.run import owner_engine, upgrade
from services.catalogue.app import create_app as create_catalogue
from services.catalogue.load import load as load_catalogue
from services.catalogue.settings import Settings as CatalogueSettings
from services.indicators.app import create_app as create_indicators
from services.indicators.load import load as load_indicators
from services.indicators.settings import Settings as IndicatorsSettings
from services.orientation.app import create_app as create_orientation
from services.orientation.settings import Settings as OrientationSettings
from shared.database import role_of
from shared.embedded import SUPERUSER, EmbeddedServer
from shared.settings import IdentitySettings
from tests.processes import Door, start_door
from tests.watching import look_async

TEMPLATE = "modele"


@dataclass(frozen=True)
class Base:
    """A database of a test: the URL of each role."""

    server: EmbeddedServer
    name: str

    @property
    def owner_url(self) -> str:
        return self.server.url_for(SUPERUSER, self.name)

    def url_of(self, schema: str) -> SecretStr:
        return SecretStr(self.server.url_for(role_of(schema), self.name))


@pytest.fixture(scope="session")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedServer]:
    """A PostgreSQL of this worker, with a template database that holds the whole plan."""
    server = EmbeddedServer(tmp_path_factory.mktemp("cluster"), durable=False)
    async with server.running():
        await execute(server.owner_url, f"CREATE DATABASE {TEMPLATE}")
        template = Base(server, TEMPLATE)
        schemas = ("catalogue", "gateway", "indicators", "orientation")
        passwords = {role_of(schema): server.password_of(role_of(schema)) for schema in schemas}
        await upgrade(template.owner_url, passwords=passwords)
        await load_catalogue(CatalogueSettings(database_url=template.url_of("catalogue")))
        await load_indicators(IndicatorsSettings(database_url=template.url_of("indicators")))
        yield server


async def execute(url: str, statement: str) -> None:
    """Run one statement as the owner, outside any transaction."""
    engine = owner_engine(url)
    try:
        async with engine.connect() as connection:
            autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await autocommit.execute(text(statement))
    finally:
        await engine.dispose()


MakeBase = Callable[..., Any]


@pytest.fixture(scope="session")
def make_base(cluster: EmbeddedServer) -> MakeBase:
    """Give a new database: a copy of the loaded plan, or an empty migrated one."""
    made: list[str] = []

    @asynccontextmanager
    async def make(template: str = TEMPLATE) -> AsyncIterator[Base]:
        name = f"essai_{len(made)}"
        made.append(name)
        await execute(cluster.owner_url, f"CREATE DATABASE {name} TEMPLATE {template}")
        yield Base(cluster, name)
        await execute(cluster.owner_url, f"DROP DATABASE {name} WITH (FORCE)")

    return make


@pytest.fixture(scope="module")
async def base(make_base: MakeBase) -> AsyncIterator[Base]:
    """A database of this module, with the whole plan."""
    async with make_base() as made:
        yield made


@pytest.fixture
async def own_base(make_base: MakeBase) -> AsyncIterator[Base]:
    """A database of this test alone, with the whole plan."""
    async with make_base() as made:
        yield made


@pytest.fixture(scope="session")
def issuer() -> DevelopmentIssuer:
    """The issuer whose tokens the services under test believe."""
    return make_issuer()


@pytest.fixture(scope="session")
def identity(issuer: DevelopmentIssuer) -> IdentitySettings:
    """The settings that make services believe :func:`issuer`."""
    known = issuer.environment
    return IdentitySettings(issuer=known["IDENTITY_ISSUER"], jwks=known["IDENTITY_JWKS"])


@pytest.fixture(scope="session")
def bearer(issuer: DevelopmentIssuer) -> Callable[[str], dict[str, str]]:
    """Return the header of a role's key."""
    return lambda role: {"Authorization": f"Bearer {issuer.keys[role]}"}


@asynccontextmanager
async def client_of(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """A client that calls ``app`` in this process, its lifespan running; a service keeps to its contract."""
    hooks = {"response": [look_async]} if app.state.name in SERVICES else {}
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test", event_hooks=hooks) as client:
            yield client


@pytest.fixture(scope="module")
async def catalogue(base: Base, identity: IdentitySettings) -> AsyncIterator[httpx2.AsyncClient]:
    """The catalogue service on this module's database."""
    app = create_catalogue(CatalogueSettings(database_url=base.url_of("catalogue"), identity=identity))
    async with client_of(app) as client:
        yield client


@pytest.fixture(scope="module")
async def indicators(base: Base, identity: IdentitySettings) -> AsyncIterator[httpx2.AsyncClient]:
    """The indicators service on this module's database."""
    app = create_indicators(IndicatorsSettings(database_url=base.url_of("indicators"), identity=identity))
    async with client_of(app) as client:
        yield client


@pytest.fixture(scope="module")
async def orientation(base: Base, identity: IdentitySettings) -> AsyncIterator[httpx2.AsyncClient]:
    """The orientation service on this module's database."""
    settings = OrientationSettings(
        database_url=base.url_of("orientation"), identity=identity, cle_identite=SecretStr("cle-des-essais-" * 3)
    )
    async with client_of(create_orientation(settings)) as client:
        yield client


@pytest.fixture(scope="module", params=["embedded", "separate"])
def door(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The whole product, started by ``up``: in one process, then with a process for each service."""
    folder: Path = tmp_path_factory.mktemp(f"porte-{request.param}")
    with start_door(folder, separate=request.param == "separate") as running:
        yield running


@pytest.fixture(scope="module")
def embedded_door(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The whole product in one process."""
    with start_door(tmp_path_factory.mktemp("porte")) as running:
        yield running


__all__ = ["Base", "Door", "MakeBase", "client_of", "execute"]
