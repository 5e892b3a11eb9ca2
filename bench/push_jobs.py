"""The jobs that push: ten thousand rows against COPY, a hundred thousand within a bound of memory."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from bench import BenchError
from bench.client import Caller, calling
from bench.copies import copy_with_psql, make_copies
from bench.findings import Demand, Finding, Series, ratio_of
from bench.instance import Door, Instance
from bench.measure import Effort
from bench.pushes import FORMATS, MANY_FROM, Push, make_pushes
from bench.seed import SOURCE
from bench.servers import cpu_seconds
from gateway.cli import say

ROWS, PRESENT = 10_000, 1_000_000
MANY_ROWS, MANY_PRESENT = 100_000, 3_000_000
LEAST_RATIO, MOST_MEGABYTES = 0.4, 512
LOTS, COPY = "/v1/lots", "COPY"
WAIT_SECONDS, POLL_SECONDS = 300, 0.05


def measure_lots(instance: Instance, effort: Effort, folder: Path) -> Finding:
    """Push ten thousand new rows in each format, and copy as many, in turn."""
    rates: dict[str, list[float]] = {}
    costs: dict[str, list[float]] = {}
    with instance.serving(PRESENT) as door, calling(door.port, door.authorization("partenaire")) as caller:
        door.database.run(make_copies)
        pushes = make_pushes(door.seeded.known, ROWS)
        for number in range(effort.passes + 1):
            for name, work in _turns(caller, door, pushes, folder, number):
                before = cpu_seconds(door.pid)
                seconds = work()
                if number:  # the first pass opens connections and plans
                    rates.setdefault(name, []).append(ROWS / seconds)
                    costs.setdefault(name, []).append((cpu_seconds(door.pid) - before) * 1000)
            told = ", ".join(f"{name} {values[-1]:.0f}" for name, values in rates.items())
            say(f"lots : passe {number}/{effort.passes}, lignes/s : {told or 'chauffe'}")
    return _lots_finding(door.seeded.size, rates, costs)


def _lots_finding(present: int, rates: dict[str, list[float]], costs: dict[str, list[float]]) -> Finding:
    series = {name: Series(name, "lignes/s", tuple(values)) for name, values in rates.items()}
    processor = [Series(f"{name}, CPU", "ms", tuple(costs[name])) for name in (*FORMATS, COPY)]
    return Finding(
        "lots",
        f"{ROWS} lignes neuves par POST {LOTS}, {present} mesures présentes",
        (*series.values(), *processor),
        tuple(ratio_of(f"lots {name} / {COPY}", series[name], series[COPY], LEAST_RATIO) for name in FORMATS),
        (
            "COPY : \\copy de psql, mêmes lignes, copies de mesure et revision avec index et contenu, une transaction,",
            "temps compté par psql, sans démarrage ni connexion ; rien n'est publié pendant la mesure ;",
            "CPU : de la porte, des services et de PostgreSQL, pour un lot",
        ),
    )


def _turns(
    caller: Caller, door: Door, pushes: Iterator[Push], folder: Path, number: int
) -> Iterator[tuple[str, Callable[[], float]]]:
    """Yield what is measured in one pass; the same rows are copied, then pushed again."""
    copied = []

    def copy() -> float:
        copied.append(copy_with_psql(door.database, push, folder, number))
        return copied[0].seconds

    for format_name in FORMATS:
        push = next(pushes)
        yield format_name, partial(_push, caller, push, format_name, created=ROWS)
    yield COPY, copy
    yield "psql, toute la commande", lambda: copied[0].command_seconds
    yield "renvoi à l'identique", partial(_push, caller, push, format_name, created=0)
    newer = datetime.now(UTC).isoformat()
    yield "renvoi d'une extraction plus récente", partial(_push, caller, push, format_name, created=0, newer=newer)


def _push(caller: Caller, push: Push, format_name: str, *, created: int, newer: str | None = None) -> float:
    """Push and return the seconds. Raises BenchError unless ``created`` rows are new and the others unchanged."""
    extrait_le = newer or push.extrait_le
    query = f"?{urlencode({'source': SOURCE, 'extrait_le': extrait_le})}" if format_name == "csv" else ""
    reply = caller.post(LOTS + query, push.body(format_name, extrait_le), FORMATS[format_name])
    report = reply.document(200)
    if (report["creees"], report["inchangees"]) != (created, len(push.rows) - created):
        raise BenchError(f"lot inattendu : {report['creees']} créées, {report['inchangees']} inchangées")
    return reply.seconds


def measure_many(instance: Instance, effort: Effort, folder: Path) -> Finding:
    """Push a hundred thousand rows at once and follow them to their end."""
    with (
        instance.serving(MANY_PRESENT, worker=True) as door,
        calling(door.port, door.authorization("partenaire")) as caller,
    ):
        body = next(make_pushes(door.seeded.known, MANY_ROWS, MANY_FROM)).body("ndjson")
        before = _megabytes(door.pid, "VmRSS")
        answered, seconds = _push_and_follow(caller, body)
        peak = _megabytes(door.pid, "VmHWM")
    return Finding(
        "lot-100k",
        f"{MANY_ROWS} lignes neuves ({len(body) / 1e6:.1f} Mo de NDJSON), {door.seeded.size} mesures présentes",
        (
            Series("jusqu'au 202", "s", (answered,)),
            Series("jusqu'à TERMINE", "s", (seconds,)),
            Series("débit", "lignes/s", (MANY_ROWS / seconds,)),
            Series("mémoire avant", "Mo", (before,)),
        ),
        (Demand("lot-100k, pic de mémoire résidente du processus Python (Mo)", peak, MOST_MEGABYTES, at_least=False),),
        ("porte, services et travail de fond dans ce seul processus",),
    )


def _push_and_follow(caller: Caller, body: bytes) -> tuple[float, float]:
    """Return the seconds until the push was safe, and until it was written."""
    started = time.perf_counter()
    reply = caller.post(LOTS, body, FORMATS["ndjson"])
    lot = reply.document(202)["lot"]
    while time.perf_counter() - started < WAIT_SECONDS:
        time.sleep(POLL_SECONDS)
        report = caller.get(f"{LOTS}/{lot}").document(200)
        if report["etat"] in ("TERMINE", "ECHEC"):
            seconds = time.perf_counter() - started
            if report["creees"] != MANY_ROWS:
                raise BenchError(f"lot inattendu : {report['etat']}, {report['creees']} créées, {report['probleme']}")
            return reply.seconds, seconds
    raise BenchError(f"le lot n'est pas fini après {WAIT_SECONDS} s")


def _megabytes(pid: int, field: str) -> float:
    """Read a size of a process in /proc (proc_pid_status(5)), in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name == field:
            return int(rest.split()[0]) / 1024
    raise BenchError(f"/proc ne donne pas {field} : la mémoire ne se lit que sous Linux")
