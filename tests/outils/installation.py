"""Tools of other ecosystems, at a pinned version, in a cache of the account: never in the clone, never needed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SECONDS = 300


def cache() -> Path:
    """Return where tools are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "spie-outils"


def npm(*packages: str) -> Path:
    """Return a folder whose ``node_modules`` holds ``packages`` (``name@version``); skip where they cannot be had."""
    if shutil.which("npm") is None:
        pytest.skip("Node et npm manquent : ces essais ne sont pas passés")
    folder = cache() / "-".join(sorted(each.replace("/", "_").replace("@", "_") for each in packages))
    if not (folder / "fini").exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true, "type": "module"}')
        _run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *packages], folder)
        (folder / "fini").touch()
    return folder


def venv(*packages: str) -> Path:
    """Return the ``bin`` folder of a virtual environment that holds ``packages``; skip where they cannot be had."""
    folder = cache() / "-".join(sorted(each.replace("==", "_") for each in packages))
    if not (folder / "fini").exists():
        shutil.rmtree(folder, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(folder)], Path.cwd())
        pip = [
            str(folder / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--no-input",
            "-q",
        ]
        _run([*pip, *packages], Path.cwd())
        (folder / "fini").touch()
    return folder / "bin"


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
    if done.returncode != 0:
        pytest.skip(f"{command[0]} n'a pas pu installer : {done.stderr.strip()[-300:]}")


def wheel(package: str) -> Path:
    """Return a folder with the content of the wheel of ``package`` (``name==version``), nothing it depends on."""
    folder = cache() / package.replace("==", "_")
    if not (folder / "fini").exists():
        pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-q", "--no-deps"]
        _run([*pip, "--target", str(folder), package], Path.cwd())
        (folder / "fini").touch()
    return folder
