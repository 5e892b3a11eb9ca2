"""Values as those read them who may see them before they are published: right, or explicitly absent."""

from datetime import date
from typing import Any

import httpx2
import pytest

from shared import clock
from tests.indicators.readings import give, read, read_one

Key = dict[str, str]
TODAY = date(2026, 7, 1)
PORTES_DU_SUD = ("69199", "69259", "69273", "69276", "69296")
LYON = tuple(f"6938{rang}" for rang in range(1, 10))


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: TODAY)


async def test_a_share_is_the_sum_over_the_sum_and_never_the_mean_of_shares(
    indicators: httpx2.AsyncClient, partner: Key, pilot: Key
) -> None:
    await give(indicators, partner, "11.I5.a", {"69256 2025-03": (8, 10), "69275 2025-03": (10, 100)})
    cell = await read_one(indicators, pilot, "11.I5.a", territoire="RHONE_AMONT", periode="2025-03")
    assert (cell["valeur"], cell["numerateur"], cell["denominateur"]) == (16.4, 18, 110)
    assert cell["couverture"] == {"recus": 2, "attendus": 4, "part": 0.5}
    await give(indicators, partner, "11.I5.a", {"69256 2025-04": (8, 10), "69256 2025-05": (10, 100)})
    cell = await read_one(indicators, pilot, "11.I5.a", territoire="69256", periode="2025-Q2")
    assert (cell["valeur"], cell["numerateur"], cell["denominateur"]) == (16.4, 18, 110)


async def test_a_share_that_covers_too_little_has_no_value_but_stays_explained(
    indicators: httpx2.AsyncClient, partner: Key, pilot: Key
) -> None:
    await give(indicators, partner, "11.I5.a", {"69199 2025-06": (8, 10), "69259 2025-06": (10, 100)})
    cell = await read_one(indicators, pilot, "11.I5.a", territoire="PORTES_DU_SUD", periode="2025-06")
    assert (cell["valeur"], cell["motif"]) == (None, "COUVERTURE")
    assert (cell["numerateur"], cell["denominateur"]) == (18, 110)
    assert cell["couverture"] == {"recus": 2, "attendus": 5, "part": 0.4}


async def test_a_stock_is_that_of_the_last_date_and_a_mean_on_demand(
    indicators: httpx2.AsyncClient, partner: Key, pilot: Key
) -> None:
    months = {"69266 2025-01": 120, "69266 2025-02": 130, "69266 2025-03": 125}
    await give(indicators, partner, "17.I1.a", months)
    asked = {"territoire": "69266", "periode": "2025-Q1"}
    assert (await read_one(indicators, pilot, "17.I1.a", **asked))["valeur"] == 125
    assert (await read_one(indicators, pilot, "17.I1.a", **asked, stock="moyenne"))["valeur"] == 125
    await give(indicators, partner, "17.I1.a", {"69266 2025-02": 127}, extrait_le="2025-06-01T00:00:00Z")
    assert (await read_one(indicators, pilot, "17.I1.a", **asked))["valeur"] == 125
    assert (await read_one(indicators, pilot, "17.I1.a", **asked, stock="moyenne"))["valeur"] == 124
    missing = await read_one(indicators, pilot, "17.I1.a", territoire="69266", periode="2025-Q2")
    assert (missing["valeur"], missing["motif"]) == (None, "AUCUNE_DONNEE")
    year = await read_one(indicators, pilot, "17.I1.a", territoire="69266", periode="2025")
    assert (year["valeur"], year["motif"]) == (None, "COUVERTURE")


async def test_different_persons_are_never_added_up_but_bounded(
    indicators: httpx2.AsyncClient, partner: Key, pilot: Key
) -> None:
    await give(indicators, partner, "11.I1.a", {f"{code} 2025-05": 10 * n for n, code in enumerate(PORTES_DU_SUD, 1)})
    asked = {"territoire": "PORTES_DU_SUD", "periode": "2025-05"}
    cell = await read_one(indicators, pilot, "11.I1.a", **asked)
    assert (cell["valeur"], cell["motif"], cell["bornes"]) == (None, "NON_AGREGEABLE", [50, 150])
    await give(indicators, partner, "11.I1.a", {"PORTES_DU_SUD 2025-05": 140})
    assert (await read_one(indicators, pilot, "11.I1.a", **asked))["valeur"] == 140


async def test_a_median_is_supplied_or_refused(indicators: httpx2.AsyncClient, partner: Key, pilot: Key) -> None:
    rows = {f"{code} 2025-05": {"valeur": 21.5, "effectif": 12} for code in PORTES_DU_SUD}
    await give(indicators, partner, "11.I3.a", rows)
    asked = {"territoire": "PORTES_DU_SUD", "periode": "2025-05"}
    cell = await read_one(indicators, pilot, "11.I3.a", **asked)
    assert (cell["valeur"], cell["motif"], cell["bornes"]) == (None, "NON_AGREGEABLE", None)
    quarter = await read_one(indicators, pilot, "11.I3.a", territoire="69199", periode="2025-Q2")
    assert (quarter["valeur"], quarter["motif"]) == (None, "NON_AGREGEABLE")
    await give(indicators, partner, "11.I3.a", {"PORTES_DU_SUD 2025-05": 22})
    assert (await read_one(indicators, pilot, "11.I3.a", **asked))["valeur"] == 22


async def test_a_mean_is_the_sum_over_the_headcount(indicators: httpx2.AsyncClient, partner: Key, pilot: Key) -> None:
    rows = {"69256 2025-01": {"somme": 300, "effectif": 10}, "69275 2025-01": {"somme": 50, "effectif": 1}}
    await give(indicators, partner, "11.I3.b", rows)
    cell = await read_one(indicators, pilot, "11.I3.b", territoire="RHONE_AMONT", periode="2025-01")
    assert (cell["valeur"], cell["numerateur"], cell["denominateur"]) == (31.8, 350, 11)


async def test_a_missing_commune_shows_as_coverage_and_never_as_zero(
    indicators: httpx2.AsyncClient, partner: Key, pilot: Key
) -> None:
    await give(indicators, partner, "2.I2.a", {f"{code} 2025-01": 2 for code in PORTES_DU_SUD[:4]})
    communes = await read(indicators, pilot, "2.I2.a", territoire="PORTES_DU_SUD:communes", periode="2025-01")
    assert [cell["valeur"] for cell in communes] == [2, 2, 2, 2, None]
    assert (communes[-1]["motif"], communes[-1]["couverture"]["attendus"]) == ("AUCUNE_DONNEE", 1)
    whole = await read_one(indicators, pilot, "2.I2.a", territoire="PORTES_DU_SUD", periode="2025-01")
    assert (whole["valeur"], whole["couverture"]) == (8, {"recus": 4, "attendus": 5, "part": 0.8})
    metropole = await read_one(indicators, pilot, "2.I2.a", periode="2025-01")
    assert (metropole["valeur"], metropole["motif"]) == (None, "COUVERTURE")
    await give(indicators, partner, "2.I2.a", {"69296 2025-01": 0})
    whole = await read_one(indicators, pilot, "2.I2.a", territoire="PORTES_DU_SUD", periode="2025-01")
    assert (whole["valeur"], whole["couverture"]["part"]) == (8, 1.0)


async def test_territories_are_named_by_level_or_by_parent(indicators: httpx2.AsyncClient, pilot: Key) -> None:
    async def codes(selecteur: str) -> list[str]:
        cells = await read(indicators, pilot, "10.I1.a", territoire=selecteur, periode="2025")
        return [cell["territoire"] for cell in cells]

    assert len(await codes("69M:ctm")) == 10
    assert len(await codes("69M:communes")) == 58
    assert set(await codes("69M:enfants")) == set(await codes("69M:ctm"))
    assert await codes("LYON:arrondissements") == list(LYON)
    assert await codes("69123:enfants") == list(LYON)
    assert await codes("69266,69M,69266") == ["69266", "69M"]
    assert await codes("69152") == ["69149"]
    assert await codes("69266:enfants") == []


async def test_a_range_answers_each_of_its_periods(indicators: httpx2.AsyncClient, partner: Key, pilot: Key) -> None:
    await give(indicators, partner, "10.I1.a", {f"69266 2025-{month:02d}": month for month in range(1, 13)})
    cells = await read(indicators, pilot, "10.I1.a", territoire="69266", periode="2025-Q1..2025-Q4")
    assert [(cell["periode"], cell["valeur"]) for cell in cells] == [
        ("2025-Q1", 6),
        ("2025-Q2", 15),
        ("2025-Q3", 24),
        ("2025-Q4", 33),
    ]
    cells = await read(indicators, pilot, "10.I1.a", territoire="69266", periode="2025,2025-S1,2025-01..2025-02")
    assert [cell["valeur"] for cell in cells] == [78, 21, 1, 2]


async def test_without_a_period_the_years_of_the_plan_that_have_begun(
    indicators: httpx2.AsyncClient, pilot: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = await read(indicators, pilot, "10.I1.b")
    assert [cell["periode"] for cell in cells] == ["2022", "2023", "2024", "2025", "2026"]
    monkeypatch.setattr(clock, "today", lambda: date(2023, 5, 1))
    assert [cell["periode"] for cell in await read(indicators, pilot, "10.I1.b")] == ["2022", "2023"]


async def test_a_breakdown_is_kept_folded_or_summed_from_what_is_supplied(
    indicators: httpx2.AsyncClient, partner: Key, pilot: Key
) -> None:
    rows = {f"69266 2025-01 age:{age}|sexe:{sexe}": n for n, (age, sexe) in enumerate(_ages_and_sexes(), 1)}
    await give(indicators, partner, "26.I4.a", rows)
    asked = {"territoire": "69266", "periode": "2025-01"}
    by_sexe = await read(indicators, pilot, "26.I4.a", **asked, ventiler="sexe")
    found = {cell["ventilation"]["sexe"]: cell["valeur"] for cell in by_sexe}
    assert found == {"F": 1 + 3 + 5, "H": 2 + 4 + 6, "inconnu": None}
    young = await read(indicators, pilot, "26.I4.a", **asked, ventiler="sexe", filtrer="age:moins-de-25")
    assert [(cell["ventilation"], cell["valeur"]) for cell in young] == [
        ({"sexe": "F"}, 1),
        ({"sexe": "H"}, 2),
        ({"sexe": "inconnu"}, None),
    ]
    older = {"filtrer": ["age:25-49", "age:50-et-plus", "sexe:F"]}
    cell = await read_one(indicators, pilot, "26.I4.a", **asked, **older)
    assert (cell["ventilation"], cell["valeur"]) == ({}, 3 + 5)
    kept = await read(indicators, pilot, "26.I4.a", **asked, ventiler="age", filtrer=["age:25-49", "sexe:F", "sexe:H"])
    assert [(cell["ventilation"], cell["valeur"]) for cell in kept] == [({"age": "25-49"}, 7)]


def _ages_and_sexes() -> list[tuple[str, str]]:
    return [(age, sexe) for age in ("moins-de-25", "25-49", "50-et-plus") for sexe in "FH"]


async def test_publics_overlap_and_are_never_summed(indicators: httpx2.AsyncClient, partner: Key, pilot: Key) -> None:
    await give(indicators, partner, "30.I1.a", {"69266 2025-01 public:brsa": 5, "69266 2025-01 public:jeunes": 3})
    asked = {"territoire": "69266", "periode": "2025-01"}
    both = await read_one(indicators, pilot, "30.I1.a", **asked, filtrer=["public:brsa", "public:jeunes"])
    assert (both["valeur"], both["motif"]) == (None, "NON_AGREGEABLE")
    total = await read_one(indicators, pilot, "30.I1.a", **asked)
    assert (total["valeur"], total["motif"]) == (None, "AUCUNE_DONNEE")


async def test_the_named_members_of_a_cell_are_kept(indicators: httpx2.AsyncClient, pilot: Key) -> None:
    cells = await read(indicators, pilot, "10.I1.b", periode="2025", champs="valeur,motif")
    assert cells == [{"valeur": None, "motif": "AUCUNE_DONNEE"}]


async def test_merged_communes_are_read_with_todays_map_or_that_of_the_time(
    indicators: httpx2.AsyncClient, partner: Key, pilot: Key
) -> None:
    rows = {"69149 2023-12": 30, "69152 2023-12": 12, "69149 2024-01": 44}
    await give(indicators, partner, "10.I1.c", rows)
    asked = {"periode": "2023-12..2024-01"}

    async def told(**more: str) -> list[tuple[Any, ...]]:
        cells = await read(indicators, pilot, "10.I1.c", **asked, **more)
        return [(cell["territoire"], cell["periode"], cell["valeur"], cell["couverture"]["attendus"]) for cell in cells]

    assert await told(territoire="69149") == [("69149", "2023-12", 42, 2), ("69149", "2024-01", 44, 1)]
    assert await told(territoire="69152") == await told(territoire="69149")
    assert await told(territoire="69149", geographie="epoque") == [
        ("69149", "2023-12", 30, 1),
        ("69149", "2024-01", 44, 1),
    ]
    assert (await told(territoire="69152", geographie="epoque"))[0] == ("69152", "2023-12", 12, 1)
    then = await read(
        indicators,
        pilot,
        "10.I1.c",
        territoire="LONES_ET_COTEAUX:communes",
        periode="2023-12",
        geographie="epoque",
    )
    assert {"69149", "69152"} <= {cell["territoire"] for cell in then}
    assert len(then) == 9
    await give(
        indicators,
        partner,
        "10.I1.c",
        {"69152 2023-12": None},
        strategie="suppression",
        motif="essai",
        extrait_le="2025-02-01T00:00:00Z",
    )
    assert (await told(territoire="69149"))[0] == ("69149", "2023-12", None, 2)


async def test_a_supplied_parent_is_kept_beside_its_children(
    indicators: httpx2.AsyncClient, partner: Key, pilot: Key
) -> None:
    await give(indicators, partner, "10.I1.d", {f"{code} 2025-01": 1 for code in PORTES_DU_SUD})
    await give(indicators, partner, "10.I1.d", {"PORTES_DU_SUD 2025-01": 7})
    cell = await read_one(indicators, pilot, "10.I1.d", territoire="PORTES_DU_SUD", periode="2025-01")
    assert (cell["valeur"], cell["couverture"]) == (7, {"recus": 1, "attendus": 1, "part": 1.0})
    quarter = await read_one(indicators, pilot, "10.I1.d", territoire="69199", periode="2025-Q1")
    assert (quarter["valeur"], quarter["motif"]) == (None, "COUVERTURE")


async def test_a_cohort_is_read_once_all_have_had_their_days(
    indicators: httpx2.AsyncClient, partner: Key, pilot: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    await give(indicators, partner, "30.I7.c", {"69266 2025-01": (6, 10), "69266 2025-02": (9, 20)})
    asked = {"territoire": "69266", "periode": "2025-01..2025-03"}
    monkeypatch.setattr(clock, "today", lambda: date(2025, 7, 30))
    cells = await read(indicators, pilot, "30.I7.c", **asked)
    assert [(cell["valeur"], cell["motif"]) for cell in cells] == [
        (60.0, None),
        (None, "IMMATURE"),
        (None, "IMMATURE"),
    ]
    monkeypatch.setattr(clock, "today", lambda: date(2025, 12, 30))
    cells = await read(indicators, pilot, "30.I7.c", **asked)
    assert [(cell["valeur"], cell["motif"]) for cell in cells] == [
        (60.0, None),
        (45.0, None),
        (None, "AUCUNE_DONNEE"),
    ]


async def test_what_cannot_exist_and_what_is_estimated_is_told(
    indicators: httpx2.AsyncClient, partner: Key, pilot: Key
) -> None:
    await give(indicators, partner, "10.I2.a", {"69256 2025-01": 3, "69275 2025-01": 4})
    await give(indicators, partner, "10.I2.a", {"69279 2025-01": 5}, statut="e")
    await give(indicators, partner, "10.I2.a", {"69282 2025-01": None}, statut="m")
    cell = await read_one(indicators, pilot, "10.I2.a", territoire="RHONE_AMONT", periode="2025-01")
    assert (cell["valeur"], cell["statut"], cell["couverture"]["part"]) == (12, "e", 1.0)
    cell = await read_one(indicators, pilot, "10.I2.a", territoire="69282", periode="2025-01")
    assert (cell["valeur"], cell["statut"], cell["motif"]) == (None, "m", None)


async def test_a_confidential_value_is_read_by_right_and_its_mark_with_it(
    indicators: httpx2.AsyncClient, partner: Key, pilot: Key
) -> None:
    await give(indicators, partner, "10.I2.c", {"69256 2025-01": 3}, confidentialite="P")
    await give(indicators, partner, "10.I2.c", {"69275 2025-01": None}, confidentialite="C")
    cells = await read(indicators, pilot, "10.I2.c", territoire="69256,69275", periode="2025-01")
    assert [(cell["valeur"], cell["confidentialite"], cell["motif"]) for cell in cells] == [
        (3, "P", None),
        (None, "C", "SECRET"),
    ]


async def test_words_are_told_as_words(indicators: httpx2.AsyncClient, partner: Key, pilot: Key) -> None:
    scale = (await indicators.get("/v1/grandeurs/25.I4.b")).json()["modalites"]
    ctm = [
        cell["territoire"] for cell in await read(indicators, pilot, "25.I4.b", territoire="69M:ctm", periode="2025")
    ]
    rows = {f"{code} 2025-S1": {"modalite": scale[rang % 2]} for rang, code in enumerate(ctm)}
    await give(indicators, partner, "25.I4.b", rows)
    cell = await read_one(indicators, pilot, "25.I4.b", periode="2025-S1")
    assert (cell["valeur"], cell["composants"]) == (scale[0], {"distribution": {scale[0]: 5, scale[1]: 5}})
    await give(indicators, partner, "1.I1.c", {"69M 2025-S2": {"texte": "=1+1 ; « bien »"}})
    cell = await read_one(indicators, pilot, "1.I1.c", periode="2025")
    assert cell["valeur"] == "=1+1 ; « bien »"


async def test_numbers_stay_exact_beyond_what_json_carries(
    indicators: httpx2.AsyncClient, partner: Key, pilot: Key
) -> None:
    rows = {"69256 2025-01": "123456789012345678.25", "69275 2025-01": 0.1, "69279 2025-01": 0.2, "69282 2025-01": 0}
    await give(indicators, partner, "31.I6.b", rows)
    cells = await read(indicators, pilot, "31.I6.b", territoire="69256,69275,RHONE_AMONT", periode="2025-01")
    assert [cell["valeur"] for cell in cells] == ["123456789012345678.25", 0.1, "123456789012345678.55"]
    answer = await indicators.get(
        "/v1/valeurs", params={"grandeur": "31.I6.b", "territoire": "69275", "periode": "2025-01"}, headers=pilot
    )
    assert '"valeur":0.1,' in answer.text


async def test_two_sources_ask_for_a_choice_and_a_reference_makes_it(
    indicators: httpx2.AsyncClient, partner: Key, pilot: Key
) -> None:
    await give(indicators, partner, "10.I3.a", {"69266 2025-01": 3, "69266 2025-07": 3}, source="un")
    asked = {"territoire": "69266", "periode": "2025-01"}
    assert (await read_one(indicators, pilot, "10.I3.a", **asked))["valeur"] == 3
    await give(indicators, partner, "10.I3.a", {"69266 2025-01": 4, "69266 2025-07": 4}, source="deux")
    cell = await read_one(indicators, pilot, "10.I3.a", **asked)
    assert (cell["valeur"], cell["motif"], cell["couverture"]["attendus"]) == (None, "SOURCE_A_CHOISIR", 1)
    reference = {"references": [{"indicateur": "10.I3", "valide_du": "2025-07-01"}]}
    etag = (await indicators.get("/v1/sources/deux")).headers["etag"]
    answer = await indicators.put("/v1/sources/deux", json=reference, headers={**pilot, "If-Match": etag})
    assert answer.status_code == 200, answer.text
    cells = await read(indicators, pilot, "10.I3.a", territoire="69266", periode="2025-01,2025-07")
    assert [(cell["valeur"], cell["motif"]) for cell in cells] == [(None, "SOURCE_A_CHOISIR"), (4, None)]
