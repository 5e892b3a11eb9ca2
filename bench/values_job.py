"""The job that reads cells one answer after the other: one quantity by CTM over twelve months."""

import time
from pathlib import Path
from typing import Any

from bench import BenchError
from bench.client import Caller, calling
from bench.findings import Demand, Finding, Series
from bench.instance import Connection, Door, Instance
from bench.measure import Effort
from bench.pushes import FORMATS, Push
from bench.seed import LAST_YEAR, Seeded, Sheaf, months
from bench.servers import cpu_seconds
from gateway.cli import say
from shared import clock

PRESENT = 10_000_000
QUANTITIES, READS = 40, 200
MOST_MILLISECONDS = 5
CELLS = 10 * 12
WAIT_SECONDS = 300
RAW, PUBLISHED = "brutes, clé de pilote", "publiées, sans clé"
SKIP = "UPDATE unite_publication SET faites = demandes"
WAITING = "SELECT count(*) FROM unite_publication WHERE definition = $1 AND annee = $2 AND publie_le IS NOT NULL"
SPREAD = """
WITH gerbe AS (
  SELECT * FROM unnest($1::int[], $2::text[], $3::int[]) AS g(definition, code, annee)
  WHERE (g.definition, g.annee) <> ($4, $5)
), unites AS (
  INSERT INTO unite_publication (definition, annee, publie_le, demandes, faites, en_attente)
  SELECT g.definition, g.annee, u.publie_le, 1, 1, false FROM gerbe g, unite_publication u
  WHERE (u.definition, u.annee) = ($4, $5)
  ON CONFLICT (definition, annee) DO UPDATE SET publie_le = excluded.publie_le
)
INSERT INTO publication (definition, annee, territoire, periode, ventilation, cachee, cellule, publie_du)
SELECT g.definition, g.annee, p.territoire, g.annee || substr(p.periode, 5), p.ventilation, p.cachee,
  p.cellule || jsonb_build_object('grandeur', g.code, 'periode', g.annee || substr(p.periode, 5)), p.publie_du
FROM gerbe g, publication p WHERE p.definition = $4 AND p.annee = $5 AND p.publie_au IS NULL
"""


def measure_values(instance: Instance, effort: Effort, folder: Path) -> Finding:
    """Read many quantities in turn on one connection, raw then published, pass after pass."""
    with instance.serving(PRESENT) as door:
        door.database.run(
            lambda connection: connection.execute(SKIP)
        )  # what earlier jobs pushed is not ours to publish
    with instance.serving(PRESENT, worker=True) as door:
        published = _publish(door)
        paths = [_path_of(sheaf) for sheaf in _readable(door.seeded)][:QUANTITIES]
        times: dict[str, list[float]] = {RAW: [], PUBLISHED: []}
        costs: dict[str, list[float]] = {RAW: [], PUBLISHED: []}
        for number in range(1, effort.passes + 1):
            for name, headers in ((RAW, door.authorization("pilote")), (PUBLISHED, {})):
                with calling(door.port, headers) as caller:
                    for path in paths:
                        _check(caller, path)
                    before = cpu_seconds(door.pid)
                    times[name] += [_read_ms(caller, paths[rang % len(paths)]) for rang in range(READS)]
                    costs[name].append((cpu_seconds(door.pid) - before) * 1000 / READS)
            say(f"valeurs : passe {number}/{effort.passes}")
    series = tuple(Series(name, "ms", tuple(values), many=True) for name, values in times.items())
    processor = tuple(Series(f"{name}, CPU avec PostgreSQL", "ms/réponse", tuple(costs[name])) for name in costs)
    return Finding(
        "valeurs",
        f"GET {paths[0]} et {len(paths) - 1} autres grandeurs, une connexion, {door.seeded.size} mesures présentes",
        (*series, *processor),
        tuple(
            Demand(f"valeurs {each.name}, p50 (ms)", each.median, MOST_MILLISECONDS, at_least=False) for each in series
        ),
        (f"{CELLS} cellules par réponse, client compris, cache de la porte éteint ; {published} cellules publiées",),
    )


def _readable(seeded: Seeded) -> list[Sheaf]:
    return [sheaf for sheaf in seeded.sheaves if sheaf.annee == LAST_YEAR]


def _path_of(sheaf: Sheaf) -> str:
    first, *_, last = months(sheaf.annee)
    return f"/v1/valeurs?grandeur={sheaf.code}&territoire=69M:ctm&periode={first}..{last}"


def _check(caller: Caller, path: str) -> None:
    elements = caller.get(path).document(200)["elements"]
    empty = [cell for cell in elements if cell["valeur"] is None]
    if len(elements) != CELLS or empty:
        raise BenchError(f"{path} : {len(elements)} cellules, {len(empty)} vides ({empty[:1]})")


def _read_ms(caller: Caller, path: str) -> float:
    reply = caller.get(path)
    if reply.status != 200:
        raise BenchError(f"{path} répond {reply.status}")
    return reply.seconds * 1000


def _publish(door: Door) -> int:
    """Have the product publish one quantity over one year, then give every other sheaf the like by SQL.

    A changed row asks for it. Making two years of two hundred breakdowns public takes the product minutes a quantity;
    reading looks up cells, whatever made them. Return how many cells are published.
    """
    sheaf = next(each for each in _readable(door.seeded) if each.ventilations == ("",))
    row = (sheaf, sheaf.communes[0], months(sheaf.annee)[0], "", 5)
    push = Push((row,), clock.now().isoformat())
    with calling(door.port, door.authorization("partenaire")) as caller:
        caller.post("/v1/lots", push.body("json"), FORMATS["json"]).document(200)
    started = time.monotonic()
    while not door.database.run(lambda connection: connection.fetchval(WAITING, sheaf.definition, sheaf.annee)):
        if time.monotonic() - started > WAIT_SECONDS:
            raise BenchError(f"rien n'est publié après {WAIT_SECONDS} s")
        time.sleep(0.5)
    say(f"valeurs : {sheaf.code} publiée pour {sheaf.annee} en {time.monotonic() - started:.1f} s")
    return door.database.run(lambda connection: _spread(connection, sheaf, door.seeded.sheaves))


async def _spread(connection: Connection, published: Sheaf, sheaves: tuple[Sheaf, ...]) -> int:
    columns: tuple[list[Any], ...] = ([], [], [])
    for sheaf in sheaves:
        for column, value in zip(columns, (sheaf.definition, sheaf.code, sheaf.annee), strict=True):
            column.append(value)
    await connection.execute(SPREAD, *columns, published.definition, published.annee)
    await connection.execute("VACUUM (ANALYZE, FREEZE) publication")
    count: int = await connection.fetchval("SELECT count(*) FROM publication")
    return count
