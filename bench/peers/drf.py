"""Django REST framework behind gunicorn: one process, the same PostgreSQL, a database of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import BenchError
from bench.peers.corpus import Asked, Corpus, copy_mesures
from bench.peers.postgresql import Base
from bench.peers.scratch import installed, run
from bench.peers.side import Program, Pushing, Side, created_in, enveloped

PINS = {
    "Django": "5.2.19",
    "djangorestframework": "3.18.3",
    "gunicorn": "27.0.1",
    "psycopg": "3.3.9",
    "psycopg-binary": "3.3.9",
    "asgiref": "3.13.0",
    "sqlparse": "0.6.1",
    "typing-extensions": "4.16.0",
}
NAME = "drf"
FOLDER = f"drf-{PINS['djangorestframework']}-{PINS['Django']}-{PINS['gunicorn']}"
SITE = Path(__file__).parent / "drf_site"
THREADS = 4
INSTALL_SECONDS = 240
TABLES = {"mesure": "plan_mesure", "revision": "plan_revision"}
ABOUT = (
    f"`drf`: Django {PINS['Django']}, REST framework {PINS['djangorestframework']}, gunicorn {PINS['gunicorn']} (one "
    f"worker process, gthread, {THREADS} threads: the fastest of 2, 4 and 16; sync closes the connection after each "
    f"answer), psycopg {PINS['psycopg']}, connections kept, TokenAuthentication, ConditionalGetMiddleware"
)


def _install(folder: Path) -> None:
    """Make a virtual environment of the pinned versions."""
    run([sys.executable, "-m", "venv", folder / "venv"], folder, {}, INSTALL_SECONDS)
    pins = [f"{name}=={version}" for name, version in PINS.items()]
    pip: list[str | Path] = [
        folder / "venv/bin/python",
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-deps",
        *pins,
    ]
    run(pip, folder, {"PATH": "/usr/bin:/bin"}, INSTALL_SECONDS)


@contextmanager
def serving_drf(base: Base, corpus: Corpus, asked: Asked, folder: Path) -> Iterator[Side]:
    """Install, fill and run it. Raises AbsentError."""
    python = installed(FOLDER, _install) / "venv/bin/python"
    database = base.create("banc_drf")
    environment = {
        **database.environment,
        "HOME": str(folder),
        "PYTHONPATH": str(SITE),
        "PYTHONDONTWRITEBYTECODE": "",
        "DJANGO_SETTINGS_MODULE": "site_drf.settings",
        "BANC_SECRET": "banc" * 16,
    }
    token = _fill(python, environment, corpus.write_plan(folder))
    copy_mesures(corpus, database, TABLES)
    headers = {"authorization": f"Token {token}"}
    command = [str(python), "-m", "gunicorn", "--worker-class", "gthread", "--threads", str(THREADS), "--workers", "1"]
    command += ["--keep-alive", "75", "--bind", "127.0.0.1:{port}", "site_drf.wsgi"]
    program = Program(NAME, tuple(command), environment, folder, "/api/fiches/11/", headers)
    with program.running() as (server, _):
        pushing = Pushing("/api/lots/", enveloped, created_in)
        yield Side(server, lambda _: headers, _paths(asked), pushing, program.start_seconds, ABOUT)


def _paths(asked: Asked) -> dict[str, str]:
    return {
        "liste": "/api/fiches/",
        "fiche": "/api/fiches/11/",
        "page": f"/api/mesures/?grandeur={asked.grandeur}",
        "agregat": f"/api/mesures/agregat/?grandeur={asked.grandeur}&de={asked.first}&a={asked.last}",
    }


def _fill(python: Path, environment: dict[str, str], plan: Path) -> str:
    done = subprocess.run(
        [python, SITE / "charger.py", plan],
        env={**environment, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BenchError(f"drf ne se remplit pas : {done.stderr[-600:]}")
    return done.stdout.strip()
