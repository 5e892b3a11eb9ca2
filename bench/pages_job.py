"""The job of the pages: each page of the plan from warm caches beside the API's own fiche, in turn."""

from pathlib import Path

from bench import BenchError
from bench.answers import fetch
from bench.findings import Finding, Series, ratio_of
from bench.instance import Instance
from bench.jobs import DOOR, Candidate
from bench.load import Load
from bench.measure import WARM_UP_SECONDS, Effort, Pass, measure_pass
from bench.servers import Server, running
from gateway.cli import say

FICHE = "/v1/fiches/11"
PAGES = ("/", "/fiches/11", "/indicateurs/30.I1", "/recherche?q=logement")
LEAST = 0.3


def measure_pages(instance: Instance, effort: Effort, folder: Path) -> Finding:
    """Measure the fiche and every page in turn, as bytes that the door has ready."""
    with running(DOOR, folder / "pages") as server:
        asked = [(Server(Candidate(path, ()), server.pid, server.port), path) for path in (FICHE, *PAGES)]
        loads = {path: _load_on(own, path, effort) for own, path in asked}
        passes = [
            _one_pass(own, loads[path], number, effort.passes)
            for number in range(1, effort.passes + 1)
            for own, path in asked
        ]
    rates = {
        path: Series(path, "req/s", tuple(each.requests_per_second for each in passes if each.candidate == path))
        for path in loads
    }
    return Finding(
        "pages",
        f"pages du portail, {effort.connections} connexions, caches chauds",
        tuple(rates.values()),
        tuple(ratio_of(f"page {path} / {FICHE}", rates[path], rates[FICHE], LEAST) for path in PAGES),
        (f"octets : {', '.join(f'{path} {load.length}' for path, load in loads.items())}",),
    )


def _load_on(server: Server, path: str, effort: Effort) -> Load:
    answer = fetch(server.port, path, {})
    if answer.status != 200:
        raise BenchError(f"{path} répond {answer.status}")
    return Load(server.port, path, {}, 200, len(answer.body), effort.connections, effort.seconds, WARM_UP_SECONDS)


def _one_pass(server: Server, load: Load, number: int, passes: int) -> Pass:
    done = measure_pass(server, load)
    if done.faults:
        raise BenchError(f"{done.candidate} : {done.faults} réponses fausses ({done.first_fault})")
    say(f"pages : passe {number}/{passes}, {done.candidate} : {done.requests_per_second:.0f} req/s")
    return done
