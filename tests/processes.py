"""Starts and stops the product as a person does: by ``gateway.cli up``, ended by its own process id."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from tests.watching import look

ROOT = Path(__file__).parents[1]
START_SECONDS = 90
CLEARED = (
    "DATABASE_URL",
    "CATALOGUE_DATABASE_URL",
    "INDICATORS_DATABASE_URL",
    "ORIENTATION_DATABASE_URL",
    "GATEWAY_DATABASE_URL",
    "SPIE_PLAN_DIR",
)


@dataclass(frozen=True)
class Door:
    """A running product."""

    process: "subprocess.Popen[str]"
    url: str
    data: Path
    separate: bool

    def keys(self) -> dict[str, str]:
        keys: dict[str, str] = json.loads((self.data / "cles-dev.json").read_text())
        return keys

    def bearer(self, role: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys()[role]}"}

    def client(self) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, timeout=35, trust_env=False, event_hooks={"response": [look]})

    def output(self) -> str:
        return (self.data / "sortie.txt").read_text()

    def pid_of(self, service: str) -> int:
        """The process of one service, in separate mode."""
        found = re.search(rf"(?:service )?{service} : processus (\d+)", self.output())
        assert found, self.output()
        return int(found.group(1))


def launch(folder: Path, *options: str, environment: dict[str, str] | None = None) -> "subprocess.Popen[str]":
    """Start ``up`` on ``folder``; what it prints goes to ``folder/sortie.txt``."""
    folder.mkdir(parents=True, exist_ok=True)
    inherited = {name: value for name, value in os.environ.items() if name not in CLEARED}
    with (folder / "sortie.txt").open("w") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "gateway.cli", "up", "--port", "0", "--data", str(folder), *options],
            cwd=ROOT,
            env={**inherited, "PYTHONPATH": str(ROOT), **(environment or {})},
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )


def wait_ready(process: "subprocess.Popen[str]", folder: Path) -> str:
    """Return the address of the door once it says that it is ready."""
    begun = time.monotonic()
    while time.monotonic() - begun < START_SECONDS:
        output = (folder / "sortie.txt").read_text()
        if found := re.search(r"^Prêt : (http://\S+)", output, re.M):
            return found.group(1)
        assert process.poll() is None, output
        time.sleep(0.05)
    raise AssertionError(f"not ready after {START_SECONDS} s: {output}")


def stop(process: "subprocess.Popen[str]", number: signal.Signals = signal.SIGTERM) -> int:
    """End a process we started and return its exit status."""
    if process.poll() is None:
        process.send_signal(number)
    return process.wait(40)


@contextmanager
def start_door(
    folder: Path, *options: str, separate: bool = False, environment: dict[str, str] | None = None
) -> Iterator[Door]:
    """Run the product until the end of the block."""
    process = launch(folder, *options, *(["--separate"] if separate else []), environment=environment)
    try:
        yield Door(process, wait_ready(process, folder), folder, separate)
    finally:
        stop(process)
