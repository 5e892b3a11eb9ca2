"""Directus: its own Node, the same PostgreSQL, a database of its own, collections that hold the same data."""

import json
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench import HOST, BenchError
from bench.instance import Connection, Database
from bench.peers.corpus import Asked, Corpus, copy_mesures, current_commune
from bench.peers.directus_tables import ALIASES, COLLECTIONS, TABLES, rows_of
from bench.peers.postgresql import Base
from bench.peers.scratch import AbsentError, installed, run
from bench.peers.side import Program, Pushing, Side
from bench.seed import SOURCE

VERSION, NODE = "12.4.0", "22.23.3"
NAME, FOLDER = "directus", f"directus-{VERSION}-node-{NODE}"
INSTALL_SECONDS, BOOTSTRAP_SECONDS = 600, 180
TOKEN = "banc" * 10
MACHINES = {"x86_64": "x64", "aarch64": "arm64"}
ABOUT = (
    f"`directus`: Directus {VERSION} on Node {NODE} (it asks for 22), one process, static token of an administrator "
    "(no right to check), ETag of Express, cache off and log of revisions on: as it comes"
)


def _install(folder: Path) -> None:
    """Install from the npm registry; what must be compiled is, with the headers that come with this Node."""
    npm = shutil.which("npm")
    if npm is None or platform.machine() not in MACHINES:
        raise AbsentError("npm manque" if npm is None else f"pas de Node pour {platform.machine()}")
    (folder / "package.json").write_text('{"private": true}')
    node = f"node-linux-{MACHINES[platform.machine()]}"
    quiet = ["--no-audit", "--no-fund"]
    packages = [f"{node}@{NODE}", f"directus@{VERSION}"]
    run([npm, "install", "--ignore-scripts", "--save-exact", *quiet, *packages], folder, os.environ, INSTALL_SECONDS)
    home = folder / "node_modules" / node
    (folder / "node").symlink_to(home / "bin" / "node")
    environment = {**os.environ, "PATH": f"{home / 'bin'}:{os.environ['PATH']}"}
    run([npm, "rebuild", "isolated-vm", "argon2", f"--nodedir={home}"], folder, environment, INSTALL_SECONDS)


@contextmanager
def serving_directus(base: Base, corpus: Corpus, asked: Asked, folder: Path) -> Iterator[Side]:
    """Install, fill and run it. Raises AbsentError."""
    home = installed(FOLDER, _install)
    database = base.create("banc_directus")
    environment = _environment(database)
    cli = (str(home / "node"), str(home / "node_modules/directus/cli.js"))
    _bootstrap([*cli, "bootstrap"], environment, folder)
    _fill(corpus, database)
    headers = {"authorization": f"Bearer {TOKEN}"}
    program = Program(NAME, (*cli, "start"), environment, folder, "/items/fiche/11", headers)
    with program.running() as (server, _):
        _describe(server.port, headers)
        yield Side(
            server,
            lambda _: headers,
            _paths(asked),
            Pushing("/items/mesure", _body, len_of),
            program.start_seconds,
            ABOUT,
        )


def _environment(database: Database) -> dict[str, str]:
    place = database.environment
    return {
        "DB_CLIENT": "pg",
        "DB_HOST": place["PGHOST"],
        "DB_PORT": place["PGPORT"],
        "DB_DATABASE": place["PGDATABASE"],
        "DB_USER": place["PGUSER"],
        "DB_PASSWORD": place["PGPASSWORD"],
        "HOST": HOST,
        "SECRET": "banc" * 16,
        "ADMIN_EMAIL": "banc@example.org",
        "ADMIN_PASSWORD": "banc" * 6,
        "ADMIN_TOKEN": TOKEN,
        "NODE_ENV": "production",
        "TELEMETRY": "false",
        "SERVE_APP": "false",
        "LOG_LEVEL": "warn",
        "MAX_PAYLOAD_SIZE": "32mb",
    }


def _bootstrap(command: Sequence[str], environment: dict[str, str], folder: Path) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=BOOTSTRAP_SECONDS,
    )
    if done.returncode != 0:
        raise AbsentError(f"directus bootstrap : {(done.stderr or done.stdout).strip()[-300:]}")


def _fill(corpus: Corpus, database: Database) -> None:
    async def write(connection: Connection) -> None:
        await connection.execute(TABLES)
        for table, columns, rows in rows_of(corpus):
            marks = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
            await connection.executemany(f"INSERT INTO public.{table} ({', '.join(columns)}) VALUES ({marks})", rows)

    database.run(write)
    copy_mesures(corpus, database, {"mesure": "mesure"})


def _describe(port: int, headers: dict[str, str]) -> None:
    """Make collections of the tables, and let a fiche show what belongs to it."""
    connection = HTTPConnection(HOST, port, timeout=60)
    try:
        for method, path, content in (*COLLECTIONS, *ALIASES):
            body = json.dumps(content)
            connection.request(method, path, body, {**headers, "content-type": "application/json"})
            response = connection.getresponse()
            told = response.read()
            if response.status not in (200, 204):
                raise BenchError(f"directus refuse {path} ({response.status}) : {told[:300].decode(errors='replace')}")
    finally:
        connection.close()


def _paths(asked: Asked) -> dict[str, str]:
    shown = "numero,titre,axe,objectif,thematiques,publics,statut,debut,fin,en_retard,note,avancement,pilotes,echeances"
    rows = {"grandeur": {"_eq": asked.grandeur}}
    totals = {
        "_and": [rows, {"ventilation": {"_empty": True}}, {"annee": {"_between": [asked.first, asked.last]}}],
    }
    groups = "groupBy[]=commune&groupBy[]=annee&aggregate[sum]=valeur&sort=commune,annee&limit=-1"
    return {
        "liste": f"/items/fiche?limit=38&sort=numero&fields={shown}",
        "fiche": "/items/fiche/11?fields=*,actions.*,indicateurs.*",
        "page": f"/items/mesure?limit=100&sort=territoire,periode,ventilation,source&filter={_filter(rows)}",
        "agregat": f"/items/mesure?{groups}&filter={_filter(totals)}",
    }


def _filter(condition: Mapping[str, Any]) -> str:
    return quote(json.dumps(condition, separators=(",", ":")))


def _body(rows: Sequence[Mapping[str, Any]], extrait_le: str) -> bytes:
    """Return the rows as items: a breakdown is its canonical text, each row says what an envelope says elsewhere."""
    own = {"source": SOURCE, "extrait_le": extrait_le, "enregistre_le": extrait_le, "definition": 1, "supprimee": False}
    items = [
        {
            **own,
            **row,
            "commune": current_commune(row["territoire"]),
            "annee": int(row["periode"][:4]),
            "ventilation": "|".join(f"{name}:{value}" for name, value in sorted(row.get("ventilation", {}).items())),
        }
        for row in rows
    ]
    return json.dumps(items).encode()


def len_of(answer: Any) -> int:
    """Return how many items it says it made."""
    return len(answer["data"])
