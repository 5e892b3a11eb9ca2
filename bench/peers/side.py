"""One side of a comparison: a server that is ready, who asks it, and where each job stands there."""

import http.client
import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import HOST, BenchError
from bench.answers import fetch
from bench.jobs import Candidate
from bench.seed import SOURCE
from bench.servers import Server, stop

START_SECONDS = 120
POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Side:
    """A server, the path of each job, how ten thousand rows are pushed, how it starts."""

    server: Server
    headers_of: Callable[[str], dict[str, str]]
    """What callers of a job send."""
    paths: Mapping[str, str]
    push: "Pushing"
    start: Callable[[], float]
    """Start it once more, beside; return the seconds until its first answer."""
    about: str
    """What it is and how it is set, for the page of results."""

    @property
    def name(self) -> str:
        """How the results call it."""
        return self.server.candidate.name


@dataclass(frozen=True)
class Pushing:
    """How a push is sent, and what of the answer says that every row is written."""

    path: str
    body: Callable[[Sequence[Mapping[str, Any]], str], bytes]
    """Rows and the instant they were extracted, as this side takes them."""
    created: Callable[[Any], int]


def enveloped(rows: Sequence[Mapping[str, Any]], extrait_le: str) -> bytes:
    """Return the body of a push as the product and Django take it."""
    return json.dumps({"enveloppe": {"source": SOURCE, "extrait_le": extrait_le}, "mesures": rows}).encode()


def created_in(report: Any) -> int:
    """Return how many rows their report says it made."""
    created: int = report["creees"]
    return created


def free_port() -> int:
    """Return a port that nothing uses yet."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


@dataclass(frozen=True)
class Program:
    """A server as a command; ``{port}`` in it is the port to take."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    folder: Path
    path: str
    headers: dict[str, str]
    """What shows that it is ready: a read that answers 200."""

    @contextmanager
    def running(self) -> Iterator[tuple[Server, float]]:
        """Run it; yield it with the seconds until its first right answer."""
        port = free_port()
        command = [part.format(port=port) for part in self.command]
        environment = {**os.environ, **self.environment, "PORT": str(port)}
        log = self.folder / f"{self.name}.log"
        started = time.perf_counter()
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait(process, port, log)
            yield Server(Candidate(self.name, ()), process.pid, port), time.perf_counter() - started
        finally:
            stop(process)

    def start_seconds(self) -> float:
        """Start it and stop it."""
        with self.running() as (_, seconds):
            return seconds

    def _wait(self, process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
        limit = time.monotonic() + START_SECONDS
        while time.monotonic() < limit and process.poll() is None:
            if _status_of(port, self.path, self.headers) == 200:
                return
            time.sleep(POLL_SECONDS)
        raise BenchError(f"{self.name} n'est pas prêt : {log.read_text(errors='replace')[-600:]}")


def _status_of(port: int, path: str, headers: dict[str, str]) -> int:
    try:
        return fetch(port, path, headers).status
    except (OSError, http.client.HTTPException):
        return 0
