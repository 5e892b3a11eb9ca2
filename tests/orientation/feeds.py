"""How tests push the files of partners, and look at what is kept of them."""

import json
import secrets
from typing import Any

import asyncpg
import httpx2

from tests.conftest import Base

Row = dict[str, Any]
EXTRAIT = "2026-01-02T08:00:00+01:00"
COUNTERS = ("creees", "modifiees", "inchangees", "perimees", "a_rapprocher", "rejetees", "ecartees")
TABLES = (
    "dossier",
    "evenement",
    "identifiant",
    "fait_recu",
    "flux_recu",
    "flux_rejet",
    "idempotence",
    "orientation",
    "orientation_decision",
    "acces",
)


def as_file(rows: list[Any], **enveloppe: Any) -> bytes:
    """A file in NDJSON."""
    head = {"source": "caf", "flux": "caf-beneficiaires", "extrait_le": EXTRAIT, "nombre": len(rows), **enveloppe}
    return "\n".join(json.dumps(each, ensure_ascii=False) for each in ({"enveloppe": head}, *rows)).encode()


def person(number: int, faits: Row | None = None, **more: Any) -> Row:
    """A line on an allocataire of its own number."""
    identite = {"matricule": f"{number:07d}", "numorg": "691", "date_naissance": "1990-04-01"}
    return {"identite": identite | more.pop("identite", {}), "faits": faits or {}, **more}


async def send(client: httpx2.AsyncClient, headers: Row, body: bytes, **own: str) -> httpx2.Response:
    """Post a file under a new key, or with the headers given."""
    base = {"Content-Type": "application/x-ndjson", "Idempotency-Key": secrets.token_hex(8)}
    return await client.post("/v1/flux", content=body, headers={**base, **headers, **own})


async def push(client: httpx2.AsyncClient, headers: Row, rows: list[Any], **enveloppe: Any) -> httpx2.Response:
    """Push rows as a file of the CAF unless said."""
    return await send(client, headers, as_file(rows, **enveloppe))


def counters(report: Row) -> dict[str, int]:
    """The counters that are not zero; they always add up."""
    assert report["recues"] == sum(report[name] for name in COUNTERS), report
    return {name: report[name] for name in COUNTERS if report[name]}


def faults(report: Row, name: str = "rejets") -> list[tuple[int, str, str]]:
    """The faults of a report: line, place, kind."""
    return [(each["indice"], each["champ"], each["code"]) for each in report[name]]


async def fetch(base: Base, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
    """Read the tables of the orientation as their owner."""
    connection = await asyncpg.connect(base.owner_url, server_settings={"search_path": "orientation"})
    try:
        return [tuple(row) for row in await connection.fetch(query, *arguments)]
    finally:
        await connection.close()


async def events(base: Base, source: str) -> list[tuple[str, Any]]:
    """The events of the persons whom a source told of, by person then in order of arrival."""
    query = """
        SELECT e.type, e.contenu::jsonb FROM evenement e
        WHERE e.dossier IN (SELECT dossier FROM fait_recu WHERE source = $1) ORDER BY e.dossier, e.rang
    """
    return [(kind, json.loads(contenu)) for kind, contenu in await fetch(base, query, source)]


async def dump(base: Base) -> str:
    """Everything that the orientation keeps, as text."""
    query = "SELECT to_jsonb(t)::text FROM {} t"
    kept = [row for table in TABLES for row in await fetch(base, query.format(table))]
    bodies = [bytes(row[0]).decode("utf-8", "replace") for row in await fetch(base, "SELECT corps FROM idempotence")]
    return "\n".join([*map(str, kept), *bodies])
