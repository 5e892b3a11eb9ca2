"""The command: ``./spie bench``, that is ``python -m bench``."""

import json
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from bench import BenchError
from bench.growth import grow
from bench.measure import Effort
from bench.peers.arena import PEERS
from bench.progress import showing
from bench.report import Report, text_of
from bench.run import NAMES, Choices, measure_all
from bench.write_docs import write_docs
from gateway.cli import say

FAULTY, NOISY = 1, 3
EVERY_JOB, EVERY_PEER = ",".join(NAMES), ",".join(PEERS)
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def bench(  # noqa: PLR0913, PLR0917 - one parameter an option
    jobs: Annotated[str, typer.Option(help="Ce qui est mesuré : des noms séparés par des virgules.")] = EVERY_JOB,
    peers: Annotated[str, typer.Option(help="À qui le produit est comparé (travaux pairs-…).")] = EVERY_PEER,
    passes: Annotated[int, typer.Option(min=3, help="Passes de chaque candidat, en alternance.")] = 3,
    seconds: Annotated[float, typer.Option(min=0.2, max=600, help="Durée d'une passe, après 0,5 s de chauffe.")] = 3,
    connections: Annotated[int, typer.Option(min=1, max=1000, help="Connexions simultanées.")] = 16,
    measurements: Annotated[
        int, typer.Option(min=100_000, max=12_000_000, help="Mesures stockées au plus.")
    ] = 10_000_000,
    growth: Annotated[bool, typer.Option("--growth", help="Plutôt : le coût à 1, 10 et 100 fois les données.")] = False,
    json_path: Annotated[Path | None, typer.Option("--json", help="Écrire aussi les résultats ici, en JSON.")] = None,
    write: Annotated[
        list[Path] | None,
        typer.Option("--write-docs", help="Plutôt : écrire docs/performance.md depuis ces résultats (répétable)."),
    ] = None,
) -> None:
    """Mesure le produit à côté de ce qu'on emploierait à sa place, et des limites de la machine.

    Code de sortie : 0 mesuré, 1 mesure impossible ou réponses fausses, 3 machine trop bruyante pour conclure.
    """
    if write:
        write_docs([json.loads(path.read_text(encoding="utf-8")) for path in write])
        return
    choices = Choices(
        _chosen(jobs, NAMES, "--jobs"),
        _chosen(peers, tuple(PEERS), "--peers"),
        Effort(passes, seconds, connections),
        measurements,
    )
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        report = grow(choices) if growth else _measured(choices)
    except BenchError as error:
        say(str(error))
        sys.exit(FAULTY)
    typer.echo(text_of(report))
    if json_path is not None:
        json_path.write_text(json.dumps(report.document(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.exit(_exit_code(report))


def _measured(choices: Choices) -> Report:
    with showing(len(choices.jobs)) as tell:
        return measure_all(choices, tell)


def _chosen(names: str, known: tuple[str, ...], hint: str) -> list[str]:
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if name not in known:
            raise typer.BadParameter(f"« {name} » est inconnu ; au choix : {','.join(known)}", param_hint=hint)
    return [name for name in known if name in wanted]


def _leave(number: int, frame: FrameType | None) -> Any:
    """Leave by an exception, so that servers are stopped and folders removed on the way."""
    sys.exit(128 + number)


def _exit_code(report: Report) -> int:
    if report.faults:
        return FAULTY
    return NOISY if report.noisy_jobs else 0


if __name__ == "__main__":
    app(prog_name="spie bench")
