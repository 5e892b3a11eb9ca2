"""Pushing through the door as partners do: bodies of every form and size, published soon, never half written."""

import asyncio
import gzip
import json
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import httpx2
import pytest

from shared.embedded import DATABASE, PORT, SUPERUSER, EmbeddedServer
from tests.gateway.seeding import GRANDEUR, PATIENCE, post, push, wait_value
from tests.gateway.test_door import check_problem
from tests.processes import Door, start_door, stop

MAX_BYTES = 64 << 20
SYNCHRONOUS_BYTES = 20_000_000
ENVELOPE = {"source": "essai", "extrait_le": "2025-02-02T08:00:00+01:00"}
NDJSON = {"Content-Type": "application/x-ndjson"}
CSV = {"Content-Type": "text/csv"}
GZIP = {"Content-Encoding": "gzip"}
Row = dict[str, Any]


@pytest.fixture(scope="module")
def client(door: Door) -> Iterator[httpx2.Client]:
    with door.client() as client:
        yield client


@pytest.fixture(scope="module")
def partner(door: Door) -> dict[str, str]:
    return door.bearer("partenaire")


def row(territoire: str = "69266", periode: str = "2025-01", **said: Any) -> Row:
    return {"grandeur": GRANDEUR, "territoire": territoire, "periode": periode, "valeur": 12, **said}


def lines_of(rows: list[Row], **enveloppe: Any) -> bytes:
    """Return rows in NDJSON."""
    head: list[Row] = [{"enveloppe": ENVELOPE | enveloppe}]
    return b"\n".join(json.dumps(each).encode() for each in head + rows)


def many_rows(client: httpx2.Client, number: int, **said: Any) -> list[Row]:
    """Return good rows, each of its own commune and month."""
    listed = client.get("/v1/territoires?niveau=commune&limite=200").json()["elements"]
    communes = [each["code"] for each in listed]
    months = [f"{year}-{month:02}" for year in range(2010, 2026) for month in range(1, 13)]
    places = [(commune, month) for month in months for commune in communes][:number]
    assert len(places) == number
    return [row(commune, month, **said) for commune, month in places]


def reports_of(client: httpx2.Client, partner: dict[str, str], source: str) -> list[dict[str, Any]]:
    """Return the pushes of a source."""
    answer = client.get(f"/v1/lots?source={source}", headers=partner)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["elements"]
    return found


def rows_of(client: httpx2.Client, partner: dict[str, str], source: str) -> list[Row]:
    """Return the first raw rows of a source."""
    answer = client.get(f"/v1/mesures?source={source}", headers=partner)
    assert answer.status_code == 200, answer.text
    found: list[Row] = answer.json()["elements"]
    return found


def test_a_push_is_told_row_by_row_and_sent_again_acts_once(client: httpx2.Client, partner: dict[str, str]) -> None:
    for rows, status in (([row()], 200), ([row(), row(territoire="nulle-part")], 207)):
        key = secrets.token_hex(8)
        first, again = (push(client, partner, rows, key=key) for _ in range(2))
        assert (first.status_code, again.status_code) == (status, status), first.text
        assert again.content == first.content
        assert (first.headers.get("idempotent-replayed"), again.headers["idempotent-replayed"]) == (None, "true")
        for name in ("location", "content-type", "etag", "cache-control"):
            assert again.headers[name] == first.headers[name]
        report = client.get(first.headers["location"], headers=partner)
        assert report.json() == first.json()
        check_problem(push(client, partner, [row(valeur=13)], key=key), 422, "CLE_REUTILISEE")
    assert sum(each["recues"] == 1 for each in reports_of(client, partner, "essai")) == 1


def test_a_key_is_that_of_its_caller_and_needed(client: httpx2.Client, partner: dict[str, str]) -> None:
    body = {"enveloppe": ENVELOPE, "mesures": [row()]}
    check_problem(client.post("/v1/lots", json=body, headers=partner), 400, "CLE_REQUISE")


def test_what_is_pushed_is_read_by_anyone_within_a_minute(client: httpx2.Client, partner: dict[str, str]) -> None:
    asked = f"/v1/valeurs?grandeur={GRANDEUR}&territoire=69290&periode="
    for valeur, extrait_le in ((21, "2025-03-01T00:00:00Z"), (22, "2025-03-02T00:00:00Z")):
        rows = [row("69290", f"2024-{month:02}", valeur=valeur) for month in range(1, 13)]
        assert push(client, partner, rows, extrait_le=extrait_le).status_code == 200
        wait_value(client, f"{asked}2024-05", valeur)
        assert wait_value(client, f"{asked}2024", 12 * valeur)["couverture"] == {"recus": 12, "attendus": 12, "part": 1}


def test_what_is_pushed_is_read_raw_at_once(door: Door, client: httpx2.Client, partner: dict[str, str]) -> None:
    path = f"/v1/mesures/{GRANDEUR}/69034/2025-02"
    for valeur, extrait_le in ((3, "2025-03-01T00:00:00Z"), (4, "2025-03-02T00:00:00Z")):
        assert push(client, partner, [row("69034", "2025-02", valeur=valeur)], extrait_le=extrait_le).status_code == 200
        assert client.get(path, headers=partner).json()["valeur"] == valeur
        assert client.get(path, headers=door.bearer("pilote")).json()["valeur"] == valeur
        check_problem(client.get(path, headers=door.bearer("lecteur")), 403, "DROIT_INSUFFISANT")


@pytest.mark.parametrize("encoding", [{}, GZIP], ids=["plain", "gzip"])
@pytest.mark.parametrize("separator", [",", ";"])
def test_csv_passes_the_door(
    client: httpx2.Client, partner: dict[str, str], encoding: dict[str, str], separator: str
) -> None:
    header = ["grandeur", "territoire", "periode", "valeur", "commentaire", "ventilation.public"]
    text = "\r\n".join(
        separator.join(each) for each in (header, [GRANDEUR, "69266", "2025-03", "5", "né à Écully", ""])
    )
    body = gzip.compress(text.encode()) if encoding else text.encode()
    params = ENVELOPE | {"source": "tableur", "separateur": separator}
    answer = post(client, "/v1/lots", partner | CSV | encoding, content=body, params=params)
    assert answer.status_code == 200, answer.text
    assert answer.json()["recues"] == 1
    assert [each["commentaire"] for each in rows_of(client, partner, "tableur")] == ["né à Écully"]


@pytest.mark.parametrize("encoding", [{}, GZIP], ids=["plain", "gzip"])
def test_ndjson_passes_the_door_whole_or_in_chunks(
    client: httpx2.Client, partner: dict[str, str], encoding: dict[str, str]
) -> None:
    body = lines_of(many_rows(client, 2_000), source=f"lignes-{len(encoding)}")
    sent = gzip.compress(body) if encoding else body
    whole = post(client, "/v1/lots", partner | NDJSON | encoding, content=sent)
    assert (whole.status_code, whole.json()["creees"]) == (200, 2_000), whole.text
    chunks = (sent[start : start + 4_096] for start in range(0, len(sent), 4_096))
    again = post(client, "/v1/lots", partner | NDJSON | encoding, content=chunks)
    assert (again.status_code, again.json()["inchangees"]) == (200, 2_000), again.text
    assert again.json()["empreinte"] == whole.json()["empreinte"]


def chunks_of(size: int) -> Iterator[bytes]:
    for _ in range(size >> 20):
        yield b" " * (1 << 20)
    yield b" " * (size % (1 << 20))


@pytest.mark.parametrize("form", ["announced", "chunked", "compressed"])
def test_more_than_64_mib_is_a_413(client: httpx2.Client, partner: dict[str, str], form: str) -> None:
    headers, size = partner | NDJSON, MAX_BYTES + 1
    before = len(reports_of(client, partner, "essai"))
    if form == "announced":
        answer = post(client, "/v1/lots", headers, content=b" " * size)
    elif form == "chunked":
        answer = post(client, "/v1/lots", headers, content=chunks_of(size))
    else:
        answer = post(client, "/v1/lots", headers | GZIP, content=gzip.compress(b" " * size))
    check_problem(answer, 413, "CORPS_TROP_GRAND")
    assert client.get("/v1/fiches/11").status_code == 200
    assert len(reports_of(client, partner, "essai")) == before


def test_a_large_push_is_kept_then_done(client: httpx2.Client, partner: dict[str, str]) -> None:
    rows = [*many_rows(client, 9_999, commentaire="é" * 1_000), row("nulle-part")]
    body = lines_of(rows, source="gros")
    body += b"\n" + b" " * (SYNCHRONOUS_BYTES + 1 - len(body))
    key = {"Idempotency-Key": secrets.token_hex(8)}
    kept, again = (post(client, "/v1/lots", partner | NDJSON | key, content=body) for _ in range(2))
    assert (kept.status_code, again.status_code) == (202, 202), kept.text
    assert (again.content, again.headers["idempotent-replayed"]) == (kept.content, "true")
    assert kept.json()["etat"] == "RECU"
    done = wait_end(client, partner, kept.headers["location"])
    assert (done["etat"], done["statut"], done["source"]) == ("TERMINE", 207, "gros")
    assert (done["recues"], done["creees"], done["rejetees"]) == (10_000, 9_999, 1)
    assert client.get(f"{kept.headers['location']}/rejets", headers=partner).json()["total"] == 1
    assert len(reports_of(client, partner, "gros")) == 1


def wait_end(client: httpx2.Client, partner: dict[str, str], path: str) -> dict[str, Any]:
    """Return the report of a push once it is over."""
    begun = time.monotonic()
    while (lot := client.get(path, headers=partner).json())["etat"] in ("RECU", "EN_COURS"):
        assert time.monotonic() - begun < 2 * PATIENCE, lot
        time.sleep(0.2)
    ended: dict[str, Any] = lot
    return ended


def test_who_would_rather_not_wait_does_not(client: httpx2.Client, partner: dict[str, str]) -> None:
    answer = push(client, partner | {"Prefer": "respond-async"}, [row(periode="2024-11")], source="differe")
    assert (answer.status_code, answer.json()["etat"]) == (202, "RECU"), answer.text
    assert wait_end(client, partner, answer.headers["location"])["creees"] == 1


def test_a_large_push_that_cannot_be_read_has_failed_and_says_why(
    client: httpx2.Client, partner: dict[str, str]
) -> None:
    body = lines_of([row()], source="casse") + b"\n{" + b" " * SYNCHRONOUS_BYTES
    kept = post(client, "/v1/lots", partner | NDJSON, content=body)
    assert kept.status_code == 202, kept.text
    failed = wait_end(client, partner, kept.headers["location"])
    assert failed["etat"] == "ECHEC"
    assert failed["probleme"]["code"] == "REQUETE_ILLISIBLE"
    assert rows_of(client, partner, "casse") == []


def pid_of_database(door: Door) -> int:
    return int((door.data / "postgresql" / "postmaster.pid").read_text().splitlines()[0])


def test_a_push_while_its_service_is_away_is_a_503_and_nothing_is_written(tmp_path: Path) -> None:
    with start_door(tmp_path, separate=True) as door, door.client() as client:
        partner = door.bearer("partenaire")
        os.kill(door.pid_of("indicators"), signal.SIGKILL)
        for _ in range(3):
            answer = push(client, partner, [row()], source="perdu", key="une-seule-fois")
            assert check_problem(answer, 503, "SERVICE_INDISPONIBLE")
            assert int(answer.headers["retry-after"]) > 0
        large = lines_of([row()], source="perdu") + b"\n" + b" " * SYNCHRONOUS_BYTES
        check_problem(post(client, "/v1/lots", partner | NDJSON, content=large), 503, "SERVICE_INDISPONIBLE")
        assert client.get("/v1/fiches/11").status_code == 200
    check_written_once(tmp_path, "perdu", [row()], key="une-seule-fois")


@pytest.mark.parametrize("separate", [False, True], ids=["embedded", "separate"])
def test_a_push_while_the_database_is_away_is_a_503_and_nothing_is_written(tmp_path: Path, separate: bool) -> None:
    with start_door(tmp_path, separate=separate) as door, door.client() as client:
        partner = door.bearer("partenaire")
        assert push(client, partner, [row(periode="2024-01")], source="avant").status_code == 200
        os.kill(pid_of_database(door), signal.SIGQUIT)
        answer = push(client, partner, [row()], source="perdu", key="une-seule-fois")
        check_problem(answer, 503, "SERVICE_INDISPONIBLE")
        assert int(answer.headers["retry-after"]) > 0
    check_written_once(tmp_path, "perdu", [row()], key="une-seule-fois")


def test_a_push_cut_in_the_middle_by_a_crash_left_nothing(tmp_path: Path) -> None:
    answers: list[httpx2.Response] = []
    with start_door(tmp_path, separate=True) as door, door.client() as client:
        partner, rows = door.bearer("partenaire"), many_rows(client, 9_000)
        sending = threading.Thread(
            target=lambda: answers.append(push(client, partner, rows, source="coupe", key="une-seule-fois"))
        )
        with holding(door.data, "indicators.agregat") as until_blocked:  # written after the rows
            sending.start()
            until_blocked()
            os.kill(door.pid_of("indicators"), signal.SIGKILL)
            sending.join()
    check_problem(answers[0], answers[0].status_code, answers[0].json()["code"])
    assert answers[0].status_code in (502, 503), answers[0].text
    check_written_once(tmp_path, "coupe", rows, key="une-seule-fois")


@contextmanager
def holding(data: Path, table: str) -> Iterator[Callable[[], None]]:
    """Hold ``table`` for the time of the block; what is given waits until someone waits for it."""
    socket = (data / "postgresql" / "postmaster.pid").read_text().splitlines()[4]
    password = EmbeddedServer(data).password_of(SUPERUSER)
    with asyncio.Runner() as runner:
        url = f"postgresql://{SUPERUSER}:{password}@/{DATABASE}?host={quote(socket, safe='')}&port={PORT}"
        connection = runner.run(asyncpg.connect(url))
        runner.run(connection.execute(f"BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE"))

        def until_blocked() -> None:
            deadline = time.monotonic() + 30
            while not runner.run(connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                assert time.monotonic() < deadline, "nobody came"
                time.sleep(0.02)

        yield until_blocked
        connection.terminate()


def check_written_once(folder: Path, source: str, rows: list[Row], *, key: str) -> None:
    """Check that, started again, the product has nothing of ``source``, and takes the same push as new."""
    with start_door(folder) as door, door.client() as client:
        partner = door.bearer("partenaire")
        assert reports_of(client, partner, source) == []
        assert rows_of(client, partner, source) == []
        answer = push(client, partner, rows, source=source, key=key)
        assert (answer.status_code, answer.json()["creees"]) == (200, len(rows)), answer.text
        assert stop(door.process) == 0
