"""``./spie check``: the same checks for a person, a commit and the CI."""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from alembic.util import CommandError

from gateway.cli import say
from gateway.openapi import stale_files
from migrations.run import check, downgrade, upgrade
from shared.embedded import EmbeddedServer

ROOT = Path(__file__).parents[2]
COMMANDS = {
    "forme (ruff format)": ["-m", "ruff", "format", "--check", "."],
    "règles (ruff)": ["-m", "ruff", "check", "."],
    "types (mypy --strict)": ["-m", "mypy"],
    "frontières (import-linter)": ["-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"],
    "architecture": ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0", "tests/architecture"],
}


def run_checks() -> int:
    """Run every check, tell each one's outcome, return the exit status."""
    outcomes = [_run_command(name, arguments) for name, arguments in COMMANDS.items()]
    outcomes += [
        _run("migrations (aller, retour, aller, écart)", _check_migrations),
        _run("contrat (OpenAPI)", _check_contract),
    ]
    failed = outcomes.count(False)
    say("tout est en ordre" if not failed else f"{failed} vérification(s) en échec, voir plus haut")
    return min(failed, 1)


def _run_command(name: str, arguments: list[str]) -> bool:
    def act() -> str:
        done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
        return "" if done.returncode == 0 else done.stdout + done.stderr

    return _run(name, act)


def _run(name: str, act: Callable[[], str]) -> bool:
    begun = time.monotonic()
    problem = act()
    say(f"{'échec' if problem else 'bon  '}  {name} ({time.monotonic() - begun:.1f} s)")
    if problem:
        print(problem)  # noqa: T201
    return not problem


def _check_contract() -> str:
    stale = stale_files()
    return f"à refaire avec ./spie openapi : {', '.join(stale)}" if stale else ""


def _check_migrations() -> str:
    try:
        asyncio.run(_up_down_up())
    except CommandError as error:
        return str(error)
    return ""


async def _up_down_up() -> None:
    with tempfile.TemporaryDirectory(prefix="spie-check-") as folder:
        async with EmbeddedServer(Path(folder), durable=False).running() as server:
            await upgrade(server.owner_url)
            await downgrade(server.owner_url)
            await upgrade(server.owner_url)
            await check(server.owner_url)
