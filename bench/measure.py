"""How a job is measured: every candidate up at once, then passes in turn, A B A B."""

import json
import statistics
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import ROOT, BenchError
from bench.answers import Answer, expected_answer, fetch, request_headers_of, save
from bench.jobs import BARE, Job
from bench.load import Load, Outcome
from bench.servers import Server, cpu_seconds, running
from gateway.cli import say

WARM_UP_SECONDS = 0.5
MARGIN_SECONDS = 30


@dataclass(frozen=True)
class Effort:
    """How long and how hard to measure."""

    passes: int
    seconds: float
    connections: int


@dataclass(frozen=True)
class Pass:
    """One candidate under load, once."""

    candidate: str
    requests_per_second: float
    cpu_seconds_per_request: float
    client_busy: float
    faults: int
    first_fault: str
    requests: int = 0
    """In all, with the warm-up: what the CPU time was spent on."""
    p50_ms: float = 0
    p99_ms: float = 0


@dataclass(frozen=True)
class Result:
    """Every pass of a job, in order."""

    job: Job
    status: int
    length: int
    passes: tuple[Pass, ...]

    @property
    def candidates(self) -> list[str]:
        """The names of the candidates, the bare server last."""
        return [*(candidate.name for candidate in self.job.candidates), BARE.name]

    def passes_of(self, candidate: str) -> list[Pass]:
        """Return the passes of one candidate."""
        return [each for each in self.passes if each.candidate == candidate]

    def rates_of(self, candidate: str) -> list[float]:
        """Return its requests per second, pass by pass."""
        return [each.requests_per_second for each in self.passes_of(candidate)]

    def ratios_of(self, candidate: str) -> list[float]:
        """Return its requests per second against the bare server's, pass by pass."""
        pairs = zip(self.rates_of(candidate), self.rates_of(BARE.name), strict=True)
        return [rate / bare for rate, bare in pairs]

    @property
    def reaches_threshold(self) -> bool | None:
        """Whether the first candidate's median ratio is enough; None when nothing is asked."""
        if self.job.threshold is None:
            return None
        return statistics.median(self.ratios_of(self.candidates[0])) >= self.job.threshold


def measure(job: Job, effort: Effort, folder: Path) -> Result:
    """Measure one job; the servers keep their data in ``folder``."""
    say(f"{job.name} : démarrage des serveurs ({job.about})")
    with ExitStack() as stack:
        servers = [stack.enter_context(running(candidate, folder / candidate.name)) for candidate in job.candidates]
        headers = request_headers_of(job, servers[0].port)
        answer = expected_answer(job, servers[0].port, headers)
        save(answer, folder / BARE.name)
        servers.append(stack.enter_context(running(BARE, folder / BARE.name)))
        for server in servers:
            _check_same(server, fetch(server.port, job.path, headers), answer)
        passes = []
        for number in range(1, effort.passes + 1):
            for server in servers:
                done = measure_pass(server, _load_on(server, job, headers, answer, effort))
                say(f"{job.name} : passe {number}/{effort.passes}, {_told(done)}")
                passes.append(done)
    return Result(job, answer.status, len(answer.body), tuple(passes))


def _check_same(server: Server, answer: Answer, expected: Answer) -> None:
    if answer != expected:
        raise BenchError(f"{server.candidate.name} ne donne pas la même réponse que les autres")


def _load_on(server: Server, job: Job, headers: dict[str, str], answer: Answer, effort: Effort) -> Load:
    return Load(
        port=server.port,
        path=job.path,
        headers=headers,
        status=answer.status,
        length=len(answer.body),
        connections=effort.connections,
        seconds=effort.seconds,
        warm_up=WARM_UP_SECONDS,
    )


def measure_pass(server: Server, load: Load, *others: int) -> Pass:
    """Put one load on one server; ``others`` are processes that work for it."""
    pids = {server.pid, *others}
    before = sum(map(cpu_seconds, pids))
    outcome = _put(load)
    cpu = sum(map(cpu_seconds, pids)) - before
    if outcome.requests == 0:
        raise BenchError(f"{server.candidate.name} : aucune réponse juste ({outcome.first_fault or 'trop lent'})")
    return Pass(
        candidate=server.candidate.name,
        requests_per_second=outcome.requests / outcome.seconds,
        cpu_seconds_per_request=cpu / outcome.all_requests,
        client_busy=outcome.client_cpu_seconds / outcome.seconds,
        faults=outcome.faults,
        first_fault=outcome.first_fault,
        requests=outcome.all_requests,
        p50_ms=outcome.p50_ms,
        p99_ms=outcome.p99_ms,
    )


def _put(load: Load) -> Outcome:
    command = [sys.executable, "-m", "bench.load", json.dumps(asdict(load))]
    limit = load.warm_up + load.seconds + MARGIN_SECONDS
    try:
        done = subprocess.run(
            command, cwd=ROOT, stdout=subprocess.PIPE, timeout=limit, check=True, start_new_session=True
        )
    except subprocess.SubprocessError as error:
        raise BenchError("le générateur de charge a échoué, voir plus haut") from error
    return Outcome(**json.loads(done.stdout))


def _told(done: Pass) -> str:
    fault = f", {done.faults} réponses fausses ({done.first_fault})" if done.faults else ""
    return f"{done.candidate} : {done.requests_per_second:.0f} req/s{fault}"
