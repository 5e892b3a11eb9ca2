"""One caller on one connection that stays open: what it asks is timed from the first byte sent to the last received."""

import json
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

from bench import HOST, BenchError

SECONDS = 300


@dataclass(frozen=True)
class Reply:
    """One answer and how long it took."""

    status: int
    body: bytes
    seconds: float

    def document(self, *statuses: int) -> Any:
        """Return the JSON of the answer. Raises BenchError when its status is none of ``statuses``."""
        if self.status not in statuses:
            raise BenchError(f"statut {self.status} : {self.body[:500].decode('utf-8', 'replace')}")
        return json.loads(self.body)


class Caller:
    """Whoever asks, with the headers given each time."""

    def __init__(self, connection: HTTPConnection, headers: Mapping[str, str]) -> None:
        self._connection = connection
        self._headers = dict(headers)

    def get(self, path: str) -> Reply:
        """Read."""
        return self._ask("GET", path, None, {})

    def post(self, path: str, body: bytes, media_type: str) -> Reply:
        """Push, under a key of its own."""
        return self._ask("POST", path, body, {"content-type": media_type, "idempotency-key": secrets.token_hex(16)})

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Reply:
        started = time.perf_counter()
        self._connection.request(method, path, body, {**self._headers, **headers})
        response = self._connection.getresponse()
        content = response.read()
        return Reply(response.status, content, time.perf_counter() - started)


@contextmanager
def calling(port: int, headers: Mapping[str, str]) -> Iterator[Caller]:
    """Hold a connection to a door."""
    connection = HTTPConnection(HOST, port, timeout=SECONDS)
    try:
        yield Caller(connection, headers)
    finally:
        connection.close()
