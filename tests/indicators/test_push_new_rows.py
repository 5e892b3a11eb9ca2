"""Rows that stand where nothing stood are written straight: what is told and stored is what the general way gives."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest

from services.indicators.app import create_app
from services.indicators.service import lots, neuves
from services.indicators.settings import Settings
from shared.settings import IdentitySettings
from tests.conftest import Base, client_of, execute
from tests.indicators.calls import push

Key = dict[str, str]
Row = dict[str, Any]
MONTHS = ("2024-01", "2024-02", "2024-03")
COMMUNES = ("69199", "69259", "69273", "69276", "69296")
TABLES = {
    "mesure": "definition, territoire, periode, ventilation, valeur, diviseur, texte, statut, confidentialite,"
    " commentaire, extrait_le, supprimee",
    "revision": "definition, territoire, periode, ventilation, valeur, diviseur, texte, statut, supprimee",
    "agregat": "definition, parent, periode, ventilation, valeur, diviseur, recus, signales",
    "presence": "definition, nombre, (SELECT e.lot IS NOT NULL FROM indicators.ecriture e WHERE e.id = ecriture)",
    "periode_recue": "definition, periode",
    "unite_publication": "definition, annee, demandes",
}
COUNTS = ("recues", "creees", "modifiees", "inchangees", "perimees", "rejetees", "ecartees")


def rows_of(*, grandeur: str = "30.I1.a", months: tuple[str, ...] = MONTHS, step: int = 1) -> list[Row]:
    return [
        {"grandeur": grandeur, "territoire": code, "periode": month, "valeur": 10 + place * step}
        for month in months
        for place, code in enumerate(COMMUNES)
    ]


RATIO: list[Row] = [
    {"grandeur": "11.I5.a", "territoire": code, "periode": "2024-01", "numerateur": 4 + place, "denominateur": 20}
    for place, code in enumerate(COMMUNES)
]
LEAP: list[Row] = [
    {"grandeur": "30.I1.a", "territoire": "69199", "periode": "2024-01", "valeur": 5},
    {"grandeur": "30.I1.a", "territoire": "69199", "periode": "2024-02", "valeur": 500},
    {"grandeur": "30.I1.a", "territoire": "69259", "periode": "2024-01", "valeur": 0},
    {"grandeur": "30.I1.a", "territoire": "69259", "periode": "2024-02", "valeur": 900},
]
TOLD: list[Row] = [
    {"grandeur": "30.I1.a", "territoire": "69199", "periode": "2024-01", "valeur": 5, "statut": "p"},
    {"grandeur": "30.I1.a", "territoire": "69259", "periode": "2024-01", "confidentialite": "C", "valeur": 3},
    {"grandeur": "30.I1.a", "territoire": "69273", "periode": "2024-01", "valeur": 3, "commentaire": "a\tb\\c\nd"},
    {"grandeur": "9.I1.c", "territoire": "69M", "periode": "2024", "modalite": "peu-adaptes"},
    {"grandeur": "36.I4.a", "territoire": "69M", "periode": "2024", "texte": "Entendus\\, disent-ils.\r\n\\N"},
]
TOTAL_AND_PARTS: list[Row] = [
    *rows_of(months=("2024-01",)),
    {"grandeur": "30.I1.a", "territoire": "PORTES_DU_SUD", "periode": "2024-01", "valeur": 1},
]
CUT: list[Row] = [
    {"grandeur": "17.I1.a", "territoire": "69199", "periode": "2024-01", "valeur": 30},
    {"grandeur": "17.I1.a", "territoire": "69199", "periode": "2024-01", "ventilation": {"sexe": "F"}, "valeur": 10},
    {"grandeur": "17.I1.a", "territoire": "69199", "periode": "2024-01", "ventilation": {"sexe": "H"}, "valeur": 10},
    {"grandeur": "17.I1.a", "territoire": "69259", "periode": "2024-01", "ventilation": {"sexe": "F"}, "valeur": 10},
    {"grandeur": "17.I1.a", "territoire": "69259", "periode": "2024-01", "valeur": 4},
]
WIDE: list[Row] = [
    {"grandeur": "30.I1.a", "territoire": code, "periode": f"{year}-{month:02}", "valeur": 10}
    for code in COMMUNES
    for year in (2022, 2023, 2024)
    for month in range(1, 13)
    if (year, month) <= (2024, 1)
][::-1]
BATCHES: dict[str, list[list[Row]]] = {
    "plain counts": [rows_of()],
    "one period after the other": [rows_of(months=(month,), step=rank * 40) for rank, month in enumerate(MONTHS)],
    "shares": [RATIO],
    "a leap from the period before, in one push": [LEAP],
    "a leap from the period before, in two": [LEAP[::2], LEAP[1::2]],
    "a leap from a period corrected since": [LEAP[::2], [{**LEAP[2], "valeur": 4}], LEAP[1::2]],
    "a leap from one place of a push thirty times as large": [WIDE, [{**WIDE[0], "periode": "2024-02", "valeur": 900}]],
    "status, secrets, comments, words": [TOLD],
    "a total with its parts": [TOTAL_AND_PARTS],
    "a total after its parts": [TOTAL_AND_PARTS[:-1], TOTAL_AND_PARTS[-1:]],
    "parts after their total": [TOTAL_AND_PARTS[-1:], TOTAL_AND_PARTS[:-1]],
    "breakdowns that do not add up": [CUT],
    "the same again, then another value": [rows_of(), rows_of(), rows_of(step=3)],
    "another territory of a known period": [rows_of()[:3], rows_of()[3:]],
}


@pytest.fixture
async def client(own_base: Base, identity: IdentitySettings) -> AsyncIterator[httpx2.AsyncClient]:
    settings = Settings(database_url=own_base.url_of("indicators"), identity=identity)
    async with client_of(create_app(settings)) as made:
        yield made


async def told_and_stored(client: httpx2.AsyncClient, base: Base, partner: Key, batches: list[list[Row]]) -> Any:
    """What each push was told, then everything stored; all of it is deleted."""
    from sqlalchemy import text

    from migrations.run import owner_engine

    told = []
    for number, rows in enumerate(batches):
        answer = await push(client, partner, rows, extrait_le=f"2026-06-{number + 1:02d}T08:00:00+02:00")
        assert answer.status_code in (200, 207), answer.text
        report = answer.json()
        told.append({name: report[name] for name in (*COUNTS, "incidence", "rejets", "avertissements")})
    engine = owner_engine(base.owner_url)
    stored = {}
    async with engine.connect() as connection:
        for table, columns in TABLES.items():
            query = f"SELECT {columns} FROM indicators.{table} ORDER BY {columns}"
            stored[table] = [tuple(row) for row in await connection.execute(text(query))]
    await engine.dispose()
    await execute(base.owner_url, "TRUNCATE " + ", ".join(f"indicators.{table}" for table in TABLES))
    return told, stored


@pytest.mark.parametrize("name", BATCHES)
async def test_the_straight_way_and_the_general_way_tell_and_store_the_same(
    client: httpx2.AsyncClient, own_base: Base, partner: Key, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    straight = await told_and_stored(client, own_base, partner, BATCHES[name])

    async def decline(*given: Any, **more: Any) -> None:
        return None

    monkeypatch.setattr(lots, "write_new", decline)
    general = await told_and_stored(client, own_base, partner, BATCHES[name])
    assert straight[0] == general[0]
    assert straight[1] == general[1]
    assert straight[1]["mesure"]


async def test_new_rows_do_go_straight(
    client: httpx2.AsyncClient, partner: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[bool] = []
    write: Callable[..., Any] = neuves.write_new

    async def watch(*given: Any, **more: Any) -> Any:
        found = await write(*given, **more)
        written.append(found is not None)
        return found

    monkeypatch.setattr(lots, "write_new", watch)
    await push(client, partner, rows_of(months=MONTHS[:1]))
    await push(client, partner, rows_of(months=MONTHS[1:2]))
    await push(client, partner, rows_of(months=MONTHS[:1], step=2), extrait_le="2026-06-30T08:00:00+02:00")
    assert written == [True, True, False]


async def test_a_deleted_period_is_no_longer_new(client: httpx2.AsyncClient, pilot: Key, partner: Key) -> None:
    rows = rows_of(months=MONTHS[:1])
    await push(client, partner, rows, extrait_le="2026-06-01T08:00:00+02:00")
    deleted = await push(
        client,
        partner,
        [{name: value for name, value in row.items() if name != "valeur"} for row in rows],
        extrait_le="2026-06-02T08:00:00+02:00",
        strategie="suppression",
        motif="comptés deux fois",
    )
    assert deleted.json()["supprimees"] == len(rows), deleted.text
    again = await push(client, partner, rows, extrait_le="2026-06-01T09:00:00+02:00")
    assert (again.json()["perimees"], again.json()["creees"]) == (len(rows), 0)


async def test_a_dry_run_leaves_a_period_new(client: httpx2.AsyncClient, partner: Key, own_base: Base) -> None:
    rehearsed = await push(client, partner, rows_of(), simulation=True)
    assert rehearsed.json()["creees"] == len(rows_of())
    assert (await push(client, partner, rows_of())).json()["creees"] == len(rows_of())


async def test_two_pushes_that_both_find_a_period_new_write_each_row_once(
    client: httpx2.AsyncClient, partner: Key, pilot: Key
) -> None:
    batches = [[*rows_of(), *rows_of(months=(f"2025-{number:02d}",))] for number in range(1, 7)]
    answers = await asyncio.gather(*(push(client, partner, rows) for rows in batches))
    assert [answer.status_code for answer in answers] == [200] * 6
    reports = [answer.json() for answer in answers]
    assert sum(report["creees"] for report in reports) == len(rows_of()) + 6 * len(COMMUNES)
    assert sum(report["inchangees"] for report in reports) == 5 * len(rows_of())
    asked = {"grandeur": "30.I1.a", "territoire": "PORTES_DU_SUD", "periode": "2024-01"}
    value = (await client.get("/v1/valeurs", params=asked, headers=pilot)).json()["elements"][0]
    assert (value["valeur"], value["couverture"]["recus"]) == (sum(10 + place for place in range(5)), 5)
