"""Batches that tests push: many good rows, some bad ones, and what the database then holds."""

import itertools
import json
import secrets
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import asyncpg
import httpx2

from shared.territoires import read_arbre
from tests.conftest import Base

Row = dict[str, Any]
GRANDEURS = ("30.I1.a", "30.I1.b", "30.I1.c", "23.I3.a", "1.I3.a", "1.I3.c")
COMMUNES = sorted(code for code in read_arbre().codes() if code.startswith("69") and len(code) == 5 and code != "69152")
COUNTERS = ("creees", "modifiees", "inchangees", "supprimees", "perimees", "rejetees", "ecartees")
ENVELOPPE = {"source": "essai", "extrait_le": "2026-01-02T08:00:00+01:00"}


def iter_rows() -> Iterator[Row]:
    """Good rows, each of its own key, more than a hundred thousand of them."""
    months = [f"{year}-{month:02d}" for year in range(2018, 2026) for month in range(1, 13)]
    for rank, (month, commune, grandeur) in enumerate(itertools.product(months, COMMUNES, GRANDEURS)):
        if month[:4] > "2023" or commune != "69149":
            yield {"grandeur": grandeur, "territoire": commune, "periode": month, "valeur": 100 + rank % 50}


def make_rows(number: int) -> list[Row]:
    """The first ``number`` good rows."""
    return list(itertools.islice(iter_rows(), number))


def spoil(rows: list[Row], every: int = 270) -> dict[int, str]:
    """Make 37 rows wrong in five ways; return the code expected at each index."""
    ways: tuple[tuple[str, Row], ...] = (
        ("TERRITOIRE_INCONNU", {"territoire": "69999"}),
        ("NOMBRE_INVALIDE", {"valeur": "12,5"}),
        ("VALEUR_NEGATIVE", {"valeur": -1}),
        ("PERIODE_INVALIDE", {"periode": "2025-13"}),
        ("GRANDEUR_INCONNUE", {"grandeur": "30.I1.z"}),
    )
    expected = {}
    for place in range(37):
        code, change = ways[place % len(ways)]
        rows[place * every] = rows[place * every] | change
        expected[place * every] = code
    return expected


async def send(
    client: httpx2.AsyncClient, headers: dict[str, str], body: bytes, media_type: str, **more: Any
) -> httpx2.Response:
    """Post a body as it is; ``params`` and other ``headers`` may be given."""
    own = {"Content-Type": media_type, "Idempotency-Key": secrets.token_hex(8), **headers, **more.pop("extra", {})}
    return await client.post("/v1/lots", content=body, headers=own, **more)


def as_body(rows: list[Any], **enveloppe: Any) -> bytes:
    """A push in JSON."""
    return json.dumps({"enveloppe": {**ENVELOPPE, **enveloppe}, "mesures": rows}).encode()


def check_counters(report: dict[str, Any]) -> None:
    """The counters of a report add up, whatever happened."""
    assert report["recues"] == sum(report[name] for name in COUNTERS), report


async def fetch(base: Base, query: str, *arguments: Any) -> list[asyncpg.Record]:
    """Read the indicators' tables as their owner."""
    connection = await asyncpg.connect(base.owner_url, server_settings={"search_path": "indicators"})
    try:
        return list(await connection.fetch(query, *arguments))
    finally:
        await connection.close()


async def count(base: Base, query: str, *arguments: Any) -> Any:
    """Read one number from the indicators' tables."""
    return (await fetch(base, query, *arguments))[0][0]


async def check_sums(base: Base) -> None:
    """The sums kept beside the measurements are those that the measurements give."""
    parents = {code: read_arbre().entry(code).parent for code in read_arbre().codes()}
    rows = await fetch(
        base,
        "SELECT m.*, g.nature FROM mesure m JOIN (SELECT definition, contenu ->> 'nature' AS nature"
        " FROM grandeur_version WHERE connu_au IS NULL) g USING (definition) WHERE NOT m.supprimee",
    )
    additive = {"flux", "stock", "cumul", "ratio", "taux", "moyenne", "cohorte"}
    wanted: dict[tuple[Any, ...], list[Any]] = {}
    present: dict[tuple[Any, ...], int] = {}
    for row in rows:
        present[row["definition"], row["source"]] = present.get((row["definition"], row["source"]), 0) + 1
        parent = parents[row["territoire"]]
        if parent is None or row["nature"] not in additive:
            continue
        key = (row["definition"], parent, row["periode"], row["ventilation"], row["source"])
        sums = wanted.setdefault(key, [Decimal(0), Decimal(0), 0, 0])
        sums[0] += row["valeur"] or 0
        sums[1] += row["diviseur"] or 0
        sums[2] += 1
        sums[3] += row["statut"] is not None or row["confidentialite"] is not None
    kept = {
        tuple(row[name] for name in ("definition", "parent", "periode", "ventilation", "source")): [
            row["valeur"],
            row["diviseur"],
            row["recus"],
            row["signales"],
        ]
        for row in await fetch(base, "SELECT * FROM agregat WHERE (valeur, diviseur, recus, signales) <> (0, 0, 0, 0)")
    }
    assert kept == wanted
    counted = {(row[0], row[1]): row[2] for row in await fetch(base, "SELECT * FROM presence WHERE nombre <> 0")}
    assert counted == present
