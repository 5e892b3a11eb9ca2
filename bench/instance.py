"""One product instance with many measurements stored, for the jobs that need them: its folder outlives its servers."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, TypeVar

import asyncpg

from bench import BenchError
from bench.jobs import UP, Candidate
from bench.seed import Seeded, seed
from bench.servers import running
from gateway.cli import say
from shared.embedded import DATABASE, PORT, SUPERUSER, EmbeddedServer

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Found = TypeVar("Found")
# Without the door's cache, which would answer for the service.
WITHOUT_CACHE = {"GATEWAY_CACHE_BYTES": "0"}


@dataclass(frozen=True)
class Database:
    """The owner's way into a database of the embedded PostgreSQL of a running instance."""

    socket: str
    password: str
    name: str = DATABASE

    @property
    def environment(self) -> dict[str, str]:
        """What PostgreSQL's own programs read."""
        return {
            "PGHOST": self.socket,
            "PGPORT": str(PORT),
            "PGUSER": SUPERUSER,
            "PGPASSWORD": self.password,
            "PGDATABASE": self.name,
        }

    async def connect(self) -> Connection:
        """Open a connection that sees what the service sees."""
        return await asyncpg.connect(
            host=self.socket,
            port=PORT,
            user=SUPERUSER,
            password=self.password,
            database=self.name,
            server_settings={"search_path": "indicators", "synchronous_commit": "off", "timezone": "UTC"},
        )

    def run(self, work: Callable[[Connection], Awaitable[Found]]) -> Found:
        """Do ``work`` on a connection of its own."""

        async def connected() -> Found:
            connection = await self.connect()
            try:
                return await work(connection)
            finally:
                await connection.close()

        return asyncio.run(connected())


@dataclass(frozen=True)
class Door:
    """The running product: its door, its process, its keys, its database, what it holds."""

    port: int
    pid: int
    keys: dict[str, str]
    database: Database
    seeded: Seeded

    def authorization(self, role: str) -> dict[str, str]:
        """Return the header of a role."""
        return {"authorization": f"Bearer {self.keys[role]}"}


class Instance:
    """The folder of an instance, and how many measurements it may be given."""

    def __init__(self, folder: Path, most: int) -> None:
        self._folder = folder
        self._most = most

    @contextmanager
    def serving(self, measurements: int, *, worker: bool = False) -> Iterator[Door]:
        """Run the product on a database that holds ``measurements``, or the most allowed.

        Without ``worker`` nothing is published meanwhile: that is the job of another process, ``./spie worker``.
        """
        settings = {**WITHOUT_CACHE, "SPIE_WORKER": str(worker).lower()}
        with running(Candidate("porte", UP, settings), self._folder) as server:
            database = self._database()
            wanted = min(measurements, self._most)
            seeded = database.run(lambda connection: seed(connection, wanted, say))
            keys = json.loads((self._folder / "cles-dev.json").read_text())
            yield Door(server.port, server.pid, keys, database, seeded)

    def _database(self) -> Database:
        """Read where the server that holds the folder listens (the fifth line of its pid file)."""
        lines = (self._folder / "postgresql" / "postmaster.pid").read_text().splitlines()
        if len(lines) < 5:
            raise BenchError("le PostgreSQL embarqué ne dit pas où il écoute")
        return Database(lines[4], EmbeddedServer(self._folder).password_of(SUPERUSER))
