"""The job that reads a page of raw rows again and again, against a bare application that does the same."""

import json
from pathlib import Path

from bench import BenchError
from bench.answers import fetch
from bench.bare_page import SETTINGS
from bench.findings import Finding, Series, ratio_of
from bench.instance import Door, Instance
from bench.jobs import UP, Candidate
from bench.load import Load
from bench.measure import WARM_UP_SECONDS, Effort, Pass, measure_pass
from bench.seed import Sheaf
from bench.servers import Server, running
from gateway.cli import say
from shared.embedded import DATABASE, PORT, SUPERUSER

PRESENT = 10_000_000
PAGE, LEAST_RATIO = 100, 0.5
DOOR, BARE_PAGE = Candidate("porte", UP), Candidate("asyncpg-nu", ("-m", "bench.bare_page"))


def measure_page(instance: Instance, effort: Effort, folder: Path) -> Finding:
    """Measure both in turn."""
    with instance.serving(PRESENT) as door:
        sheaf = door.seeded.sheaves[0]
        path, headers = f"/v1/mesures?grandeur={sheaf.code}&limite={PAGE}", door.authorization("pilote")
        _write_settings(door, sheaf, folder / BARE_PAGE.name)
        with running(BARE_PAGE, folder / BARE_PAGE.name) as bare:
            servers = (Server(DOOR, door.pid, door.port), bare)
            loads = [_load_on(server, path, headers, effort) for server in servers]
            _check_same(servers[0], bare, path, headers)
            passes = []
            for number in range(1, effort.passes + 1):
                for server, load in zip(servers, loads, strict=True):
                    done = measure_pass(server, load, door.pid)  # whose PostgreSQL serves both
                    if done.faults:
                        raise BenchError(f"{done.candidate} : {done.faults} réponses fausses ({done.first_fault})")
                    told = f"{done.candidate} : {done.requests_per_second:.0f} req/s"
                    say(f"mesures : passe {number}/{effort.passes}, {told}")
                    passes.append(done)
        return _finding(path, door, effort, passes)


def _finding(path: str, door: Door, effort: Effort, passes: list[Pass]) -> Finding:
    rates, costs = [], []
    for candidate in (DOOR.name, BARE_PAGE.name):
        own = [each for each in passes if each.candidate == candidate]
        rates.append(Series(candidate, "req/s", tuple(each.requests_per_second for each in own)))
        cost = tuple(each.cpu_seconds_per_request * 1e6 for each in own)
        costs.append(Series(f"{candidate}, CPU avec PostgreSQL", "µs/req", cost))
    return Finding(
        "mesures",
        f"GET {path}, {effort.connections} connexions, {door.seeded.size} mesures présentes",
        (*rates, *costs),
        (ratio_of("mesures porte / asyncpg nu", rates[0], rates[1], LEAST_RATIO),),
        ("asyncpg nu : uvicorn, un pool, un json_agg des mêmes membres ; ni droit, ni pages, ni ETag",),
    )


def _write_settings(door: Door, sheaf: Sheaf, folder: Path) -> None:
    """Tell the bare application what to read, where nobody else can."""
    folder.mkdir(mode=0o700, exist_ok=True)
    database = {
        "host": door.database.socket,
        "port": PORT,
        "user": SUPERUSER,
        "password": door.database.password,
        "database": DATABASE,
        "server_settings": {"search_path": "indicators", "timezone": "UTC"},
    }
    settings = {"database": database, "definition": sheaf.definition, "limite": PAGE}
    (folder / SETTINGS).touch(mode=0o600)
    (folder / SETTINGS).write_text(json.dumps(settings))


def _check_same(product: Server, bare: Server, path: str, headers: dict[str, str]) -> None:
    """Refuse to compare two pages that do not hold the same rows with the same members."""
    pages = [json.loads(fetch(server.port, path, headers).body)["elements"] for server in (product, bare)]
    if pages[0] != pages[1] or len(pages[0]) != PAGE:
        raise BenchError(f"les pages diffèrent : {pages[0][:1]} et {pages[1][:1]}")


def _load_on(server: Server, path: str, headers: dict[str, str], effort: Effort) -> Load:
    answer = fetch(server.port, path, headers)
    if answer.status != 200:
        raise BenchError(f"{path} répond {answer.status} : {answer.body[:300].decode('utf-8', 'replace')}")
    return Load(
        port=server.port,
        path=path,
        headers=headers,
        status=200,
        length=len(answer.body),
        connections=effort.connections,
        seconds=effort.seconds,
        warm_up=WARM_UP_SECONDS,
    )
