"""Faults once found by attacking the door and the commands; each stays mended."""

import os
import signal
import socket
import time
from pathlib import Path

import pytest
from sqlalchemy import make_url
from starlette.types import Receive, Scope, Send

from gateway.addresses import CONTRACT
from gateway.cache import ByteCache, Entry
from gateway.upstreams import AsgiUpstream, HttpUpstream
from shared.embedded import EmbeddedServer
from tests.cli.commands import ends, run
from tests.conftest import execute
from tests.gateway.contract import faults_of
from tests.gateway.servers import (
    Listener,
    answering,
    door_before,
    exchange,
    gateway_before,
    no_body,
    scope_of,
)
from tests.gateway.test_upstreams import OK, _living, ask, check_problem
from tests.processes import Door, launch, start_door, wait_ready

CACHEABLE = OK + b'Cache-Control: no-cache\r\nETag: "a"\r\n'


@pytest.mark.parametrize("name", ["openapi.json", "openapi.en.json"])
def test_the_contract_is_the_committed_file(embedded_door: Door, name: str) -> None:
    with embedded_door.client() as client:
        answer = client.get(f"/{name}")
        assert answer.content == CONTRACT.with_name(name).read_bytes()
        assert client.get(f"/{name}", headers={"Authorization": "Bearer faux"}).status_code == 401
        assert client.get(f"/{name}", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


def test_what_is_kept_is_weighed_with_its_key() -> None:
    cache = ByteCache(100_000)
    keys = [("/v1/fiches", b"axe=" + b"1," * 30_000 + str(n).encode()) for n in range(50)]
    for key in keys:
        cache.put(key, Entry([], b"x", b'"a"', 0.0), generation=0)
    assert sum(len(query) for path, query in keys if cache.get((path, query))) <= 100_000


@pytest.mark.parametrize(
    "cut", [b"Content-Length: 100\r\n\r\nle debut", b"Transfer-Encoding: chunked\r\n\r\n8\r\nle debut\r\n"]
)
async def test_a_cacheable_answer_cut_before_anything_was_sent_is_a_502(cut: bytes) -> None:
    async with answering(CACHEABLE + cut) as (url, _):
        check_problem(await ask(HttpUpstream(url)), 502, "REPONSE_ILLISIBLE")


@pytest.mark.parametrize("begun", [False, True])
async def test_an_application_that_never_ends_its_answer_is_a_problem(begun: bool) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if begun:
            headers = [(b"etag", b'"a"'), (b"cache-control", b"no-cache")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            raise LookupError("jean.dupont@example.org")

    answer = await ask(AsgiUpstream(_living(app)))
    check_problem(answer, *((500, "ERREUR_INTERNE") if begun else (502, "REPONSE_ILLISIBLE")))


async def test_an_exception_after_the_first_byte_is_logged_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"debut", "more_body": True})
        raise LookupError("jean.dupont@example.org")

    async with door_before(AsgiUpstream(_living(app))) as door:
        await exchange(door, b"GET /v1/x HTTP/1.1\r\nHost: porte\r\n\r\n")
    assert "LookupError" in caplog.text
    assert "jean.dupont" not in caplog.text


async def test_headers_named_by_connection_stop_at_the_door() -> None:
    async with answering(OK + b"Content-Length: 0\r\nConnection: X-Saut\r\nX-Saut: 1\r\n\r\n") as (url, heads):
        upstream = HttpUpstream(url)
        listener = Listener()
        async with upstream.running():
            scope = scope_of(headers={"connection": "close, x-bond", "x-bond": "1"})
            await gateway_before(upstream)(scope, no_body, listener)
    assert b"x-bond" not in heads[0].lower()
    assert b"x-saut" not in dict(listener.headers)


def test_a_refused_preflight_is_a_problem_too(embedded_door: Door) -> None:
    headers = {"Origin": "https://portail.example", "Access-Control-Request-Method": "EFFACER"}
    with embedded_door.client() as client:
        answer = client.options("/v1/axes", headers=headers)
    assert answer.status_code < 400 or answer.headers["content-type"] == "application/problem+json"
    assert "x-request-id" in answer.headers


def test_health_names_who_hangs_whatever_the_deadline(tmp_path: Path) -> None:
    with (
        start_door(tmp_path, separate=True, environment={"GATEWAY_FIRST_BYTE_SECONDS": "1"}) as door,
        door.client() as client,
    ):
        pid = door.pid_of("indicators")
        os.kill(pid, signal.SIGSTOP)
        try:
            answer = client.get("/sante/pret")
        finally:
            os.kill(pid, signal.SIGCONT)
        assert answer.status_code == 503
        assert answer.json()["services"]["indicators"] != "pret"
        # every status >= 400 is a problem, says the contract, and the document says Probleme for this 503
        assert faults_of(answer.json(), {"$ref": "#/components/schemas/Probleme"}) == []
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_door_that_dies_is_not_a_success(tmp_path: Path) -> None:
    with start_door(tmp_path, separate=True) as door:
        os.kill(door.pid_of("porte"), signal.SIGKILL)
        assert door.process.wait(40) == 1


def test_separate_mode_starts_behind_a_proxy(tmp_path: Path) -> None:
    process = launch(tmp_path, "--separate", environment={"http_proxy": "http://127.0.0.1:9"})
    try:
        begun = time.monotonic()
        while "Prêt" not in (tmp_path / "sortie.txt").read_text():
            assert time.monotonic() - begun < 90
            time.sleep(0.1)
    finally:
        ends(process, signal.SIGTERM)


def test_two_at_once_on_one_port_the_second_is_told_in_words(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    processes = [launch(tmp_path / name, "--port", str(port)) for name in ("un", "deux")]
    try:
        begun = time.monotonic()
        while all(process.poll() is None for process in processes):
            assert time.monotonic() - begun < 60
            time.sleep(0.1)
        said = next(
            (tmp_path / name / "sortie.txt").read_text()
            for name, process in zip(("un", "deux"), processes, strict=True)
            if process.poll() is not None
        )
        assert "Traceback" not in said
        assert "déjà pris" in said
    finally:
        for process in processes:
            ends(process, signal.SIGTERM)


def test_the_commands_it_shows_work_in_a_folder_with_an_apostrophe(tmp_path: Path) -> None:
    import subprocess

    with start_door(tmp_path / "Données d'été") as door:
        shown = door.output().split("Dire qu'une action est en cours :")[1].split("Ctrl-C")[0]
        assert subprocess.run(["sh", "-euc", shown], capture_output=True, timeout=30, check=False).returncode == 0


def test_a_killed_one_leaves_no_socket_folder_once_recovered(tmp_path: Path) -> None:
    killed = launch(tmp_path)
    wait_ready(killed, tmp_path)
    sockets = Path((tmp_path / "postgresql" / "postmaster.pid").read_text().splitlines()[4])
    assert sockets.is_dir()
    ends(killed, signal.SIGKILL)
    again = launch(tmp_path)
    wait_ready(again, tmp_path)
    ends(again, signal.SIGTERM)
    assert not sockets.exists()


@pytest.mark.parametrize(
    "url", ["pas une adresse", "postgresql://u:p@127.0.0.1:port/x", "postgresql://u:p@127.0.0.1:9/x?sslmode=disable"]
)
@pytest.mark.parametrize("command", ["up", "migrate", "doctor"])
def test_an_unreadable_database_url_is_told_in_words(tmp_path: Path, command: str, url: str) -> None:
    done = run(command, "--data", str(tmp_path), *(["--port", "0"] if command == "up" else []), DATABASE_URL=url)
    assert done.returncode == 1
    assert "Traceback" not in done.stdout
    assert "DATABASE_URL" in done.stdout


@pytest.mark.parametrize("wrong", ["password", "database"])
async def test_a_database_that_refuses_us_is_told_in_words(tmp_path: Path, wrong: str) -> None:
    async with EmbeddedServer(tmp_path / "base", durable=False).running() as server:
        good = make_url(server.owner_url)
        bad = good.set(password="faux") if wrong == "password" else good.set(database="nulle")  # noqa: S106
        url = bad.render_as_string(hide_password=False)
        for command in ("migrate", "doctor"):
            done = run(command, "--data", str(tmp_path / "x"), DATABASE_URL=url)
            assert done.returncode == 1
            assert "Traceback" not in done.stdout


async def test_an_owner_without_the_right_is_told_in_words(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path / "base", durable=False).running() as server:
        await execute(server.owner_url, "CREATE ROLE simple LOGIN PASSWORD 'simple'")
        simple = make_url(server.owner_url).set(username="simple", password="simple")  # noqa: S106
        url = simple.render_as_string(hide_password=False)
        done = run("migrate", "--data", str(tmp_path / "x"), DATABASE_URL=url)
        assert done.returncode == 1
        assert "Traceback" not in done.stdout


def test_sigint_given_until_the_end_is_still_a_clean_stop(tmp_path: Path) -> None:
    process = launch(tmp_path)
    wait_ready(process, tmp_path)
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        time.sleep(0.02)
    assert process.returncode == 0
    assert "Traceback" not in (tmp_path / "sortie.txt").read_text()
