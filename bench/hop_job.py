"""The job of the hop: one service alone, then through the door, nginx and HAProxy, in turn; and ready bytes."""

import re
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench import HOST, BenchError
from bench.answers import Answer, fetch, save
from bench.findings import Demand, Finding, Series, ratio_of
from bench.instance import Instance
from bench.jobs import BARE, UP, Candidate
from bench.load import Load
from bench.measure import WARM_UP_SECONDS, Effort, Pass, measure_pass
from bench.proxies import COMMANDS, proxying
from bench.servers import Server, running
from gateway.cli import say

PATH = "/v1/fiches?limite=18"
APART = Candidate("produit-separe", ("-m", "gateway.cli", "up", "--separate", "--port", "0", "--data"))
WITHOUT_CACHE = {"GATEWAY_CACHE_BYTES": "0"}
ALONE, DOOR, READY, HOP = "service seul", "porte, sans cache", "porte, du cache", "porte devant uvicorn nu"
SERVE = ("-m", "bench.hop_door")
LEAST_KEPT, MOST_MICROSECONDS, LEAST_READY = 0.6, 200, 0.5


@dataclass(frozen=True)
class Way:
    """One way to the page, and the process whose CPU time is counted."""

    server: Server
    load: Load


def measure_hop(instance: Instance, effort: Effort, folder: Path) -> Finding:
    """Measure every way in turn; what is not installed is said to be absent."""
    with ExitStack() as stack:
        apart = Candidate(APART.name, APART.arguments, WITHOUT_CACHE)
        stack.enter_context(running(apart, folder / "saut"))
        pids, ports = _read_processes((folder / "saut.log").read_text())
        expected = fetch(ports["catalogue"], PATH, {})
        servers = [
            Server(Candidate(ALONE, ()), pids["catalogue"], ports["catalogue"]),
            Server(Candidate(DOOR, ()), pids["gateway"], ports["gateway"]),
        ]
        proxies = {name: stack.enter_context(proxying(name, ports["catalogue"], folder / name)) for name in COMMANDS}
        servers += [server for server in proxies.values() if server is not None]
        whole = stack.enter_context(running(Candidate("produit", UP), folder / "saut-produit"))
        servers.append(Server(Candidate(READY, ()), whole.pid, whole.port))
        save(expected, folder / BARE.name)
        bare = stack.enter_context(running(BARE, folder / BARE.name))
        hop = Candidate(HOP, SERVE, WITHOUT_CACHE | {"GATEWAY_LIMITE": "0", "GATEWAY_CATALOGUE": url_of(bare)})
        servers += [bare, stack.enter_context(running(hop, folder / "porte-nue"))]
        ways = [Way(server, _load_on(server, expected, effort)) for server in servers]
        passes = [done for number in range(1, effort.passes + 1) for done in _one_pass(ways, number, effort.passes)]
    absent = [name for name, server in proxies.items() if server is None]
    return _finding(passes, [server.candidate.name for server in servers], absent, len(expected.body), effort)


def url_of(server: Server) -> str:
    """Return where a server is."""
    return f"http://{HOST}:{server.port}"


def _read_processes(told: str) -> tuple[dict[str, int], dict[str, int]]:
    services = re.findall(r"service (\w+) : processus (\d+), http://[\d.]+:(\d+)", told)
    door = re.search(r"porte : processus (\d+)", told)
    port = re.search(r"Prêt : http://[\d.]+:(\d+)", told)
    if not services or door is None or port is None:
        raise BenchError("le produit en processus séparés ne dit pas ses processus")
    pids = {name: int(pid) for name, pid, _ in services} | {"gateway": int(door.group(1))}
    return pids, {name: int(own) for name, _, own in services} | {"gateway": int(port.group(1))}


def _load_on(server: Server, expected: Answer, effort: Effort) -> Load:
    answer = fetch(server.port, PATH, {})
    if (answer.status, answer.body) != (200, expected.body):
        raise BenchError(f"{server.candidate.name} ne donne pas la même page")
    return Load(server.port, PATH, {}, 200, len(expected.body), effort.connections, effort.seconds, WARM_UP_SECONDS)


def _one_pass(ways: list[Way], number: int, passes: int) -> list[Pass]:
    found = []
    for way in ways:
        done = measure_pass(way.server, way.load)
        if done.faults:
            raise BenchError(f"{done.candidate} : {done.faults} réponses fausses ({done.first_fault})")
        say(f"saut : passe {number}/{passes}, {done.candidate} : {done.requests_per_second:.0f} req/s")
        found.append(done)
    return found


def _finding(passes: list[Pass], names: list[str], absent: list[str], length: int, effort: Effort) -> Finding:
    own = {name: [each for each in passes if each.candidate == name] for name in names}
    rates = {name: Series(name, "req/s", tuple(each.requests_per_second for each in own[name])) for name in names}
    costs = {
        name: Series(f"{name}, CPU", "µs/req", tuple(each.cpu_seconds_per_request * 1e6 for each in own[name]))
        for name in names
    }
    return Finding(
        "saut",
        f"GET {PATH}, {length} octets, {effort.connections} connexions",
        (*rates.values(), *costs.values()),
        (
            ratio_of("saut porte / service seul", rates[DOOR], rates[ALONE], LEAST_KEPT),
            Demand("saut seul, CPU de la porte (µs/req)", costs[HOP].median, MOST_MICROSECONDS, at_least=False),
            ratio_of("saut cache / uvicorn nu", rates[READY], rates[BARE.name], LEAST_READY),
        ),
        (
            "saut seul : la porte devant un serveur qui répond aussitôt, à saturation ; devant un service elle attend,",
            "et ce que coûtent ses réveils sur cette machine compte aussi (voir nginx à côté) ;",
            "porte sans cache : quatre processus, HTTP entre la porte et le service ; du cache : un processus ;",
            "CPU : du seul processus qui est devant (la porte, le mandataire, le service seul sans PostgreSQL)",
            *(f"absent de cette machine : {name}" for name in absent),
        ),
    )
