"""PostgreSQL dies under load and comes back: problems meanwhile, no wait without end, nothing acknowledged is lost."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx2

from tests.conftest import Door
from tests.gateway.test_door import check_problem

LONGEST = 35.0
"""A client waits no longer: the first byte comes within thirty seconds, or a problem."""
WRITERS, READERS = 3, 3


class Load:
    """Clients that write and read until they are told to stop, and what they were answered."""

    def __init__(self, door: Door) -> None:
        self._door, self._stop = door, threading.Event()
        self.acknowledged: dict[str, int] = {}
        self.refused: list[httpx2.Response] = []
        self.slowest = 0.0
        self._lock = threading.Lock()

    def _answer(self, client: httpx2.Client, method: str, path: str, **more: object) -> httpx2.Response:
        begun = time.monotonic()
        answer = client.request(method, path, **more)  # type: ignore[arg-type]
        with self._lock:
            self.slowest = max(self.slowest, time.monotonic() - begun)
            if answer.status_code >= 400:
                self.refused.append(answer)
        return answer

    def write(self, writer: int) -> None:
        """Write one measurement after the other, each of a value that tells it from the others."""
        partner = self._door.bearer("partenaire")
        with self._door.client() as client:
            for number in range(10_000):
                if self._stop.is_set():
                    return
                month = f"{2014 + writer}-{number % 12 + 1:02}"
                path = f"/v1/mesures/30.I1.a/69M/{month}?source=charge-{writer}"
                row = {"valeur": number, "extrait_le": f"2026-01-01T00:{number // 60 % 60:02}:{number % 60:02}Z"}
                if self._answer(client, "PUT", path, json=row, headers=partner).is_success:
                    self.acknowledged[path] = number

    def read(self, reader: int) -> None:
        """Read what the database holds, past the cache."""
        pilot = self._door.bearer("pilote")
        with self._door.client() as client:
            while not self._stop.is_set():
                self._answer(client, "GET", f"/v1/fiches/{reader + 1}", headers=pilot)

    @contextmanager
    def running(self) -> Iterator[None]:
        works = [(self.write, n) for n in range(WRITERS)] + [(self.read, n) for n in range(READERS)]
        threads = [threading.Thread(target=work, args=(number,)) for work, number in works]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def test_a_database_that_dies_under_load_is_told_and_found_again_and_loses_nothing(door: Door) -> None:
    load = Load(door)
    with load.running():
        until(lambda: len(load.acknowledged) >= 12, "writes are acknowledged")
        os.kill(postmaster(door), signal.SIGKILL)
        until(lambda: len(load.refused) >= 10, "the absence is told")
        before = dict(load.acknowledged)
        until(lambda: load.acknowledged != before, "writes are acknowledged again")
    check_kept(door, load)
    for answer in load.refused:
        check_problem(answer, 503, "SERVICE_INDISPONIBLE")
        assert "retry-after" in answer.headers
    assert load.slowest < LONGEST


def check_kept(door: Door, load: Load) -> None:
    """What was acknowledged is there, or something newer is."""
    pilot = door.bearer("pilote")
    with door.client() as client:
        for path, number in dict(load.acknowledged).items():
            kept = client.get(path, headers=pilot)
            assert kept.status_code == 200, kept.text
            assert kept.json()["valeur"] >= number


def postmaster(door: Door) -> int:
    """The process of the product's own PostgreSQL, which starts it again when it dies."""
    return int((door.data / "postgresql" / "postmaster.pid").read_text().splitlines()[0])
