"""The log of accesses: nobody opens a dossier unseen, nobody changes what was written, no reader waits for another."""

import asyncio
from typing import Any

import asyncpg
import httpx2
import pytest

from services.orientation.jobs import keep_log, seal
from services.orientation.queries.acces import list_broken_seals
from services.orientation.schemas.acces import AccesOut
from services.orientation.service.acces import log_acces
from services.orientation.vocabulary_dossiers import OperationAcces
from shared.database import engine_for, role_of, transaction
from shared.wire import ListeOut
from tests.conftest import Base, execute
from tests.orientation.desk import agent, faults_of, happened, opened, post, read
from tests.orientation.feeds import fetch
from tests.orientation.meetings import enrol, hold

KEY = agent("dominique")
SIGNALEMENT = {"date": "2026-01-05", "type": "signalement"}
SEALED = "SELECT numero, nombre FROM acces_segment ORDER BY numero"
Engine = Any


@pytest.fixture
async def engine(own_base: Base) -> Any:
    """The service's own connections, on a database of this test alone."""
    made = engine_for(own_base.owner_url, schema="orientation", role=role_of("orientation"))
    yield made
    await made.dispose()


def with_reason(key: dict[str, str], given: bytes) -> dict[bytes, bytes]:
    """The headers of a request, the reason in bytes as they go."""
    return {name.encode(): value.encode() for name, value in key.items()} | {b"X-Motif": given}


async def look(engine: Engine, number: int, motif: str | None = None) -> None:
    async with transaction(engine) as session:
        await log_acces(session, "dominique", [f"dos-{number}"], OperationAcces.LECTURE, motif)


async def broken(engine: Engine) -> list[int]:
    async with transaction(engine) as session:
        return await list_broken_seals(session)


async def operations(client: httpx2.AsyncClient, code: str) -> list[tuple[str, str, str | None]]:
    shown = ListeOut[AccesOut].model_validate(await read(client, KEY, f"/v1/dossiers/{code}/acces?limite=200"))
    assert shown.total is None
    return [(each.acteur, each.operation.value, each.motif) for each in shown.elements]


async def test_every_read_and_write_is_written_down_with_who_and_why(orientation: httpx2.AsyncClient) -> None:
    code = await opened(orientation, KEY, commune="69123", faits={"activite_non_salariee": "ACTIVE"})
    place, other = f"/v1/dossiers/{code}", agent("alix")
    await orientation.get(place, headers=with_reason(other, "Préparer l'entretien".encode()))
    await orientation.head(place, headers=other)
    await read(orientation, other, "/v1/dossiers?commune=69123")
    await happened(orientation, KEY, code, SIGNALEMENT)
    await read(orientation, other, f"{place}/evenements")
    await post(orientation, f"{place}/faits", KEY, {"faits": {"logement": "STABLE"}}, **{"X-Motif": "Suivi"})
    made = (await post(orientation, f"{place}/orientations", KEY, {})).json()["id"]
    await read(orientation, other, f"{place}/orientations")
    await read(orientation, other, f"{place}/orientations/{made}")
    await read(orientation, other, f"{place}/orientations/{made}/rejeu")
    await post(orientation, f"{place}/orientations/{made}/decision", KEY, {"parcours": "TNS", "etape": "DIRECTE"})
    await read(orientation, other, f"{place}/donnees")
    await orientation.delete(f"{place}/identite", headers=KEY)
    seen = await operations(orientation, code)
    assert seen == [
        ("dominique", "creation", None),
        ("alix", "lecture", None),
        ("alix", "lecture", None),
        ("alix", "liste", None),
        ("dominique", "ajout-evenement", None),
        ("alix", "lecture-evenements", None),
        ("dominique", "ajout-faits", None),
        ("dominique", "proposition", None),
        ("alix", "lecture-orientations", None),
        ("alix", "lecture-orientations", None),
        ("alix", "rejeu", None),
        ("dominique", "decision", None),
        ("alix", "donnees", None),
        ("dominique", "effacement", None),
        ("dominique", "lecture-acces", None),
    ]


async def test_the_reason_is_kept_as_it_was_written(orientation: httpx2.AsyncClient) -> None:
    code = await opened(orientation, KEY)
    for given in ("Préparer l'entretien".encode(), b"  Suivi ", b"   ", "Réunion".encode("latin-1")):
        answer = await orientation.get(f"/v1/dossiers/{code}", headers=with_reason(KEY, given))
        assert answer.status_code == 200
    told = [motif for _, operation, motif in await operations(orientation, code) if operation == "lecture"]
    assert told == ["Préparer l'entretien", "Suivi", None, "Réunion"]


@pytest.mark.parametrize("given", [b"Zo\xc3\xa9" * 100, "Zoé\u202e".encode(), b"Zo\xc3\xa9\tDupont"])
async def test_a_reason_that_is_no_short_line_is_refused_and_not_told(
    orientation: httpx2.AsyncClient, given: bytes
) -> None:
    code = await opened(orientation, KEY)
    answer = await orientation.get(f"/v1/dossiers/{code}", headers=with_reason(KEY, given))
    assert (answer.status_code, [champ for champ, _ in faults_of(answer)]) == (422, ["X-Motif"])
    assert "Zo" not in answer.text


async def test_what_is_refused_by_the_state_was_looked_at_and_what_is_not_found_was_not(
    orientation: httpx2.AsyncClient, base: Base
) -> None:
    code = await opened(orientation, KEY, commune="69266")
    await happened(orientation, KEY, code, SIGNALEMENT)
    assert (await post(orientation, f"/v1/dossiers/{code}/evenements", KEY, SIGNALEMENT)).status_code == 409
    elsewhere = agent("ailleurs", territoires=["LYON"])
    assert (await orientation.get(f"/v1/dossiers/{code}", headers=elsewhere)).status_code == 404
    assert (await orientation.get(f"/v1/dossiers/{code}/acces", headers=elsewhere)).status_code == 404
    told = [operation for _, operation, _ in await operations(orientation, code)]
    assert told == ["creation", "ajout-evenement", "ajout-evenement", "lecture-acces"]
    assert await fetch(base, "SELECT FROM acces WHERE acteur = 'ailleurs'") == []


async def test_the_log_is_read_by_pages_from_the_first_access(orientation: httpx2.AsyncClient) -> None:
    code = await opened(orientation, KEY)
    first = await read(orientation, KEY, f"/v1/dossiers/{code}/acces?limite=1")
    second = await read(orientation, KEY, f"/v1/dossiers/{code}/acces?limite=1&curseur={first['curseur_suivant']}")
    assert [each["elements"][0]["operation"] for each in (first, second)] == ["creation", "lecture-acces"]


FORBIDDEN = [
    "UPDATE acces SET acteur = 'personne'",
    "DELETE FROM acces",
    "TRUNCATE acces",
    "INSERT INTO acces (dossier, acteur, operation, le, segment) VALUES ('dos-1', 'a', 'lecture', now(), 1)",
    "UPDATE acces_segment SET nombre = 0",
    "DELETE FROM acces_segment",
    "INSERT INTO acces_segment SELECT * FROM acces_segment",
    "DELETE FROM evenement",
    "UPDATE evenement SET acteur = 'personne'",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
async def test_the_service_itself_cannot_change_what_was_written(base: Base, statement: str) -> None:
    connection = await asyncpg.connect(base.url_of("orientation").get_secret_value())
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"SET search_path = orientation; {statement}")
    finally:
        await connection.close()


async def test_seals_follow_each_other_and_hold_each_access_once(own_base: Base, engine: Engine) -> None:
    for batch in range(3):
        for number in range(4):
            await look(engine, number, "Suivi" if batch else None)
        await seal(engine, {})
    await seal(engine, {})
    assert await fetch(own_base, SEALED) == [(1, 4), (2, 4), (3, 4)]
    assert await fetch(own_base, "SELECT count(*) FROM acces WHERE segment IS NULL") == [(0,)]
    chained = "SELECT count(*) FROM acces_segment s JOIN acces_segment p ON p.empreinte = s.precedente"
    assert await fetch(own_base, chained) == [(2,)]
    assert await broken(engine) == []


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("UPDATE orientation.acces SET acteur = 'personne' WHERE rang = 2", [1]),
        ("UPDATE orientation.acces SET le = le + interval '1 second' WHERE rang = 3", [2]),
        ("UPDATE orientation.acces SET motif = 'autre' WHERE rang = 3", [2]),
        ("DELETE FROM orientation.acces WHERE rang = 4", [2]),
        ("UPDATE orientation.acces SET segment = 1 WHERE rang = 3", [1, 2]),
        ("UPDATE orientation.acces_segment SET empreinte = '\\x00' WHERE numero = 1", [1, 2]),
        ("DELETE FROM orientation.acces_segment WHERE numero = 2", [3]),
    ],
)
async def test_whatever_the_owner_changes_shows(
    own_base: Base, engine: Engine, caplog: pytest.LogCaptureFixture, tampering: str, found: list[int]
) -> None:
    for number in range(6):
        await look(engine, number, "Suivi")
        if number % 2:
            await seal(engine, {})
    await execute(own_base.owner_url, tampering)
    assert await broken(engine) == found
    await keep_log(engine, {})
    assert f"segments altérés : {found}" in caplog.text


async def test_a_reader_who_is_still_reading_holds_nobody_and_is_sealed_later(own_base: Base, engine: Engine) -> None:
    async with transaction(engine) as slow:
        await log_acces(slow, "lente", ["dos-1"], OperationAcces.LECTURE, None)
        await asyncio.gather(*(look(engine, number) for number in range(5)))
        await seal(engine, {})
        assert await fetch(own_base, SEALED) == [(1, 5)]
    await seal(engine, {})
    assert await fetch(own_base, SEALED) == [(1, 5), (2, 1)]
    assert await broken(engine) == []


async def test_the_log_is_forgotten_after_a_year_and_its_seals_still_hold(own_base: Base, engine: Engine) -> None:
    for age in (800, 400, 300, 0):
        await look(engine, age)
        shift = f"UPDATE orientation.acces SET le = le - interval '{age} days' WHERE segment IS NULL"
        await execute(own_base.owner_url, shift)
        await seal(engine, {})
    await keep_log(engine, {})
    assert await fetch(own_base, "SELECT dossier FROM acces ORDER BY rang") == [("dos-300",), ("dos-0",)]
    assert await fetch(own_base, SEALED) == [(1, 1), (2, 1), (3, 1), (4, 1)]
    assert await broken(engine) == []


async def test_nobody_forgets_the_last_year(own_base: Base, engine: Engine) -> None:
    await look(engine, 1)
    await seal(engine, {})
    connection = await asyncpg.connect(own_base.url_of("orientation").get_secret_value())
    try:
        assert await connection.fetchval("SELECT orientation.oublier_acces('2999-01-01')") == 0
    finally:
        await connection.close()
    assert await fetch(own_base, "SELECT count(*) FROM acces") == [(1,)]


async def test_lists_that_show_a_dossier_elsewhere_are_written_down_too(
    orientation: httpx2.AsyncClient, base: Base
) -> None:
    code = await opened(orientation, KEY, commune="69266")
    meeting = await hold(orientation, KEY)
    assert (await enrol(orientation, KEY, meeting, code)).status_code == 201
    for path in (f"/v1/rencontres/{meeting}/inscriptions", f"/v1/rencontres/{meeting}/presences"):
        assert (await read(orientation, agent("alix"), path))["total"] == 1
    done = [(who, operation) for who, operation, _ in await operations(orientation, code)]
    assert done.count(("alix", "liste")) == 2
    assert ("dominique", "inscription") in done
    told = await read(orientation, KEY, f"/v1/dossiers/{code}/donnees")
    assert [each["rencontre"] for each in told["inscriptions"]] == [meeting]
