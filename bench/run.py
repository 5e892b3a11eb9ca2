"""One run: every job asked for, the machine probed before each and after the last, what they share kept between."""

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.findings import Finding
from bench.hop_job import measure_hop
from bench.instance import Instance
from bench.jobs import JOBS, Job
from bench.measure import Effort, measure
from bench.page_job import measure_page
from bench.pages_job import measure_pages
from bench.peers import arena
from bench.peers.jobs import READS, Comparing, comparing
from bench.peers.other_jobs import compare_memory, compare_push, compare_start
from bench.probe import probe_ms
from bench.propositions_job import measure_propositions
from bench.push_jobs import measure_lots, measure_many
from bench.report import Report
from bench.rio_job import measure_rio
from bench.values_job import measure_values
from gateway.cli import say

SingleJob = Callable[[Instance, Effort, Path], Finding]
SIMPLE: dict[str, Job] = {job.name: job for job in JOBS}
BESIDE: dict[str, SingleJob] = {"propositions": measure_propositions, "saut": measure_hop, "pages": measure_pages}
"""On servers of their own."""
PAIRS: dict[str, Comparing] = {
    **{name: comparing(name) for name in READS},
    "pairs-lot": compare_push,
    "pairs-demarrage": compare_start,
    "pairs-memoire": compare_memory,
}
"""Where the product and its peers are all up, on the same rows."""
ON_MEASUREMENTS: dict[str, SingleJob] = {
    "lots": measure_lots,
    "lot-100k": measure_many,
    "mesures": measure_page,
    "valeurs": measure_values,
    "rio": measure_rio,
}
"""On one instance whose stored measurements grow from job to job, in this order; the last counts persons."""
NAMES = (*SIMPLE, *BESIDE, *PAIRS, *ON_MEASUREMENTS)


@dataclass(frozen=True)
class Choices:
    """What a run measures, and how."""

    jobs: Sequence[str]
    peers: Sequence[str]
    effort: Effort
    measurements: int


def measure_all(choices: Choices, tell: Callable[[str, int], None]) -> Report:
    """Measure every job in the order of ``NAMES``; ``tell`` is given what begins and how many are done."""
    report = Report(choices.effort)
    with tempfile.TemporaryDirectory(prefix="spie-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        run = _Run(choices, folder, Instance(folder / "banc", choices.measurements), stack)
        for done, job in enumerate(choices.jobs):
            tell(job, done)
            report.probes.append(probe_ms())
            report.jobs.append(job)
            say(f"sonde de la machine : {report.probes[-1]:.1f} ms")
            run.measure(job, report)
        report.probes.append(probe_ms())
        tell("", len(choices.jobs))
    return report


class _Run:
    """What jobs share: the folder, the instance that grows, the peers once they are up."""

    def __init__(self, choices: Choices, folder: Path, instance: Instance, stack: ExitStack) -> None:
        self._choices = choices
        self._folder = folder
        self._instance = instance
        self._stack = stack
        self._arena: arena.Arena | None = None

    def measure(self, name: str, report: Report) -> None:
        """Do one job."""
        effort = self._choices.effort
        if name in SIMPLE:
            report.results.append(measure(SIMPLE[name], effort, self._folder))
            return
        if name in PAIRS:
            finding = PAIRS[name](self._meet(), effort, self._folder)
        else:
            self._part()
            finding = {**BESIDE, **ON_MEASUREMENTS}[name](self._instance, effort, self._folder)
        report.findings.append(finding)
        for line in finding.lines:
            say(line)

    def _meet(self) -> arena.Arena:
        if self._arena is None:
            present = min(arena.PRESENT, self._choices.measurements)
            meeting = arena.meeting(self._folder / "pairs", self._choices.peers, present)
            self._arena = self._stack.enter_context(meeting)
        return self._arena

    def _part(self) -> None:
        """Let what the peers hold go before other jobs are measured."""
        self._arena = None
        self._stack.pop_all().close()
