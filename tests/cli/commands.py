"""Runs the commands as a person does, and looks at the processes they leave."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx2

from tests.processes import CLEARED, ROOT, launch, stop

PATIENCE = 40
ROLES = {"lecteur", "partenaire", "agent", "pilote", "admin"}


def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run one command of ``./spie`` to its end; what it prints is in ``stdout``."""
    inherited = {name: value for name, value in os.environ.items() if name not in CLEARED}
    return subprocess.run(
        [sys.executable, "-m", "gateway.cli", *arguments],
        cwd=ROOT,
        env={**inherited, "PYTHONPATH": str(ROOT), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def refused(folder: Path, *options: str, **environment: str) -> str:
    """Run ``up`` on ``folder``, which is refused: return what it says, in words."""
    process = launch(folder, *options, environment=environment)
    try:
        assert process.wait(PATIENCE) == 1
    finally:
        stop(process)
    said = (folder / "sortie.txt").read_text()
    assert "Traceback" not in said
    assert "Prêt" not in said
    return said


def ends(process: "subprocess.Popen[str]", *signals: signal.Signals) -> int:
    """Send each of ``signals`` to a process we started, and return its exit status."""
    for number in signals:
        process.send_signal(number)
        time.sleep(0.1)
    return process.wait(PATIENCE)


def is_alive(pid: int) -> bool:
    """Tell whether process ``pid`` exists and is not a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def processes_in(folder: Path) -> set[int]:
    """Return the processes whose working directory is below ``folder``: the PostgreSQL of an instance."""
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "cwd").resolve().is_relative_to(folder.resolve()):
                found.add(int(entry.name))
        except OSError:
            continue
    return {pid for pid in found if is_alive(pid)}


def service_processes(folder: Path) -> set[int]:
    """Return the processes that ``up --separate`` says it started."""
    said = (folder / "sortie.txt").read_text()
    return {int(pid) for pid in re.findall(r" : processus (\d+)", said)}


def until(condition: Callable[[], bool], seconds: float = 10) -> bool:
    """Tell whether ``condition`` comes true within ``seconds``."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > seconds:
            return False
        time.sleep(0.05)
    return True


def keys_of(folder: Path) -> dict[str, str]:
    """Return the development keys of an instance."""
    keys: dict[str, str] = json.loads((folder / "cles-dev.json").read_text())
    return keys


def change_action(url: str, key: str, *, statut: str = "en-cours", code: str = "11.A1") -> httpx2.Response:
    """Say where an action is, with ``key``."""
    with httpx2.Client(base_url=url, timeout=30, trust_env=False) as client:
        etag = client.get(f"/v1/actions/{code}").headers["etag"]
        headers = {"Authorization": f"Bearer {key}", "If-Match": etag}
        return client.patch(f"/v1/actions/{code}", json={"statut": statut}, headers=headers)


def read(url: str, path: str) -> httpx2.Response:
    """Read ``path`` as anyone."""
    return httpx2.get(f"{url}{path}", timeout=30, trust_env=False)
