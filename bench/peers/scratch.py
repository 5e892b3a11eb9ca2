"""Where peers are installed: a folder outside the clone, kept from run to run, that may be removed any time."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

STAMP = "installe"
OF_THE_MACHINE = re.compile(r"(?:\w+:)?/[\w.-]+/\S*")


class AbsentError(Exception):
    """A peer cannot be there; the message says why."""


def scratch_folder() -> Path:
    """Return the folder under which everything is installed."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "spie-bench"


def installed(name: str, install: Callable[[Path], None]) -> Path:
    """Return the folder of ``name``, which holds its versions; install it first where it is not whole."""
    folder = scratch_folder() / name
    if not (folder / STAMP).exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        install(folder)
        (folder / STAMP).touch()
    return folder


def run(command: Sequence[str | Path], folder: Path, environment: Mapping[str, str], seconds: float) -> None:
    """Run a step of an installation. Raises AbsentError with the last thing it said."""
    with (folder / "installation.log").open("ab") as log:
        try:
            subprocess.run(command, cwd=folder, env=environment, stdout=log, stderr=log, check=True, timeout=seconds)
        except (OSError, subprocess.SubprocessError) as error:
            raise AbsentError(f"{_told(command)} : {type(error).__name__}, {_last_line(folder)}") from error


def _told(command: Sequence[str | Path]) -> str:
    return " ".join(Path(part).name if os.sep in str(part) else str(part) for part in command)[:80]


def _last_line(folder: Path) -> str:
    """Return the last error, without the paths and addresses of this machine."""
    lines = [line.strip() for line in (folder / "installation.log").read_text(errors="replace").split("\n")]
    told = [line for line in lines if "error" in line.lower() and not OF_THE_MACHINE.search(line)]
    return next(reversed(told or [OF_THE_MACHINE.sub("…", line) for line in lines if line]), "sans rien dire")[:200]
