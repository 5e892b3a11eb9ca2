"""How many statements a request makes PostgreSQL run: counted in its log, by sessions that are told to log them."""

import re
from pathlib import Path

from bench.client import Caller
from bench.instance import Connection, Database
from shared.embedded import DATABASE

RUN = re.compile(r"LOG:  (?:statement|execute [^:]*):", re.MULTILINE)
WARM_READS = 3


def log_statements(database: Database, *, on: bool) -> None:
    """Let the sessions that open from now on log their statements, or no more."""

    async def tell(connection: Connection) -> None:
        change = "SET log_statement = 'all'" if on else "RESET log_statement"
        await connection.execute(f"ALTER DATABASE {DATABASE} {change}")

    database.run(tell)


def count_statements(caller: Caller, path: str, log: Path) -> int:
    """Return how many the request makes once its plans are there: transactions begun and ended are counted too."""
    for _ in range(WARM_READS):
        caller.get(path).document(200)
    before = len(RUN.findall(log.read_text(errors="replace")))
    caller.get(path).document(200)
    return len(RUN.findall(log.read_text(errors="replace"))) - before
