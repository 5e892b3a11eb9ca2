"""The cost of each job at one, ten and a hundred times the data, and how many statements a request makes."""

import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bench import BenchError
from bench.client import Caller, calling
from bench.findings import Demand, Finding, Series
from bench.instance import Connection, Door, Instance
from bench.probe import probe_ms
from bench.push_jobs import LOTS, ROWS
from bench.pushes import FORMATS, Push, make_pushes
from bench.report import Report
from bench.rio_seed import seed_persons
from bench.run import Choices
from bench.seed import LAST_YEAR, months
from bench.statements import count_statements, log_statements
from gateway.cli import say

FACTORS = (1, 10, 100)
MEASUREMENTS, PERSONS = 100_000, 2_000
READS, FOLD_SECONDS = 40, 600
PUSH = "lot de 10 000 lignes"
SETTLED = ("dossier", "evenement", "dossier_compte", "dossier_alerte", "compte_a_refaire")
SETTLE = f"VACUUM (ANALYZE) {', '.join(f'orientation.{table}' for table in SETTLED)}"
RIO = f"/v1/statistiques/rio?debut={date(2024, 1, 1)}&fin={date(2024, 12, 31)}"


@dataclass(frozen=True)
class Grown:
    """One read, who asks it, and the same one for more rows."""

    name: str
    role: str
    path: str
    larger: str | None = None


def grown_reads(grandeur: str) -> tuple[Grown, ...]:
    """Return what is read at each size."""
    page, place = f"/v1/mesures?grandeur={grandeur}&limite=", f"/v1/valeurs?grandeur={grandeur}&territoire=69M:"
    first, *_, last = months(LAST_YEAR)
    return (
        Grown("liste des fiches", "lecteur", "/v1/fiches?limite=5", "/v1/fiches?limite=38"),
        Grown("une fiche", "lecteur", "/v1/fiches/11"),
        Grown("page de 200 lignes brutes", "pilote", f"{page}20", f"{page}200"),
        Grown("CTM sur douze mois", "pilote", f"{place}ctm&periode={first}", f"{place}ctm&periode={first}..{last}"),
        Grown("communes sur un an", "pilote", f"{place}communes&periode={LAST_YEAR}"),
        Grown("statistiques de la RIO", "pilote", RIO),
        Grown("page d'alertes", "agent", "/v1/alertes?limite=20", "/v1/alertes?limite=100"),
    )


def grow(choices: Choices) -> Report:
    """Measure every read and a push at each size, then count statements at the last."""
    report = Report(choices.effort)
    with tempfile.TemporaryDirectory(prefix="spie-bench-") as name:
        folder = Path(name) / "banc"
        instance = Instance(folder, choices.measurements)
        pushes: Iterator[Push] | None = None
        for factor in FACTORS:
            report.probes.append(probe_ms())
            report.jobs.append(f"croissance-{factor}")
            with instance.serving(MEASUREMENTS * factor) as door:
                pushes = pushes or make_pushes(door.seeded.known, ROWS)
                report.growth.extend(_at(factor, door, pushes))
        report.probes.append(probe_ms())
        with instance.serving(0) as door:
            log_statements(door.database, on=True)
        with instance.serving(MEASUREMENTS) as door:
            report.findings.append(_statements(door, folder / "postgresql.log"))
    return report


def _at(factor: int, door: Door, pushes: Iterator[Push]) -> Iterator[dict[str, Any]]:
    persons = _bring_persons(door, factor)
    size = {"factor": factor, "measurements": door.seeded.size, "persons": persons}
    for read in grown_reads(door.seeded.sheaves[0].code):
        with calling(door.port, door.authorization(read.role)) as caller:
            times = [_milliseconds(caller, read.larger or read.path) for _ in range(READS + 5)][5:]
        yield _told(size, read.name, times)
    with calling(door.port, door.authorization("partenaire")) as caller:
        yield _told(size, PUSH, [_push(caller, next(pushes)) for _ in range(4)][1:])


def _told(size: dict[str, Any], name: str, times: list[float]) -> dict[str, Any]:
    found = {**size, "job": name, "p50_ms": statistics.median(times), "least_ms": min(times), "most_ms": max(times)}
    say(f"croissance ×{size['factor']} : {name}, {found['p50_ms']:.2f} ms")
    return found


def _milliseconds(caller: Caller, path: str) -> float:
    reply = caller.get(path)
    reply.document(200)
    return reply.seconds * 1000


def _push(caller: Caller, push: Push) -> float:
    reply = caller.post(LOTS, push.body("json"), FORMATS["json"])
    if reply.document(200)["creees"] != ROWS:
        raise BenchError("le lot n'a pas créé toutes ses lignes")
    return reply.seconds * 1000


def _bring_persons(door: Door, factor: int) -> int:
    """Bring the dossiers to this size and have their figures counted once."""

    async def write(connection: Connection) -> int:
        held: int = await connection.fetchval("SELECT count(*) FROM orientation.dossier")
        await seed_persons(connection, PERSONS * factor, held)
        return PERSONS * factor

    persons = door.database.run(write)
    started = time.monotonic()
    with calling(door.port, door.authorization("pilote")) as caller:
        while (reply := caller.get(RIO)).status != 200:
            if reply.status != 504 or time.monotonic() - started > FOLD_SECONDS:
                raise BenchError(f"statistiques : statut {reply.status}, {json.loads(reply.body).get('code')}")
    door.database.run(lambda connection: connection.execute(SETTLE))
    return persons


def _statements(door: Door, log: Path) -> Finding:
    """Count for the small and the large request of each read."""
    series = []
    for read in grown_reads(door.seeded.sheaves[0].code):
        with calling(door.port, door.authorization(read.role)) as caller:
            counts = [float(count_statements(caller, path, log)) for path in (read.path, read.larger) if path]
        series.append(Series(read.name, "instructions", tuple(counts)))
        say(f"instructions SQL : {series[-1].name}, {' puis '.join(f'{count:.0f}' for count in counts)}")
    demands = tuple(
        Demand(
            f"instructions, {each.name} : grande demande / petite", each.values[1] / each.values[0], 1, at_least=False
        )
        for each in series
        if len(each.values) > 1
    )
    notes = ("la petite demande, puis la grande ; BEGIN et COMMIT compris",)
    about = "instructions SQL par requête, cache de la porte éteint"
    return Finding("instructions", about, tuple(series), demands, notes)
