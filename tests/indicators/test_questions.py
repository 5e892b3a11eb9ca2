"""What may be asked of values, what may not, and in which form they are answered."""

import csv
import io
import logging
import random
from datetime import UTC, date, datetime
from typing import Any

import httpx2
import pyarrow.parquet as pq
import pytest

from services.indicators.exports import choose_media_type
from services.indicators.questions import MAX_CELLS, Question
from services.indicators.series import Lecture
from services.indicators.service.atelier import make_atelier
from services.indicators.service.lecture import check_reach
from shared.errors import DroitInsuffisant
from shared.tokens import Identite
from tests.indicators.readings import PUBLIC, Cell, give, read, read_one, refuse

Key = dict[str, str]
RHONE_AMONT = ("69256", "69275", "69279", "69282")
PARQUET = "application/vnd.apache.parquet"


async def test_every_fault_of_a_question_is_named(indicators: httpx2.AsyncClient, pilot: Key) -> None:
    bad: dict[str, Any] = {
        "grandeur": "30.I1.z",
        "territoire": ["69M:quartiers", "69999"],
        "periode": ["2025-13", "2025-01..2025-Q2", "2025-06..2025-01"],
        "champs": "valeurs",
        "ventiler": "sexes",
        "filtrer": ["sexe:X", "couleur:rouge"],
        "au": "2025-01-01T00:00:00Z",
        "modifie_depuis": "2025-06-01T00:00:00Z",
    }
    faults = await refuse(
        indicators,
        pilot,
        **{**bad, "plan": "pmie-2022-2026", "au": "2026-12-31T00:00:00Z", "modifie_depuis": "2027-06-01T00:00:00Z"},
    )
    assert sorted(faults) == sorted(
        [
            ("grandeur", "GRANDEUR_INCONNUE"),
            ("territoire", "VALEUR_INVALIDE"),
            ("territoire", "TERRITOIRE_INCONNU"),
            ("periode", "PERIODE_INVALIDE"),
            ("periode", "PERIODE_INVALIDE"),
            ("periode", "DATES_INVERSEES"),
            ("champs", "VALEUR_INCONNUE"),
            ("ventiler", "VENTILATION_INCONNUE"),
            ("filtrer", "MODALITE_INCONNUE"),
            ("filtrer", "VENTILATION_INCONNUE"),
            ("au", "DATES_INVERSEES"),
        ]
    )
    assert await refuse(indicators, pilot, grandeur="30.I1.a", ventiler="sexe") == [
        ("ventiler", "VENTILATION_INCONNUE")
    ]
    assert await refuse(indicators, PUBLIC, grandeur="30.I1.a", millesime="bilan") == [("millesime", "VALEUR_INCONNUE")]
    assert await refuse(indicators, pilot) == [("grandeur", "CHAMP_REQUIS")]
    assert await refuse(indicators, pilot, grandeur="30.I1.a", couleur="rouge") == [("couleur", "PARAMETRE_INCONNU")]


async def test_too_many_cells_are_refused_with_their_number_never_cut(
    indicators: httpx2.AsyncClient, pilot: Key
) -> None:
    asked = {"grandeur": "26.I4.a", "territoire": "69M:communes", "periode": "2022-01..2026-12", "ventiler": "sexe,age"}
    answer = await indicators.get("/v1/valeurs", params={**asked, "filtrer": "age:25-49"}, headers=pilot)
    assert (answer.status_code, answer.json()["total"]) == (200, 58 * 60 * 3)
    answer = await indicators.get("/v1/valeurs", params={**asked, "periode": "2021-01..2026-12"}, headers=pilot)
    assert (answer.status_code, answer.json()["code"]) == (422, "TROP_DE_CELLULES")
    assert f"({58 * 72 * 12}, au plus {MAX_CELLS})" in answer.json()["detail"]
    every = {"grandeur": "11.I2.a,30.I1.a,27.I4.a", "ventiler": "parcours,etape,sexe,age,public,qpv,secteur"}
    answer = await indicators.get("/v1/valeurs", params=every, headers=PUBLIC)
    assert answer.json()["code"] == "TROP_DE_CELLULES"


async def push_states(client: httpx2.AsyncClient, partner: Key, grandeur: str) -> list[str]:
    """Push 1 and 2, then 10 in the place of 1, then nothing in its place; return an instant after each."""
    last = "69256 2025-01"
    steps: list[tuple[dict[str, Any], dict[str, str]]] = [
        ({last: 1, "69275 2025-01": 2}, {}),
        ({last: 10}, {"extrait_le": "2025-02-01T00:00:00Z"}),
        ({last: None}, {"extrait_le": "2025-03-01T00:00:00Z", "strategie": "suppression", "motif": "essai"}),
    ]
    instants = []
    for rows, said in steps:
        await give(client, partner, grandeur, rows, **said)
        instants.append(datetime.now(UTC).isoformat())
    return instants


async def test_values_are_read_as_they_were_known(indicators: httpx2.AsyncClient, partner: Key, pilot: Key) -> None:
    first, second, third = await push_states(indicators, partner, "10.I2.b")
    asked = {"territoire": "69256", "periode": "2025-01"}
    found = [(await read_one(indicators, pilot, "10.I2.b", **asked, au=au))["valeur"] for au in (first, second, third)]
    assert found == [1, 10, None]
    assert (await read_one(indicators, pilot, "10.I2.b", **asked))["motif"] == "AUCUNE_DONNEE"
    states = await read(indicators, pilot, "10.I2.b", **asked, historique="true")
    assert [(state["valeur"], state["motif"]) for state in states] == [(1, None), (10, None), (None, "AUCUNE_DONNEE")]
    assert [state["revise_le"] < instant for state, instant in zip(states, (first, second, third), strict=True)] == [
        True
    ] * 3
    states = await read(indicators, pilot, "10.I2.b", **asked, historique="true", au=second)
    assert [state["valeur"] for state in states] == [1, 10]
    states = await read(indicators, pilot, "10.I2.b", **asked, historique="true", modifie_depuis=first)
    assert [state["valeur"] for state in states] == [10, None]


async def test_what_changed_since_is_told_be_it_deleted(
    indicators: httpx2.AsyncClient, partner: Key, pilot: Key
) -> None:
    first, second, third = await push_states(indicators, partner, "10.I2.d")
    asked = {"territoire": ["69256", "69275", "RHONE_AMONT"], "periode": "2025-01,2025-02"}

    async def told(**more: str) -> dict[str, Any]:
        cells = await read(indicators, pilot, "10.I2.d", **asked, **more)
        return {cell["territoire"]: (cell["valeur"], cell["motif"]) for cell in cells}

    assert await told(modifie_depuis=second) == {"69256": (None, "AUCUNE_DONNEE"), "RHONE_AMONT": (None, "COUVERTURE")}
    assert await told(modifie_depuis=third) == {}
    assert await told(modifie_depuis=first, au=second) == {"69256": (10, None), "RHONE_AMONT": (None, "COUVERTURE")}
    cell = await read_one(indicators, pilot, "10.I2.d", territoire="69256", periode="2025-01", modifie_depuis=second)
    assert second < cell["revise_le"] < third


async def test_a_change_of_one_breakdown_is_no_change_of_another(
    indicators: httpx2.AsyncClient, partner: Key, pilot: Key
) -> None:
    await give(indicators, partner, "31.I1.a", {"69266 2025-01 public:brsa": 1, "69266 2025-01 public:th": 1})
    since = datetime.now(UTC).isoformat()
    await give(indicators, partner, "31.I1.a", {"69266 2025-01 public:th": 2}, extrait_le="2025-06-01T00:00:00Z")
    cells = await read(
        indicators, pilot, "31.I1.a", territoire="69266", periode="2025-01", ventiler="public", modifie_depuis=since
    )
    assert [cell["ventilation"] for cell in cells] == [{"public": "th"}]


@pytest.mark.parametrize("graine", range(4))
async def test_kept_sums_give_the_same_cells_as_the_rows(
    indicators: httpx2.AsyncClient, partner: Key, pilot: Key, graine: int
) -> None:
    """``au`` reads the rows alone, whatever is kept beside them."""
    hasard = random.Random(graine)  # noqa: S311 - the same at each run
    grandeur = ("1.I3.a", "1.I3.b", "11.I3.b", "23.I4.a")[graine]
    sites = ("69M", "RHONE_AMONT", *RHONE_AMONT, "LYON", "69123", *(f"6938{rang}" for rang in range(1, 10)))
    for rang in range(6):
        rows = {}
        for _ in range(60):
            site, month = hasard.choice(sites), hasard.randint(1, 4)
            cut = hasard.choice(("", " sexe:F", " sexe:H"))
            rows[f"{site} 2025-{month:02d}{cut}"] = _draw(hasard, grandeur)
        said = {"statut": "p"} if rang == 3 else {}
        await give(indicators, partner, grandeur, rows, extrait_le=f"2025-05-0{rang + 1}T00:00:00Z", **said)
        if rang == 4:
            gone = dict.fromkeys(list(rows)[:20])
            said = {"strategie": "suppression", "motif": "essai", "extrait_le": "2025-05-06T00:00:00Z"}
            await give(indicators, partner, grandeur, gone, **said)
    asked = {"territoire": ",".join(sites), "periode": "2025-01..2025-04,2025-Q1,2025-S1,2025"}
    for more in ({"ventiler": "sexe"}, {}):
        kept = await read(indicators, pilot, grandeur, **asked, **more)
        raw = await read(indicators, pilot, grandeur, **asked, **more, au="2101-01-01T00:00:00Z")
        assert [_without_instant(cell) for cell in kept] == [_without_instant(cell) for cell in raw]
        assert sum(cell["valeur"] is not None for cell in kept) > 10


def _draw(hasard: random.Random, grandeur: str) -> Any:
    if grandeur == "1.I3.b":
        return (hasard.randint(0, 5), hasard.randint(5, 9))
    if grandeur == "11.I3.b":
        return {"somme": hasard.randint(1, 900), "effectif": hasard.randint(1, 9)}
    return hasard.randint(0, 9)


def _without_instant(cell: Cell) -> Cell:
    return {**cell, "revise_le": None}


async def test_csv_and_parquet_hold_the_same_cells_as_json(
    indicators: httpx2.AsyncClient, partner: Key, pilot: Key
) -> None:
    await give(indicators, partner, "1.I3.d", {"69266 2025-01 sexe:F": (1, 3), "69266 2025-01 sexe:H": (2, 3)})
    asked = {"grandeur": "1.I3.d", "territoire": "69266,69M", "periode": "2025-01", "ventiler": "sexe"}
    cells = (await indicators.get("/v1/valeurs", params=asked, headers=pilot)).json()["elements"]
    answer = await indicators.get("/v1/valeurs", params=asked, headers={**pilot, "Accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    answer = await indicators.get("/v1/valeurs", params=asked, headers={**pilot, "Accept": PARQUET})
    assert answer.headers["content-type"] == PARQUET
    table = pq.read_table(io.BytesIO(answer.content))
    rows = table.to_pylist()
    assert len(cells) == len(lines) == len(rows) == 6
    for cell, line, row in zip(cells, lines, rows, strict=True):
        flat = {
            **{name: cell[name] for name in ("grandeur", "territoire", "periode", "valeur", "numerateur", "motif")},
            "ventilation.sexe": cell["ventilation"]["sexe"],
            "couverture.recus": cell["couverture"]["recus"],
            "couverture.part": cell["couverture"]["part"],
            "definition": cell["definition"],
        }
        assert {name: row[name] for name in flat} == flat
        assert {name: line[name] for name in flat} == {n: "" if v is None else str(v) for n, v in flat.items()}
    assert [line["valeur"] for line in lines[:2]] == ["33.3", "66.7"]
    assert lines[0]["licence"].startswith("Licence Ouverte")
    assert table.schema.metadata[b"licence"].startswith(b"Licence Ouverte")


async def test_tables_keep_every_digit_and_run_nothing(
    indicators: httpx2.AsyncClient, partner: Key, pilot: Key
) -> None:
    await give(indicators, partner, "1.I6.a", {"69256 2025-01": "9007199254740993.25", "69275 2025-01": 2})
    asked = {"grandeur": "1.I6.a", "territoire": "69256,69275", "periode": "2025-01", "champs": "valeur"}
    answer = await indicators.get("/v1/valeurs", params=asked, headers={**pilot, "Accept": PARQUET})
    assert pq.read_table(io.BytesIO(answer.content)).to_pylist() == [{"valeur": "9007199254740993.25"}, {"valeur": "2"}]
    await give(indicators, partner, "10.I5.b", {"69M 2025-S1": {"texte": '=HYPERLINK("x")'}})
    asked = {"grandeur": "10.I5.b", "periode": "2025-S1", "champs": "valeur"}
    answer = await indicators.get("/v1/valeurs", params=asked, headers={**pilot, "Accept": "text/csv"})
    assert next(csv.DictReader(io.StringIO(answer.text)))["valeur"] == '\'=HYPERLINK("x")'


def test_json_unless_another_form_is_asked_for() -> None:
    assert choose_media_type("text/html,application/xhtml+xml,*/*;q=0.8") == "application/json"
    assert choose_media_type("text/html, text/csv;q=0.9, */*") == "text/csv"


async def test_answers_are_tagged_and_kept_by_nobody_when_raw(indicators: httpx2.AsyncClient, pilot: Key) -> None:
    asked = {"grandeur": "30.I2.a", "periode": "2025"}
    public = await indicators.get("/v1/valeurs", params=asked)
    raw = await indicators.get("/v1/valeurs", params=asked, headers=pilot)
    assert (public.headers["cache-control"], raw.headers["cache-control"]) == ("no-cache", "no-store")
    assert {public.headers["vary"], raw.headers["vary"]} == {"Accept, Authorization"}
    again = await indicators.get("/v1/valeurs", params=asked, headers={"If-None-Match": public.headers["etag"]})
    assert (again.status_code, again.content, again.headers["vary"]) == (304, b"", "Accept, Authorization")
    as_csv = await indicators.get("/v1/valeurs", params=asked, headers={"Accept": "text/csv"})
    assert as_csv.headers["etag"] != public.headers["etag"]
    head = await indicators.head("/v1/valeurs", params=asked)
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", public.headers["etag"])


async def test_raw_reads_are_logged_and_published_ones_are_not(
    indicators: httpx2.AsyncClient, pilot: Key, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "spie"):
        await read(indicators, PUBLIC, "30.I2.a", periode="2025")
        await read(indicators, pilot, "30.I2.a", periode="2025")
    (line,) = [record.getMessage() for record in caplog.records if record.name == "spie"]
    assert line.endswith(" lecture brute dev-pilote /v1/valeurs")


@pytest.mark.parametrize(
    ("held", "grandeur", "territoire", "allowed"),
    [
        ({}, "30.I1.a", "69M", True),
        ({"grandeurs": {"30"}}, "30.I1.a", "69M", True),
        ({"grandeurs": {"30.I1.b"}}, "30.I1.a", "69M", False),
        ({"territoires": {"LYON"}}, "30.I1.a", "69381", True),
        ({"territoires": {"LYON"}}, "30.I1.a", "69M", False),
        ({"territoires": set()}, "30.I1.a", "69266", False),
    ],
)
def test_raw_cells_stay_within_what_a_key_was_restricted_to(
    held: dict[str, set[str]], grandeur: str, territoire: str, allowed: bool
) -> None:
    lecteur = Identite("essai", frozenset(), **{name: frozenset(codes) for name, codes in held.items()})
    lecture = Lecture(date(2026, 7, 1))
    question = Question((grandeur,), (territoire,), (), (), lecture, None, None, historique=False, champs=())
    if allowed:
        check_reach(lecteur, question, make_atelier(None).geo)
    else:
        with pytest.raises(DroitInsuffisant):
            check_reach(lecteur, question, make_atelier(None).geo)
