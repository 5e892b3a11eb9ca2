"""The load, in a process of its own: ``python -m bench.load JSON`` asks one request again and again, then stops."""

import asyncio
import json
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import cast

import uvloop

from bench import HOST

WITHOUT_BODY = (b"204", b"304")
LENGTH = b"\r\ncontent-length:"


@dataclass(frozen=True)
class Load:
    """What to ask, what must be answered, and for how long."""

    port: int
    path: str
    headers: dict[str, str]
    status: int
    length: int
    connections: int
    seconds: float
    warm_up: float


@dataclass(frozen=True)
class Outcome:
    """What was counted: in the measured ``seconds``, and in all with the warm-up."""

    requests: int
    seconds: float
    all_requests: int
    client_cpu_seconds: float
    faults: int
    first_fault: str
    p50_ms: float = 0
    p99_ms: float = 0


@dataclass
class Tally:
    """What the connections count together."""

    open: int
    requests: int = 0
    faults: int = 0
    first_fault: str = ""
    ending: bool = False
    times: list[float] = field(default_factory=list)
    """The seconds of each right answer, since the last time they were forgotten."""
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def add_fault(self, text: str) -> None:
        """Note a wrong answer; the connection that met it is lost, and the load stops when none is left."""
        self.faults += 1
        self.first_fault = self.first_fault or text
        self.open -= 1
        if self.open == 0:
            self.over.set()


class AnswerError(Exception):
    """The answer is not the expected one."""


class Connection(asyncio.Protocol):
    """One keep-alive connection: a request leaves when the answer to the one before is complete and right."""

    def __init__(self, load: Load, tally: Tally) -> None:
        self._tally = tally
        self._request = request_bytes(load)
        self._status = str(load.status).encode()
        self._length = load.length
        self._head = b""
        self._missing = 0
        self._failed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class does not descend from it
        self._asked = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Take a piece of the answer."""
        try:
            complete = self._take(data)
        except AnswerError as error:
            self._fail(str(error))
            return
        if complete:
            now = time.perf_counter()
            self._tally.requests += 1
            self._tally.times.append(now - self._asked)
            if not self._tally.ending:
                self._asked = now
                self._transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the server left before we did."""
        if not self._tally.ending:
            self._fail(f"connexion fermée par le serveur ({exc or 'sans erreur'})")

    def _fail(self, text: str) -> None:
        if not self._failed:
            self._failed = True
            self._tally.add_fault(text)
            self._transport.abort()

    def _take(self, data: bytes) -> bool:
        """Tell whether the answer is complete. Raises AnswerError."""
        if self._missing:
            self._missing -= len(data)
        else:
            data = self._head + data
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._head = data
                return False
            self._head = b""
            self._check(data[:end])
            self._missing = self._length - (len(data) - end - 4)
        if self._missing < 0:
            raise AnswerError(f"{-self._missing} octets de trop")
        return self._missing == 0

    def _check(self, head: bytes) -> None:
        status = head[9:12]
        if status != self._status:
            raise AnswerError(f"statut {status.decode('latin-1')} au lieu de {self._status.decode()}")
        length = 0 if status in WITHOUT_BODY else length_in(head)
        if length != self._length:
            raise AnswerError(f"{length} octets annoncés au lieu de {self._length}")


def length_in(head: bytes) -> int | None:
    """Return the Content-Length of an answer's head."""
    _, found, rest = head.lower().partition(LENGTH)
    return int(rest.partition(b"\r\n")[0]) if found else None


def request_bytes(load: Load) -> bytes:
    """Return the request as it is sent."""
    fields = {"host": f"{HOST}:{load.port}", "user-agent": "spie-bench", "accept": "*/*"} | load.headers
    lines = [f"GET {load.path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


async def run(load: Load) -> Outcome:
    """Put the load for its duration, less when every connection fails."""
    tally = Tally(open=load.connections)
    loop = asyncio.get_running_loop()
    transports = [
        (await loop.create_connection(lambda: Connection(load, tally), HOST, load.port))[0]
        for _ in range(load.connections)
    ]
    await _pause(tally, load.warm_up)
    tally.times.clear()
    before, started, cpu = tally.requests, time.perf_counter(), time.process_time()
    await _pause(tally, load.seconds)
    requests, seconds = tally.requests - before, time.perf_counter() - started
    cpu = time.process_time() - cpu
    tally.ending = True
    for transport in transports:
        transport.abort()
    p50, p99 = (quantile(tally.times, part) * 1000 for part in (0.5, 0.99))
    return Outcome(requests, seconds, tally.requests, cpu, tally.faults, tally.first_fault, p50, p99)


def quantile(values: list[float], part: float) -> float:
    """Return the value below which ``part`` of them are; 0 when there is none."""
    return sorted(values)[int(part * (len(values) - 1))] if values else 0.0


async def _pause(tally: Tally, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(tally.over.wait(), seconds)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        outcome = runner.run(run(Load(**json.loads(sys.argv[1]))))
    sys.stdout.write(json.dumps(asdict(outcome)))
