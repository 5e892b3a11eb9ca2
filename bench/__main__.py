"""The command: ``./spie bench``, that is ``python -m bench``."""

import json
import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from bench import BenchError
from bench.jobs import JOBS, Job
from bench.measure import Effort, measure
from bench.probe import probe_ms
from bench.report import Report, document_of, text_of
from gateway.cli import say

FAULTY, NOISY = 1, 3
NAMES = ",".join(job.name for job in JOBS)
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def bench(
    jobs: Annotated[str, typer.Option(help="Ce qui est mesuré : des noms séparés par des virgules.")] = NAMES,
    passes: Annotated[int, typer.Option(min=3, help="Passes de chaque candidat, en alternance.")] = 3,
    seconds: Annotated[float, typer.Option(min=0.2, max=600, help="Durée d'une passe, après 0,5 s de chauffe.")] = 3,
    connections: Annotated[int, typer.Option(min=1, max=1000, help="Connexions simultanées.")] = 16,
    json_path: Annotated[Path | None, typer.Option("--json", help="Écrire aussi les résultats ici, en JSON.")] = None,
) -> None:
    """Mesure les requêtes par seconde de la porte, contre un uvicorn nu qui rend les mêmes octets.

    Code de sortie : 0 mesuré, 1 mesure impossible ou réponses fausses, 3 machine trop bruyante pour conclure.
    """
    chosen = _chosen(jobs)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        report = _measure_all(chosen, Effort(passes, seconds, connections))
    except BenchError as error:
        say(str(error))
        sys.exit(FAULTY)
    typer.echo(text_of(report))
    if json_path is not None:
        json_path.write_text(json.dumps(document_of(report), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.exit(_exit_code(report))


def _chosen(names: str) -> list[Job]:
    known = {job.name: job for job in JOBS}
    wanted = [name.strip() for name in names.split(",")]
    for name in wanted:
        if name not in known:
            raise typer.BadParameter(f"« {name} » est inconnu ; au choix : {NAMES}", param_hint="--jobs")
    return [known[name] for name in wanted]


def _leave(number: int, frame: FrameType | None) -> None:
    """Leave by an exception, so that servers are stopped and folders removed on the way."""
    sys.exit(128 + number)


def _measure_all(jobs: list[Job], effort: Effort) -> Report:
    """Measure every job, the machine probed before each and after the last."""
    probes, results = [], []
    with tempfile.TemporaryDirectory(prefix="spie-bench-") as folder:
        for job in jobs:
            probes.append(probe_ms())
            say(f"sonde de la machine : {probes[-1]:.1f} ms")
            results.append(measure(job, effort, Path(folder)))
        probes.append(probe_ms())
    return Report(effort, probes, results)


def _exit_code(report: Report) -> int:
    if report.faults:
        return FAULTY
    return NOISY if report.is_noisy else 0


if __name__ == "__main__":
    app(prog_name="spie bench")
