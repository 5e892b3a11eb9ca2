"""The servers under measure: started in processes of their own, ended by their pid, their CPU time read in /proc."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import HOST, ROOT, BenchError
from bench.jobs import Candidate

READY = "Prêt : "
READY_LINE = re.compile(rf"^{READY}http://{re.escape(HOST)}:(\d+)$", re.MULTILINE)
START_SECONDS = 90
STOP_SECONDS = 45
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
# The product's settings come from the job alone, so that the same command measures the same thing everywhere.
SETTINGS = re.compile(r"(GATEWAY|IDENTITY|CATALOGUE|INDICATORS|ORIENTATION|SPIE)_|([A-Z]+_)?DATABASE_URL$")


@dataclass(frozen=True)
class Server:
    """A candidate that is ready."""

    candidate: Candidate
    pid: int
    port: int


@contextmanager
def running(candidate: Candidate, folder: Path) -> Iterator[Server]:
    """Run a candidate on a free port, its data in ``folder``. Raises BenchError when it does not become ready."""
    log = folder.with_suffix(".log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *candidate.arguments, str(folder)],
            cwd=ROOT,
            env=_environment(candidate),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is ours: we stop the servers ourselves
        )
    try:
        yield Server(candidate, process.pid, _wait_ready(process, log))
    finally:
        stop(process)


def _environment(candidate: Candidate) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not SETTINGS.match(name)}
    return {**kept, "PYTHONUTF8": "1", **candidate.settings}


def _wait_ready(process: "subprocess.Popen[bytes]", log: Path) -> int:
    """Return the port that the server says it took."""
    limit = time.monotonic() + START_SECONDS
    while time.monotonic() < limit:
        over = process.poll() is not None
        told = log.read_text(encoding="utf-8", errors="replace")
        if found := READY_LINE.search(told):
            return int(found.group(1))
        if over:
            raise BenchError(f"le serveur s'est arrêté au démarrage (code {process.returncode}) :\n{told}")
        time.sleep(0.05)
    raise BenchError(f"le serveur n'est pas prêt après {START_SECONDS} s :\n{told}")


def wait_listening(port: int) -> bool:
    """Tell whether something comes to listen on ``port`` in time."""
    limit = time.monotonic() + STOP_SECONDS
    while time.monotonic() < limit:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return True
        time.sleep(0.05)
    return False


def stop(process: "subprocess.Popen[bytes]") -> None:
    """Ask, wait, then end by force the process and what it started."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        for pid in [*_descendants(process.pid, _read_stats()), process.pid]:
            os.kill(pid, 9)
        process.wait()


def cpu_seconds(pid: int) -> float:
    """Return the CPU time (user and system) spent so far by a process and what it started, PostgreSQL included."""
    stats = _read_stats()
    if pid not in stats:
        raise BenchError(f"le processus {pid} n'est pas dans /proc : le temps CPU ne se lit que sous Linux")
    return sum(stats[each].cpu for each in [pid, *_descendants(pid, stats)] if each in stats)


def megabytes(pid: int) -> float:
    """Return the memory of a process and what it started, in MiB; pages they share count once (Pss)."""
    return sum(_pss_kilobytes(each) for each in [pid, *_descendants(pid, _read_stats())]) / 1024


def _pss_kilobytes(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:  # it ended meanwhile
        return 0
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))


@dataclass(frozen=True)
class _Stat:
    parent: int
    cpu: float


def _read_stats() -> dict[int, _Stat]:
    stats = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        # utime, stime, and those of its ended children, which are read nowhere else any more (proc_pid_stat(5))
        stats[int(path.parent.name)] = _Stat(int(fields[1]), sum(map(int, fields[11:15])) / CLOCK_TICKS)
    return stats


def _descendants(pid: int, stats: dict[int, _Stat]) -> list[int]:
    children = [each for each, stat in stats.items() if stat.parent == pid]
    return children + [below for child in children for below in _descendants(child, stats)]
