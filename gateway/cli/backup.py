"""``./spie sauvegarde`` and ``./spie restauration``: the four schemas in one file, without any secret.

The file is a tar of ``manifeste.json`` (what it is, the revision of each schema, a digest) and of what ``pg_dump``
wrote.
"""

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, make_url, text

from gateway.cli import say
from gateway.cli.database import (
    REFUSALS,
    AlreadyRunningError,
    DatabaseError,
    check_url,
    explain,
    holding,
    open_database,
)
from migrations.run import LOCK, SCHEMAS, config_for, create_extensions, create_roles, owner_engine, upgrade
from shared import clock
from shared.embedded import EmbeddedServer
from shared.postgresql import EmbeddedServerError, find_binaries

FORMAT = "spie-sauvegarde-1"
MANIFEST, DUMP = "manifeste.json", "base.dump"
LEFT_OUT = " DEFAULT ACL "  # of the owner who made them; migrations give them again, once the tables stand
CONNECTION = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "host": "PGHOST", "port": "PGPORT"}


class BackupError(Exception):
    """The backup cannot be made or used; the message says why."""


async def run_backup(folder: Path, file: Path) -> int:
    """Write the database of the instance to ``file``, the instance running or not. Return the exit status."""
    try:
        async with _database_to_save(folder) as url:
            await save(url, file)
    except (AlreadyRunningError, BackupError, DatabaseError, EmbeddedServerError) as error:
        say(str(error))
        return 1
    say(f"sauvegarde écrite dans {file}")
    say(f"les secrets n'y sont pas, gardez-les à part : {_secrets_of(folder)}")
    return 0


async def run_restore(folder: Path, file: Path) -> int:
    """Fill the empty database of the instance with ``file``. Return the exit status."""
    try:
        _check_secret(folder)
        with holding(folder):
            async with open_database(folder) as database:
                await restore(database.owner_url, file, database.passwords)
    except (AlreadyRunningError, BackupError, DatabaseError, EmbeddedServerError) as error:
        say(str(error))
        return 1
    say(f"la base est restaurée et à jour ; il lui faut les secrets d'alors : {_secrets_of(folder)}")
    return 0


async def save(url: str, file: Path) -> None:
    """Write the four schemas of ``url`` to ``file``, whole or not at all. Raises :class:`BackupError`."""
    folder = _folder_of(file)
    engine = owner_engine(url)
    try:
        with tempfile.TemporaryDirectory(prefix=".sauvegarde-", dir=folder) as partial:
            async with engine.connect() as connection:
                await connection.execute(text(LOCK))  # no migration meanwhile
                revisions = await connection.run_sync(_revisions)
                await asyncio.to_thread(_dump, url, Path(partial) / DUMP)
                await connection.rollback()
            await asyncio.to_thread(_pack, Path(partial), revisions, file)
    except REFUSALS as error:
        told = (
            f"{file} ne peut être écrit" if isinstance(error, PermissionError | FileNotFoundError) else explain(error)
        )
        raise BackupError(told) from error
    finally:
        await engine.dispose()


async def restore(url: str, file: Path, passwords: Mapping[str, str] | None = None) -> None:
    """Fill the empty database ``url`` with ``file``, then migrate it to the present. Raises :class:`BackupError`."""
    engine = owner_engine(url)
    try:
        with tempfile.TemporaryDirectory(prefix="spie-restauration-") as unpacked:
            dump = Path(unpacked) / DUMP
            manifest = await asyncio.to_thread(_unpack, file, dump)
            async with engine.begin() as connection:
                await connection.run_sync(_make_ready, manifest["revisions"], passwords or {})
            await asyncio.to_thread(_load, url, dump)
        await upgrade(url, passwords=passwords)
    except REFUSALS as error:
        raise BackupError(explain(error)) from error
    finally:
        await engine.dispose()


@asynccontextmanager
async def _database_to_save(folder: Path) -> AsyncIterator[str]:
    """Give the owner's URL: of ``DATABASE_URL``, of an embedded server that runs, else of one started for this."""
    given = os.environ.get("DATABASE_URL")
    if given:
        check_url("DATABASE_URL", given)
        yield given
        return
    if not (folder / "postgresql").exists():
        raise BackupError(f"pas d'instance dans {folder} : donnez son dossier avec --data, ou DATABASE_URL")
    lock = holding(folder)
    try:
        lock.__enter__()
    except AlreadyRunningError:
        server = EmbeddedServer(folder)
        server.join()
        yield server.owner_url
        return
    try:
        async with open_database(folder) as database:
            yield database.owner_url
    finally:
        lock.__exit__(None, None, None)


def _folder_of(file: Path) -> Path:
    if file.exists():
        raise BackupError(f"{file} existe déjà : donnez un autre nom")
    return file.resolve().parent


def _check_secret(folder: Path) -> None:
    """Refuse to make a new secret: with another one, nobody in the backup would be recognised any more."""
    if not os.environ.get("DATABASE_URL") and not (folder / "secret").exists():
        raise BackupError(f"{folder / 'secret'} manque : remettez-y d'abord celui de l'instance sauvegardée")


def _secrets_of(folder: Path) -> str:
    if os.environ.get("DATABASE_URL"):
        return "ORIENTATION_CLE_IDENTITE, GATEWAY_POIVRE, GATEWAY_CLE_SIGNATURE et les mots de passe des rôles"
    return str(folder / "secret")


def _revisions(connection: Connection) -> dict[str, str]:
    """Return where each schema stands. Raises :class:`BackupError` on a database that is not the product's."""
    found = {}
    for schema in SCHEMAS:
        if (
            connection.execute(text("SELECT to_regclass(:name)"), {"name": f"{schema}.alembic_version"}).scalar()
            is None
        ):
            raise BackupError(f"le schéma {schema} manque dans cette base : lancez ./spie migrate")
        found[schema] = connection.execute(text(f"SELECT version_num FROM {schema}.alembic_version")).scalar_one()
    return found


def _make_ready(connection: Connection, revisions: dict[str, str], passwords: Mapping[str, str]) -> None:
    """Make what the dump leans on. Refuses a database that holds something, and what a newer product wrote."""
    tables = "SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace(:schema)"
    for schema in SCHEMAS:
        if connection.execute(text(tables), {"schema": schema}).scalar_one():
            raise BackupError(
                f"le schéma {schema} de cette base n'est pas vide : une restauration part d'une base vide"
            )
        try:
            ScriptDirectory.from_config(config_for(connection, schema)).get_revision(revisions[schema])
        except CommandError:
            raise BackupError(
                f"la sauvegarde vient d'une version plus récente ({schema} : {revisions[schema]})"
            ) from None
    create_extensions(connection)
    create_roles(connection, passwords)
    for schema in SCHEMAS:  # the dump makes them; rights by default would give back what it takes from the services
        connection.execute(text(f"DROP SCHEMA IF EXISTS {schema}"))


def _dump(url: str, dump: Path) -> None:
    chosen = [f"--schema={schema}" for schema in SCHEMAS]
    with dump.open("xb") as output:
        _run("pg_dump", url, "--format=custom", "--no-password", *chosen, stdout=output)


def _load(url: str, dump: Path) -> None:
    listed = dump.with_suffix(".liste")
    with listed.open("xb") as output:
        _run("pg_restore", url, "--list", str(dump), stdout=output)
    kept = [line for line in listed.read_text().splitlines() if LEFT_OUT not in line]
    listed.write_text("\n".join(kept))
    base = make_url(url).database or "postgres"
    options = ("--single-transaction", "--no-owner", "--no-password", f"--use-list={listed}", f"--dbname={base}")
    _run("pg_restore", url, *options, str(dump))


def _run(program: str, url: str, *arguments: str, stdout: Any = subprocess.DEVNULL) -> None:
    """Run one of PostgreSQL's programs; the password goes by its environment."""
    done = subprocess.run(  # noqa: S603
        [find_binaries().folder / program, *arguments],
        env=_environment(url),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode != 0:  # the first line only: the others may show rows
        told = [line for line in done.stderr.decode(errors="replace").splitlines() if "error:" in line]
        raise BackupError(f"{program} a échoué : {(told or ['?'])[0][:200]}")


def _environment(url: str) -> dict[str, str]:
    address = make_url(url)
    given = {"PGHOST": address.host, "PGPORT": address.port, "PGUSER": address.username}
    given |= {"PGPASSWORD": address.password, "PGDATABASE": address.database}
    given |= {CONNECTION[name]: str(value) for name, value in address.query.items() if name in CONNECTION}
    known = {name: str(value) for name, value in given.items() if value}
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **known}


def _pack(partial: Path, revisions: dict[str, str], file: Path) -> None:
    manifest = {
        "format": FORMAT,
        "faite_le": clock.now().isoformat(),
        "revisions": revisions,
        "sha256": _digest(partial / DUMP),
    }
    (partial / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n")
    whole = partial / "entier"
    whole.touch(mode=0o600)
    with tarfile.open(whole, "w") as archive:
        for name in (MANIFEST, DUMP):
            archive.add(partial / name, arcname=name)
    with whole.open("rb") as written:
        os.fsync(written.fileno())
    os.link(whole, file)  # never over another file


def _unpack(file: Path, dump: Path) -> dict[str, Any]:
    """Write the dump of ``file`` to ``dump`` and return the manifest. Raises :class:`BackupError`."""
    try:
        with tarfile.open(file, "r:") as archive:
            manifest = json.loads(_member(archive, MANIFEST).read())
            with dump.open("xb") as output:
                shutil.copyfileobj(_member(archive, DUMP), output)
        good = (
            manifest["format"] == FORMAT
            and manifest["sha256"] == _digest(dump)
            and set(manifest["revisions"]) == set(SCHEMAS)
        )
    except (tarfile.TarError, KeyError, ValueError, TypeError, EOFError) as error:
        raise BackupError(f"{file} n'est pas une sauvegarde entière de SPIE") from error
    except OSError as error:
        raise BackupError(f"{file} ne peut être lu ({type(error).__name__})") from error
    if not good:
        raise BackupError(f"{file} n'est pas une sauvegarde entière de SPIE")
    return dict(manifest)


def _member(archive: tarfile.TarFile, name: str) -> Any:
    found = archive.extractfile(name)
    if found is None:
        raise ValueError(name)
    return found


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
