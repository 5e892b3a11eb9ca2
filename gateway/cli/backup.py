"""``./spie sauvegarde`` and ``./spie restauration``: the whole database in one file, by PostgreSQL's own programs."""

import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import make_url, text

from gateway.cli import say
from gateway.cli.database import AlreadyRunningError, DatabaseError, bring_up_to_date, holding, open_database
from migrations.run import SCHEMAS, owner_engine, prepare
from shared.embedded import DATABASE, SUPERUSER, EmbeddedServer
from shared.postgresql import EmbeddedServerError, find_binaries

KEPT_APART = (
    "À garder à part, la sauvegarde ne les contient pas : ORIENTATION_CLE_IDENTITE (sans elle, plus personne n'est "
    "reconnu), GATEWAY_POIVRE (sans lui, plus aucune clé de partenaire n'ouvre) et les autres secrets ; en mode "
    "embarqué, le fichier « secret » du dossier de l'instance les tient tous."
)
MARK = "SCHEMA - catalogue"
TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = ANY(:schemas)"


class BackupError(Exception):
    """A backup cannot be made or restored; the message says why."""


async def run_backup(data: Path, target: Path) -> int:
    """Back up the database of an instance, running or not. Return the exit status."""
    try:
        async with _reaching(data) as url:
            dump(url, target)
    except (BackupError, DatabaseError, EmbeddedServerError) as error:
        say(str(error))
        return 1
    say(f"sauvegarde : {target}")
    say(KEPT_APART)
    return 0


async def run_restore(data: Path, source: Path) -> int:
    """Restore a backup into an instance that holds nothing, and bring it to the present. Return the exit status."""
    try:
        with holding(data):
            async with open_database(data) as database:
                await restore(database.owner_url, source)
                await bring_up_to_date(database)
    except (AlreadyRunningError, BackupError, DatabaseError, EmbeddedServerError) as error:
        say(str(error))
        return 1
    say("restauration faite ; ./spie up ou les services peuvent démarrer")
    say(KEPT_APART)
    return 0


def dump(url: str, target: Path) -> None:
    """Write a backup, whole or not at all, readable by its owner only. Raises :class:`BackupError`."""
    partial = target.with_name(f"{target.name}.partiel")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    try:
        _run("pg_dump", url, "--format=custom", "--no-owner", f"--file={partial}")
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


async def restore(url: str, source: Path) -> None:
    """Bring a backup into an empty database, in one transaction. Raises :class:`BackupError`: nothing is written."""
    if MARK not in _run("pg_restore", None, "--list", str(source)):
        raise BackupError(f"{source} n'est pas une sauvegarde de ce produit")
    engine = owner_engine(url)
    try:
        async with engine.begin() as connection:
            if (await connection.execute(text(TABLES), {"schemas": list(SCHEMAS)})).scalar_one():
                raise BackupError("la base tient déjà des données : restaurez dans un dossier ou une base vide")
            await connection.run_sync(prepare, {})  # the roles, which the backup names
            for schema in SCHEMAS:
                await connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    finally:
        await engine.dispose()
    database = make_url(url).database or DATABASE
    options = ("--no-owner", "--exit-on-error", "--single-transaction")
    _run("pg_restore", url, *options, f"--dbname={database}", str(source))


def _run(program: str, url: str | None, *arguments: str) -> str:
    """Run a program of PostgreSQL; what it needs to connect is in its environment, where nobody else reads it."""
    done = subprocess.run(  # noqa: S603
        [find_binaries().folder / program, *(["--no-password"] if url else []), *arguments],
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", **(_environment_of(url) if url else {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BackupError(f"{program} a échoué : {done.stderr.strip()[-500:]}")
    return done.stdout


def _environment_of(url: str) -> dict[str, str]:
    parts = make_url(url)
    host = parts.query.get("host") or parts.host
    found = {
        "PGHOST": host if isinstance(host, str) else None,
        "PGPORT": str(parts.port) if parts.port else None,
        "PGUSER": parts.username,
        "PGPASSWORD": parts.password,
        "PGDATABASE": parts.database,
    }
    return {name: value for name, value in found.items() if value}


@asynccontextmanager
async def _reaching(data: Path) -> AsyncIterator[str]:
    """Give the owner's address of the database of an instance, which may be running."""
    try:
        with holding(data):
            async with open_database(data) as database:
                yield database.owner_url
    except AlreadyRunningError:
        yield os.environ.get("DATABASE_URL") or _running_url(data)


def _running_url(data: Path) -> str:
    lines = (data / "postgresql" / "postmaster.pid").read_text().splitlines()
    password = EmbeddedServer(data).password_of(SUPERUSER)
    return f"postgresql://{SUPERUSER}:{password}@/{DATABASE}?host={quote(lines[4], safe='')}"
