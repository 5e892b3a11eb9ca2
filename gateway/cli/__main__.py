"""The commands of ``./spie``."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import say

ROOT = Path(__file__).parents[2]
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
DataDir = Annotated[Path, typer.Option("--data", help="Dossier des données de l'instance.", file_okay=False)]
PlanDir = Annotated[Path | None, typer.Option("--plan", help="Un autre plan : dossier DIR/catalogue.", file_okay=False)]


@app.command()
def up(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port de la porte, sur 127.0.0.1 (0 : au choix).")] = 8000,
    data: DataDir = ROOT / ".spie",
    separate: Annotated[bool, typer.Option("--separate", help="Un processus par service, en HTTP.")] = False,
    plan: PlanDir = None,
    dev_keys: Annotated[
        bool,
        typer.Option("--cles-dev", help="Avec DATABASE_URL : clés de développement quand même (jamais en production)."),
    ] = False,
) -> None:
    """Installe, charge et lance tout : la porte, les trois services et leur base."""
    from gateway.cli.up import Options, run

    sys.exit(run(Options(port=port, data=data, separate=separate, plan=plan, dev_keys=dev_keys)))


@app.command()
def worker() -> None:
    """Fait le travail de fond des services : publication, clôtures, envois ; ./spie up le fait déjà lui-même."""
    from gateway.cli.worker import run

    sys.exit(run())


@app.command()
def migrate(
    data: DataDir = ROOT / ".spie",
    load: Annotated[bool, typer.Option("--load", help="Charger aussi les fichiers relus du plan.")] = False,
    plan: PlanDir = None,
) -> None:
    """Met la base à jour : extensions, schémas, rôles, tables ; avec --load, le plan aussi."""
    from gateway.cli.database import migrate_database

    sys.exit(asyncio.run(migrate_database(data, load=load, plan=plan)))


@app.command()
def sauvegarde(
    fichier: Annotated[Path, typer.Argument(help="Où écrire la sauvegarde.", dir_okay=False)],
    data: DataDir = ROOT / ".spie",
) -> None:
    """Sauvegarde toute la base dans un fichier, que l'instance tourne ou non ; les secrets se gardent à part."""
    from gateway.cli.backup import run_backup

    sys.exit(asyncio.run(run_backup(data, fichier)))


@app.command()
def restauration(
    fichier: Annotated[Path, typer.Argument(help="La sauvegarde.", exists=True, dir_okay=False)],
    data: DataDir = ROOT / ".spie",
) -> None:
    """Restaure une sauvegarde dans une instance vide, puis met la base à jour."""
    from gateway.cli.backup import run_restore

    sys.exit(asyncio.run(run_restore(data, fichier)))


@app.command("cles-porte")
def cles_porte() -> None:
    """Donne des valeurs neuves aux secrets de la porte : clés de partenaire, sessions des pages."""
    from gateway.cli.identity import make_door_settings

    for name, value in make_door_settings().items():
        typer.echo(f"{name}={value}")


@app.command()
def openapi(check: Annotated[bool, typer.Option("--check", help="Dire seulement ce qui diffère.")] = False) -> None:
    """Refait le contrat fusionné, en français et en anglais, les vocabulaires et les codes d'erreur."""
    from gateway.openapi import stale_files, write_files

    changed = stale_files() if check else write_files()
    for name in changed:
        say(f"gateway/{name} {'ne correspond plus aux services : lancez ./spie openapi' if check else 'refait'}")
    if not changed:
        say("le contrat correspond aux services")
    sys.exit(1 if check and changed else 0)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(context: typer.Context) -> None:
    """Passe les tests ; les arguments vont à pytest."""
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *context.args])  # noqa: S606


@app.command()
def check() -> None:
    """Vérifie la forme, les types, les frontières, les migrations et le contrat."""
    from gateway.cli.check import run_checks

    sys.exit(run_checks())


@app.command()
def doctor(data: DataDir = ROOT / ".spie") -> None:
    """Dit, en clair, ce qui ne va pas sur cette machine ou dans cette configuration."""
    from gateway.cli.doctor import run_doctor

    sys.exit(asyncio.run(run_doctor(data)))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def bench(context: typer.Context) -> None:
    """Mesure les performances ; ./spie bench --help pour les choix."""
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "bench", *context.args])  # noqa: S606


if __name__ == "__main__":
    app()
