"""The command: ``./spie bench``, that is ``python -m bench``."""

import json
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from bench import BenchError
from bench.findings import Finding
from bench.hop_job import measure_hop
from bench.instance import Instance
from bench.jobs import JOBS, Job
from bench.measure import Effort, measure
from bench.page_job import measure_page
from bench.probe import probe_ms
from bench.propositions_job import measure_propositions
from bench.push_jobs import measure_lots, measure_many
from bench.report import Report, document_of, text_of
from bench.rio_job import measure_rio
from bench.values_job import measure_values
from gateway.cli import say

FAULTY, NOISY = 1, 3
SingleJob = Callable[[Instance, Effort, Path], Finding]
BESIDE: dict[str, SingleJob] = {"propositions": measure_propositions, "saut": measure_hop}
"""On servers of their own."""
ON_MEASUREMENTS: dict[str, SingleJob] = {
    "lots": measure_lots,
    "lot-100k": measure_many,
    "mesures": measure_page,
    "valeurs": measure_values,
    "rio": measure_rio,
}
"""On one instance whose stored measurements grow from job to job, in this order; the last counts persons."""
NAMES = ",".join([*(job.name for job in JOBS), *BESIDE, *ON_MEASUREMENTS])
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def bench(
    jobs: Annotated[str, typer.Option(help="Ce qui est mesuré : des noms séparés par des virgules.")] = NAMES,
    passes: Annotated[int, typer.Option(min=3, help="Passes de chaque candidat, en alternance.")] = 3,
    seconds: Annotated[float, typer.Option(min=0.2, max=600, help="Durée d'une passe, après 0,5 s de chauffe.")] = 3,
    connections: Annotated[int, typer.Option(min=1, max=1000, help="Connexions simultanées.")] = 16,
    measurements: Annotated[
        int, typer.Option(min=100_000, max=12_000_000, help="Mesures stockées au plus, pour lots, mesures et valeurs.")
    ] = 10_000_000,
    json_path: Annotated[Path | None, typer.Option("--json", help="Écrire aussi les résultats ici, en JSON.")] = None,
) -> None:
    """Mesure le produit : la porte, les règles, les lots, les grandes lectures, la RIO, chacun face à son étalon.

    Code de sortie : 0 mesuré, 1 mesure impossible ou réponses fausses, 3 machine trop bruyante pour conclure.
    """
    chosen = _chosen(jobs)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        report = _measure_all(chosen, Effort(passes, seconds, connections), measurements)
    except BenchError as error:
        say(str(error))
        sys.exit(FAULTY)
    typer.echo(text_of(report))
    if json_path is not None:
        json_path.write_text(json.dumps(document_of(report), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.exit(_exit_code(report))


def _chosen(names: str) -> list[str]:
    wanted = [name.strip() for name in names.split(",")]
    for name in wanted:
        if name not in NAMES.split(","):
            raise typer.BadParameter(f"« {name} » est inconnu ; au choix : {NAMES}", param_hint="--jobs")
    return [name for name in NAMES.split(",") if name in wanted]


def _leave(number: int, frame: FrameType | None) -> None:
    """Leave by an exception, so that servers are stopped and folders removed on the way."""
    sys.exit(128 + number)


def _measure_all(names: list[str], effort: Effort, measurements: int) -> Report:
    """Measure every job, the machine probed before each and after the last."""
    report = Report(effort, [], [], [])
    simple: dict[str, Job] = {job.name: job for job in JOBS}
    with tempfile.TemporaryDirectory(prefix="spie-bench-") as folder:
        instance = Instance(Path(folder) / "banc", measurements)
        for name in names:
            report.probes.append(probe_ms())
            say(f"sonde de la machine : {report.probes[-1]:.1f} ms")
            if name in simple:
                report.results.append(measure(simple[name], effort, Path(folder)))
            else:
                report.findings.append({**BESIDE, **ON_MEASUREMENTS}[name](instance, effort, Path(folder)))
                for line in report.findings[-1].lines:
                    say(line)
        report.probes.append(probe_ms())
    return report


def _exit_code(report: Report) -> int:
    if report.faults:
        return FAULTY
    return NOISY if report.is_noisy else 0


if __name__ == "__main__":
    app(prog_name="spie bench")
