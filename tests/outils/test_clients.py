"""Clients made from the contract by others' generators compile, and speak with the product."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Door
from tests.outils.installation import npm, venv

pytestmark = pytest.mark.outils
HERE, ROOT = Path(__file__).parent, Path(__file__).parents[2]
CONTRACT = ROOT / "gateway" / "openapi.json"
SECONDS = 300
EXPECTED = {
    "fiches": 38,
    "titre": "La généralisation des Rencontres Information et Orientation (RIO) pour une orientation plus rapide et"
    " dynamique",
    "code": "FICHE_INCONNUE",
}


def run(*command: str | Path, folder: Path, door: str = "") -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PORTE": door, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{command[0]} : {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


def test_typescript_types_compile_and_read_the_plan(embedded_door: Door, tmp_path: Path) -> None:
    tools = npm("openapi-typescript@7.13.0", "openapi-fetch@0.17.0", "typescript@5.9.3", "@types/node@20.19.0")
    (tmp_path / "node_modules").symlink_to(tools / "node_modules")
    (tmp_path / "package.json").write_text('{"private": true, "type": "module"}')
    shutil.copy(HERE / "fumee.ts", tmp_path)
    run("node_modules/.bin/openapi-typescript", CONTRACT, "-o", "contrat.d.ts", folder=tmp_path)
    options = ("--strict", "--target", "es2022", "--module", "nodenext", "--types", "node")
    run("node_modules/.bin/tsc", *options, "fumee.ts", folder=tmp_path)
    assert json.loads(run("node", "fumee.js", folder=tmp_path, door=embedded_door.url)) == EXPECTED


def test_a_python_client_reads_the_plan(embedded_door: Door, tmp_path: Path) -> None:
    tools = venv("openapi-python-client==0.29.1")
    settings = {"package_name_override": "client", "project_name_override": "client"}
    (tmp_path / "reglages.json").write_text(json.dumps(settings))
    making = ("generate", "--path", CONTRACT, "--meta", "none", "--output-path", "client", "--config", "reglages.json")
    told = run(tools / "openapi-python-client", *making, folder=tmp_path)
    assert "WARNING" not in told.upper(), told
    shutil.copy(HERE / "fumee.py", tmp_path)
    said: Any = json.loads(run(tools / "python", "-W", "error", "fumee.py", folder=tmp_path, door=embedded_door.url))
    assert said == EXPECTED
