"""Where and with what a run was made: it is part of its result."""

import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from bench import ROOT
from bench.zen import VERSION as ZEN
from shared.postgresql import find_binaries

PACKAGES = ("fastapi", "uvicorn", "uvloop", "httptools", "asyncpg", "sqlalchemy", "pydantic", "aiohttp")


def describe() -> dict[str, Any]:
    """Return the date, the machine, the versions and the command."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": " ".join(["./spie bench", *_without_paths(sys.argv[1:])]),
        "machine": {
            "system": platform.platform(),
            "processor": _first("/proc/cpuinfo", "model name"),
            "processors": os.cpu_count(),
            "memory": _first("/proc/meminfo", "MemTotal"),
        },
        "versions": {
            "spie": _commit(),
            "python": platform.python_version(),
            "postgresql": str(find_binaries().major),
            **{name: _version(name) for name in PACKAGES},
            "zen-engine": ZEN,
        },
        "load_average": os.getloadavg(),
    }


def _without_paths(arguments: list[str]) -> Iterator[str]:
    """Leave out where the results go: it changes nothing of them."""
    for before, argument in zip(["", *arguments], arguments, strict=False):
        if "--json" not in (before, argument):
            yield argument


def _first(path: str, name: str) -> str:
    for line in Path(path).read_text().splitlines() if Path(path).exists() else ():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return "inconnu"


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return "inconnu"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"
