"""The database of an instance: embedded in its folder, or the one of ``DATABASE_URL``."""

import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import asyncpg
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from gateway.cli import say
from gateway.settings import SERVICES
from migrations.run import SCHEMAS, upgrade
from shared.data_files import DataFault
from shared.database import UNREACHABLE, role_of
from shared.embedded import EmbeddedServer
from shared.errors import ServiceIndisponible
from shared.postgresql import EmbeddedServerError


class AlreadyRunningError(Exception):
    """Another ``./spie`` holds the folder."""


class DatabaseError(Exception):
    """``DATABASE_URL`` cannot be used; the message says what to look at."""


class LoadError(Exception):
    """The plan's files are refused."""


@dataclass(frozen=True)
class Database:
    """An open database: the owner's URL, the roles' passwords and what the services are told."""

    owner_url: str
    passwords: dict[str, str]
    environment: dict[str, str]


@contextmanager
def holding(folder: Path) -> Iterator[None]:
    """Hold ``folder`` for this process. The kernel lets go of it whatever way the process ends."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "verrou").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            holder = lock.read().strip() or "?"
            raise AlreadyRunningError(
                f"{folder} sert déjà au processus {holder} : arrêtez-le, ou donnez un autre dossier avec --data"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


@asynccontextmanager
async def open_database(folder: Path) -> AsyncIterator[Database]:
    """Open ``DATABASE_URL``, else start the embedded PostgreSQL of ``folder``."""
    given = os.environ.get("DATABASE_URL")
    if given:
        check_url("DATABASE_URL", given)
        say("base de données : celle de DATABASE_URL")
        yield Database(given, _given_passwords(), {})
        return
    say("base de données : PostgreSQL embarqué")
    server = EmbeddedServer(folder)
    async with server.running():
        roles = [role_of(schema) for schema in SCHEMAS]
        urls = {f"{schema.upper()}_DATABASE_URL": server.url_for(role_of(schema)) for schema in SCHEMAS}
        hidden = {  # outside the database, as elsewhere
            "ORIENTATION_CLE_IDENTITE": server.password_of("identites"),
            "GATEWAY_POIVRE": server.password_of("cles"),
        }
        yield Database(server.owner_url, {role: server.password_of(role) for role in roles}, urls | hidden)


def _given_passwords() -> dict[str, str]:
    """Return the passwords that the services' own URLs name for their roles, so that these roles can log in."""
    passwords: dict[str, str] = {}
    for schema in SCHEMAS:
        url = make_url(os.environ.get(f"{schema.upper()}_DATABASE_URL") or "postgresql://")
        if url.username == role_of(schema) and url.password:
            passwords[role_of(schema)] = url.password
    return passwords


async def bring_up_to_date(database: Database) -> None:
    """Run the migrations."""
    say("migrations")
    try:
        await upgrade(database.owner_url, passwords=database.passwords)
    except REFUSALS as error:
        raise DatabaseError(f"{explain(error)} ; vérifiez DATABASE_URL, ./spie doctor en dit plus") from error


REFUSALS = (*UNREACHABLE, DBAPIError, asyncpg.PostgresError, TypeError)
"""What a database, or an address that is not one, makes the driver raise."""


def check_url(name: str, url: str) -> None:
    """Refuse what is not a PostgreSQL's address. Raises :class:`DatabaseError`, which keeps the address secret."""
    try:
        good = make_url(url).get_backend_name() == "postgresql"
    except (ArgumentError, ValueError):
        good = False
    if not good:
        raise DatabaseError(
            f"{name} n'est pas une adresse de la forme postgresql://compte:motdepasse@machine:port/base"
        )


def explain(error: BaseException) -> str:
    """Say what the database answered, without the statement or its values."""
    if isinstance(error, OSError | TimeoutError):
        return f"la base ne répond pas ({type(error).__name__})"
    cause = getattr(error, "orig", None) or error
    told = str(getattr(cause, "__cause__", None) or cause).strip().split("\n")[0]
    return f"la base refuse : {told[:200] or type(error).__name__}"


async def load_data() -> None:
    """Load the reviewed files of every service that has some. Raises :class:`LoadError`."""
    for service in SERVICES:
        module = import_module(f"services.{service}.load")
        if not hasattr(module, "load"):
            continue
        try:
            report = await module.load()
        except DataFault as fault:
            raise LoadError("\n".join([f"les fichiers du plan sont refusés ({service}) :", *fault.faults])) from fault
        except ServiceIndisponible as error:
            raise LoadError("la base ne répond plus pendant le chargement du plan") from error
        say(f"chargement ({service}) : {report}")


async def migrate_database(folder: Path, *, load: bool, plan: Path | None) -> int:
    """Bring the database to the present, and the plan when asked, then stop. Return the exit status."""
    try:
        if plan is not None:
            os.environ["SPIE_PLAN_DIR"] = str(plan_folder(plan))
        with holding(folder):
            async with open_database(folder) as database:
                await bring_up_to_date(database)
                if load:
                    os.environ.update(database.environment)
                    await load_data()
    except (AlreadyRunningError, DatabaseError, EmbeddedServerError, LoadError) as error:
        say(str(error))
        return 1
    say("la base est à jour")
    return 0


def plan_folder(folder: Path) -> Path:
    """Return the folder of a plan. Raises :class:`LoadError` when it holds none."""
    if not (folder / "catalogue" / "plan.yaml").is_file():
        raise LoadError(f"pas de plan dans {folder} : le fichier catalogue/plan.yaml y est attendu")
    return folder.resolve()
