"""The yardstick of pushes: ``psql`` that copies the same rows into copies of the two tables, with their indexes."""

import os
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from bench import BenchError
from bench.instance import Connection, Database
from bench.pushes import COLUMNS, Push
from shared.postgresql import find_binaries

TABLES = ("mesure", "revision")
TIME = re.compile(r"^Time: ([\d.]+) ms", re.MULTILINE)
ECRITURE = 1 << 40  # beyond those of real writes


async def make_copies(connection: Connection) -> None:
    """Make tables of the same shape, indexes included, that hold the same rows."""
    await connection.execute("DROP SCHEMA IF EXISTS banc CASCADE; CREATE SCHEMA banc")
    for table in TABLES:
        await connection.execute(f"CREATE TABLE banc.{table} (LIKE indicators.{table} INCLUDING ALL)")
        await connection.execute(f"INSERT INTO banc.{table} SELECT * FROM indicators.{table}")
        await connection.execute(f"VACUUM (ANALYZE, FREEZE) banc.{table}")
    await connection.execute("CHECKPOINT")


@dataclass(frozen=True)
class Copied:
    """The seconds that ``psql`` counts, and those of the whole command, its start and its connection too."""

    seconds: float
    command_seconds: float


def copy_with_psql(database: Database, push: Push, folder: Path, number: int) -> Copied:
    """Copy the rows of a push into both tables, in one transaction."""
    rows = folder / "lignes.csv"
    rows.write_bytes(push.copy_file(ECRITURE + number))
    copies = [f"\\copy banc.{table} ({COLUMNS}) FROM '{rows}' CSV" for table in TABLES]
    script = "\n".join(["\\timing on", "BEGIN;", *copies, "COMMIT;"])
    started = time.perf_counter()
    done = subprocess.run(
        [find_binaries().folder / "psql", "-X", "-v", "ON_ERROR_STOP=1"],
        input=script,
        env={**os.environ, **database.environment, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    )
    elapsed = time.perf_counter() - started
    time.sleep(0.1)  # until PostgreSQL has counted the time of the process that served it
    times = TIME.findall(done.stdout)
    if done.returncode != 0 or len(times) != len(copies) + 2:
        raise BenchError(f"psql n'a pas copié : {done.stderr or done.stdout}")
    return Copied(sum(map(float, times)) / 1000, elapsed)
