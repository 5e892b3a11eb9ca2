"""The board of the plan: where each quantity stands, which way it goes, how far it is from what is aimed at."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.indicators import jobs
from services.indicators.definitions import Grandeur
from services.indicators.models import SCHEMA
from services.indicators.progress import Progression, can_compare, is_better, measure_progress, read_trend
from services.indicators.service import tableaux
from services.indicators.settings import Settings
from services.indicators.vocabulary import Nature, Periodicite, RegleTemps, Sens, Tendance
from shared.database import engine_of
from tests.conftest import Base
from tests.indicators.calls import NEW, put
from tests.indicators.readings import give
from tests.indicators.test_cells import GRANDEUR

Key = dict[str, str]
D = Decimal
DOCUMENT = {"libelle": "Une grandeur", "unite": "unités", "attendu": {"periode": "mois"}}


@pytest.fixture
async def engine(base: Base) -> AsyncIterator[AsyncEngine]:
    made = engine_of(Settings(database_url=base.url_of("indicators")), SCHEMA)
    yield made
    await made.dispose()


async def board(client: httpx2.AsyncClient, **asked: Any) -> dict[str, Any]:
    answer = await client.get("/v1/tableaux/plan", params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def iter_grandeurs(tableau: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for fiche in tableau["fiches"]:
        for indicateur in fiche["indicateurs"]:
            yield from indicateur["grandeurs"]


async def row_of(client: httpx2.AsyncClient, code: str, **asked: Any) -> dict[str, Any]:
    """Return what the board says of one quantity."""
    tableau = await board(client, fiche=code.split(".", maxsplit=1)[0], **asked)
    return next(row for row in iter_grandeurs(tableau) if row["code"] == code)


def a_grandeur(nature: str) -> Grandeur:
    """Return a quantity of some nature, given by month."""
    return replace(GRANDEUR, nature=Nature.of(nature), temps=None, document=DOCUMENT)


async def aim(client: httpx2.AsyncClient, pilot: Key, place: str, valeur: float) -> None:
    answer = await put(client, f"/v1/cibles/{place}", {"valeur": valeur}, pilot, NEW)
    assert answer.status_code == 201, answer.text


async def test_every_indicator_of_the_plan_is_on_the_board(indicators: httpx2.AsyncClient) -> None:
    tableau = await board(indicators)
    labels = [each for fiche in tableau["fiches"] for each in fiche["indicateurs"]]
    assert len(labels) == 133
    assert [fiche["fiche"] for fiche in tableau["fiches"]] == sorted(fiche["fiche"] for fiche in tableau["fiches"])
    empty = await row_of(indicators, "38.I1.a")
    assert empty["constat"] == {
        "periode": None,
        "valeur": None,
        "statut": None,
        "couverture": None,
        "motif": "AUCUNE_DONNEE",
    }
    assert (empty["evolution"], empty["cibles"]) == (None, [])


async def test_the_board_is_cut_by_fiche_axe_and_territory_and_refuses_what_the_plan_has_not(
    indicators: httpx2.AsyncClient,
) -> None:
    assert [fiche["fiche"] for fiche in (await board(indicators, fiche="30,11"))["fiches"]] == [11, 30]
    axes = {fiche["axe"] for fiche in (await board(indicators, axe="1"))["fiches"]}
    assert axes == {"1"}
    assert (await board(indicators, territoire="VAL_DE_SAONE"))["territoire"] == "VAL_DE_SAONE"
    answer = await indicators.get("/v1/tableaux/plan", params={"fiche": "99", "axe": "9", "territoire": "69M69"})
    faults = [(fault["champ"], fault["code"]) for fault in answer.json()["erreurs"]]
    assert (answer.status_code, sorted(faults)) == (
        422,
        [("axe", "CODE_INCONNU"), ("fiche", "CODE_INCONNU"), ("territoire", "TERRITOIRE_INCONNU")],
    )


async def test_more_is_better_progress_is_the_part_of_the_plans_target_that_is_done(
    indicators: httpx2.AsyncClient, engine: AsyncEngine, partner: Key
) -> None:
    await give(indicators, partner, "30.I3.a", {"69M 2022": 30, "69M 2023": 60, "69M 2024": 90})
    await jobs.publish(engine, {})
    row = await row_of(indicators, "30.I3.a")
    assert (row["constat"]["periode"], row["constat"]["valeur"]) == ("2024", 90)
    assert row["evolution"] == {"periode": "2023", "valeur": 60, "tendance": "hausse", "favorable": True}
    assert row["cibles"] == [
        {"periode": "2023", "cible": 80, "valeur": 60, "periode_valeur": "2023", "part": 0.75, "atteinte": False}
    ]
    assert (await board(indicators))["publie_le"] is not None


@pytest.mark.parametrize(("code", "yearly"), [("30.I2.a", 780), ("30.I1.d", None)])
async def test_a_month_is_never_held_against_the_target_of_a_year(
    indicators: httpx2.AsyncClient, engine: AsyncEngine, partner: Key, pilot: Key, code: str, yearly: int | None
) -> None:
    await aim(indicators, pilot, f"{code}/69M/2026", 1_000)
    await give(indicators, partner, code, {f"69M 2025-{month:02d}": 60 + month % 2 * 10 for month in range(1, 13)})
    await jobs.publish(engine, {})
    row = await row_of(indicators, code)
    assert (row["constat"]["periode"], row["constat"]["valeur"]) == ("2025-12", 60)
    (cible,) = row["cibles"]
    assert (cible["periode_valeur"], cible["valeur"]) == ("2025" if yearly else None, yearly)
    assert cible["part"] == (None if yearly is None else 0.78)


YEARLY = ("flux", "personnes-distinctes", "cumul", "taux")
AT_ANY_TIME = ("stock", "ratio", "moyenne", "mediane", "cohorte", "indice")


@pytest.mark.parametrize("nature", [*YEARLY, *AT_ANY_TIME])
def test_what_grows_with_time_compares_with_periods_as_long_only(nature: str) -> None:
    grandeur = a_grandeur(nature)
    month, year = Periodicite.MOIS, Periodicite.ANNEE
    assert can_compare(grandeur, year, year)
    assert can_compare(grandeur, month, year) is (nature in AT_ANY_TIME)
    assert can_compare(replace(grandeur, temps=RegleTemps.DERNIER), month, year) is (nature in (*AT_ANY_TIME, "taux"))


@pytest.mark.parametrize(("today", "reached"), [(date(2026, 5, 31), None), (date(2027, 1, 1), True)])
def test_what_still_grows_is_not_under_its_ceiling_before_the_end(today: date, reached: bool | None) -> None:
    grandeur = replace(a_grandeur("cumul"), sens="baisse")
    cell = {"valeur": 400, "statut": None, "motif": None, "couverture": {"part": 1}}
    shown = tableaux._show(grandeur, {"2026-05": cell, "2026": cell}, [("2026", D(1_300))], today)
    assert shown["cibles"][0]["atteinte"] is reached


async def test_less_is_better_progress_is_the_way_done_since_the_first_value(
    indicators: httpx2.AsyncClient, engine: AsyncEngine, partner: Key, pilot: Key
) -> None:
    await aim(indicators, pilot, "11.I3.e/69M/2026", 100)
    await give(indicators, partner, "11.I3.e", {"69M 2024-12": 200, "69M 2025-11": 170, "69M 2025-12": 175})
    await jobs.publish(engine, {})
    row = await row_of(indicators, "11.I3.e")
    assert row["evolution"] == {"periode": "2025-11", "valeur": 170, "tendance": "hausse", "favorable": False}
    assert row["cibles"] == [
        {"periode": "2026", "cible": 100, "valeur": 175, "periode_valeur": "2025-12", "part": 0.25, "atteinte": False}
    ]


async def test_what_is_only_received_in_part_is_neither_a_fall_nor_a_target_reached(
    indicators: httpx2.AsyncClient, engine: AsyncEngine, partner: Key, pilot: Key
) -> None:
    months = {f"69M 2025-{month:02d}": 10 for month in range(1, 11)}
    await give(indicators, partner, "30.I4.a", {"69M 2024": 120, **months})
    await jobs.publish(engine, {})
    row = await row_of(indicators, "30.I4.a")
    assert (row["constat"]["valeur"], row["constat"]["couverture"]["part"]) == (100, 0.8333)
    assert row["evolution"] is None
    await give(indicators, partner, "30.I4.a", {"69M 2026-01": 3})
    await jobs.publish(engine, {})
    assert (await row_of(indicators, "30.I4.a"))["constat"]["periode"] == "2025"


async def test_a_forecast_is_no_state(
    indicators: httpx2.AsyncClient, engine: AsyncEngine, partner: Key, pilot: Key
) -> None:
    await aim(indicators, pilot, "30.I4.b/69M/2099", 10)
    await give(indicators, partner, "30.I4.b", {"69M 2024": 5})
    await give(indicators, partner, "30.I4.b", {"69M 2099": 12}, statut="f")
    await jobs.publish(engine, {})
    row = await row_of(indicators, "30.I4.b")
    assert row["constat"]["periode"] == "2024"
    assert row["cibles"] == [
        {"periode": "2099", "cible": 10, "valeur": 5, "periode_valeur": "2024", "part": 0.5, "atteinte": False}
    ]


async def test_a_hidden_value_leaves_neither_trend_nor_progress(
    indicators: httpx2.AsyncClient, engine: AsyncEngine, partner: Key, pilot: Key
) -> None:
    await aim(indicators, pilot, "26.I4.a/69266/2025", 40)
    await give(indicators, partner, "26.I4.a", {"69266 2024": 30, "69266 2025": 3})
    await jobs.publish(engine, {})
    row = await row_of(indicators, "26.I4.a", territoire="69266")
    assert row["constat"]["periode"] == "2024"
    assert row["evolution"] is None
    assert row["cibles"] == [
        {"periode": "2025", "cible": 40, "valeur": None, "periode_valeur": "2025", "part": None, "atteinte": None}
    ]


async def test_words_have_a_state_and_no_trend(
    indicators: httpx2.AsyncClient, engine: AsyncEngine, partner: Key
) -> None:
    await give(indicators, partner, "1.I1.c", {"69M 2024": {"texte": "12"}, "69M 2025": {"texte": "13"}})
    await jobs.publish(engine, {})
    row = await row_of(indicators, "1.I1.c")
    assert (row["constat"]["valeur"], row["evolution"]) == ("13", None)


async def test_the_board_is_the_same_for_all_and_kept_by_none_without_asking(
    indicators: httpx2.AsyncClient, pilot: Key
) -> None:
    public = await indicators.get("/v1/tableaux/plan")
    again = await indicators.get("/v1/tableaux/plan", headers={**pilot, "If-None-Match": public.headers["etag"]})
    assert (public.headers["cache-control"], again.status_code) == ("no-cache", 304)


@pytest.mark.parametrize(
    ("sens", "valeur", "cible", "depart", "expected"),
    [
        (Sens.HAUSSE, 50, 200, None, Progression(D("0.25"), False)),
        (Sens.HAUSSE, 250, 200, None, Progression(D("1.25"), True)),
        (Sens.HAUSSE, 3, 0, None, Progression(None, True)),
        (Sens.BAISSE, 80, 50, 100, Progression(D("0.4"), False)),
        (Sens.BAISSE, 120, 50, 100, Progression(D("-0.4"), False)),
        (Sens.BAISSE, 50, 50, 100, Progression(D(1), True)),
        (Sens.BAISSE, 80, 50, None, Progression(None, False)),
        (Sens.BAISSE, 40, 50, 45, Progression(None, True)),
        (Sens.NEUTRE, 40, 50, 45, Progression(None, None)),
    ],
)
def test_progress_knows_which_way_is_better(
    sens: Sens, valeur: int, cible: int, depart: int | None, expected: Progression
) -> None:
    assert measure_progress(sens, D(valeur), D(cible), None if depart is None else D(depart)) == expected


def test_a_trend_is_better_or_worse_by_its_direction() -> None:
    assert [read_trend(D(now), D(2)) for now in (1, 2, 3)] == [Tendance.BAISSE, Tendance.STABLE, Tendance.HAUSSE]
    assert is_better(Sens.BAISSE, Tendance.BAISSE) is True
    assert is_better(Sens.BAISSE, Tendance.HAUSSE) is False
    assert is_better(Sens.NEUTRE, Tendance.HAUSSE) is None
    assert is_better(Sens.HAUSSE, Tendance.STABLE) is None
