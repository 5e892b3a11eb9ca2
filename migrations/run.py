"""Brings a database to the present: extensions, schemas, roles, then each service's own Alembic history.

Runs as the owner of the database; services never do. Two runs at once wait for each other.
"""

import io
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

SCHEMAS = ("catalogue", "indicators", "orientation", "gateway")
LOCK = "SELECT pg_advisory_lock(hashtext('spie.migrations'))"
UNLOCK = "SELECT pg_advisory_unlock(hashtext('spie.migrations'))"
HERE = Path(__file__).parent


def owner_engine(url: str) -> AsyncEngine:
    """Return an engine for the owner of the database."""
    return create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), connect_args={"timeout": 10})


async def upgrade(url: str, *, passwords: Mapping[str, str] | None = None, revision: str = "head") -> None:
    """Bring every schema to ``revision``. ``passwords`` lets roles log in (embedded mode); else they cannot."""
    await _run(url, lambda config: command.upgrade(config, revision), passwords=passwords)


async def downgrade(url: str, *, revision: str = "base") -> None:
    """Take every schema back to ``revision``; the roles and schemas stay."""
    await _run(url, lambda config: command.downgrade(config, revision))


async def check(url: str) -> None:
    """Raise ``alembic.util.CommandError`` when the tables differ from the models."""
    await _run(url, command.check)


async def _run(url: str, action: Callable[[Config], None], *, passwords: Mapping[str, str] | None = None) -> None:
    engine = owner_engine(url)
    try:
        async with engine.connect() as lock:
            await lock.execute(text(LOCK))
            try:
                async with engine.begin() as connection:
                    await connection.run_sync(prepare, passwords or {})
                for schema in SCHEMAS:
                    async with engine.begin() as connection:
                        await connection.run_sync(_act, schema, action)
            finally:
                await lock.execute(text(UNLOCK))
    finally:
        await engine.dispose()


def _act(connection: Connection, schema: str, action: Callable[[Config], None]) -> None:
    action(config_for(connection, schema))


def config_for(connection: Connection, schema: str) -> Config:
    """Return Alembic's configuration of one service's history."""
    config = Config(stdout=io.StringIO())  # progress is told by who calls
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(HERE / schema).replace("%", "%%"))
    models = "gateway.models" if schema == "gateway" else f"services.{schema}.models"
    metadata: MetaData = import_module(models).metadata
    config.attributes.update(schema=schema, connection=connection, metadata=metadata)
    return config


def prepare(connection: Connection, passwords: Mapping[str, str]) -> None:
    """Create what the histories stand on; every statement may be repeated."""
    create_extensions(connection)
    create_roles(connection, passwords)
    for schema in SCHEMAS:
        role = f"spie_{schema}"
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
        connection.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO {role}"))
        defaults = f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT"
        connection.execute(text(f"{defaults} SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}"))
        connection.execute(text(f"{defaults} USAGE ON SEQUENCES TO {role}"))


def create_extensions(connection: Connection) -> None:
    """Create the extensions that tables and queries use."""
    for extension in ("unaccent", "btree_gist"):
        connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {extension} WITH SCHEMA public"))


def create_roles(connection: Connection, passwords: Mapping[str, str]) -> None:
    """Create the role of each schema; those of ``passwords`` may log in."""
    for schema in SCHEMAS:
        role = f"spie_{schema}"
        if not connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}).scalar():
            connection.execute(text(f"CREATE ROLE {role} NOLOGIN NOINHERIT"))
        connection.execute(text(f"GRANT {role} TO CURRENT_USER"))
        if role in passwords:
            quoted = connection.execute(text("SELECT quote_literal(:word)"), {"word": passwords[role]}).scalar_one()
            connection.execute(text(f"ALTER ROLE {role} LOGIN PASSWORD {quoted}"))
