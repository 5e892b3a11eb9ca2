"""A process for each service: one that stops or hangs takes only its own paths with it."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest

from tests.processes import Door, start_door

FIRST_BYTE_SECONDS = 1.0
PATHS = {"catalogue": "/v1/fiches/11", "indicators": "/v1/indicateurs/11.I1", "orientation": "/v1/parcours"}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("porte")
    environment = {"GATEWAY_FIRST_BYTE_SECONDS": str(FIRST_BYTE_SECONDS)}
    with start_door(folder, separate=True, environment=environment) as running:
        yield running


@pytest.fixture(scope="module")
def client(door: Door) -> Iterator[httpx2.Client]:
    with door.client() as client:
        yield client


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Hold a process still for the time of the block."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def wait_status(client: httpx2.Client, path: str, status: int) -> httpx2.Response:
    """Return the first answer of ``path`` with ``status``, within a few seconds."""
    begun = time.monotonic()
    while (answer := client.get(path)).status_code != status:
        assert time.monotonic() - begun < 10, answer.text
        time.sleep(0.05)
    return answer


def timed(client: httpx2.Client, path: str) -> tuple[httpx2.Response, float]:
    """Return the answer of ``path`` and how long it took."""
    begun = time.monotonic()
    answer = client.get(path)
    return answer, time.monotonic() - begun


def check_others_answer(client: httpx2.Client, away: str) -> None:
    for service, path in PATHS.items():
        if service != away:
            assert client.get(path).status_code == 200
    assert client.get("/sante/vivant").status_code == 200


def check_health_names(client: httpx2.Client, away: str) -> None:
    answer = client.get("/sante/pret")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    services = answer.json()["services"]
    assert {name for name, state in services.items() if state != "pret"} == {away}
    assert set(services) == set(PATHS)


def test_a_service_that_hangs_is_a_504_in_time_and_recovers(door: Door, client: httpx2.Client) -> None:
    with stopped(door.pid_of("indicators")):
        answer, took = timed(client, "/v1/indicateurs?limite=7")
        assert answer.status_code == 504
        assert answer.json()["code"] == "DELAI_DEPASSE"
        assert FIRST_BYTE_SECONDS * 0.9 < took < FIRST_BYTE_SECONDS + 3
        check_others_answer(client, "indicators")
        joined = client.get("/v1/fiches/30/tableau")
        assert (joined.status_code, joined.headers["cache-control"]) == (200, "no-store")
        assert "etag" not in joined.headers
        told = joined.json()
        assert (told["fiche"]["numero"], told["indicateurs"]) == (30, None)
        assert told["parties_indisponibles"] == ["indicators"]
        assert client.get("/v1/fiches/999/tableau").status_code == 404
    answer = wait_status(client, "/v1/indicateurs?limite=7", 200)
    assert len(answer.json()["elements"]) == 7


def test_a_write_to_a_service_that_hangs_is_a_504_too(door: Door, client: httpx2.Client) -> None:
    with stopped(door.pid_of("catalogue")):
        answer = client.patch("/v1/actions/11.A1", json={"statut": "en-cours"}, headers=door.bearer("pilote"))
    assert answer.status_code == 504
    wait_status(client, "/v1/actions/11.A1", 200)


def test_a_service_that_died_is_a_quick_503_and_the_others_go_on(door: Door, client: httpx2.Client) -> None:
    assert client.get(PATHS["orientation"]).status_code == 200
    os.kill(door.pid_of("orientation"), signal.SIGKILL)
    answer = wait_status(client, PATHS["orientation"], 503)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "SERVICE_INDISPONIBLE"
    assert int(answer.headers["retry-after"]) > 0
    _, took = timed(client, "/v1/faits")
    assert took < 5
    check_others_answer(client, "orientation")
    check_health_names(client, "orientation")
    assert door.process.poll() is None
    assert "le service orientation s'est arrêté" in door.output()
