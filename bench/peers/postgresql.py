"""One PostgreSQL for every side, apart from all of them: ``python -m bench.peers.postgresql FOLDER`` runs it."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import ROOT, BenchError
from bench.instance import Connection, Database
from gateway.cli.serve import parent_gone
from shared.embedded import SUPERUSER, EmbeddedServer
from shared.postgresql import EmbeddedServerError


@dataclass(frozen=True)
class Base:
    """The running server: how to reach the database of the product, its process, its address."""

    pid: int
    url: str
    database: Database

    def create(self, name: str) -> Database:
        """Make an empty database of that name, in place of any other."""

        async def make(connection: Connection) -> None:
            await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            await connection.execute(f"CREATE DATABASE {name}")

        self.database.run(make)
        return Database(self.database.socket, self.database.password, name)


@contextmanager
def serving_base(folder: Path) -> Iterator[Base]:
    """Run the server for as long as the context lasts."""
    command = [sys.executable, "-m", "bench.peers.postgresql", str(folder)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        told = process.stdout.readline().split()
        if len(told) != 2:
            raise BenchError("le PostgreSQL du banc n'a pas démarré, voir plus haut")
        socket, url = told
        yield Base(process.pid, url, Database(socket, EmbeddedServer(folder).password_of(SUPERUSER)))
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


async def _serve(folder: Path) -> None:
    async with EmbeddedServer(folder).running() as server:
        socket = (folder / "postgresql" / "postmaster.pid").read_text().splitlines()[4]
        sys.stdout.write(f"{socket} {server.owner_url}\n")
        sys.stdout.flush()
        await parent_gone()


if __name__ == "__main__":
    try:
        asyncio.run(_serve(Path(sys.argv[1])))
    except EmbeddedServerError as error:
        sys.exit(str(error))
