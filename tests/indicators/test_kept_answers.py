"""Answers kept in the process: never one that a write has made old."""

from datetime import date
from typing import Any

import httpx2
import pytest

from services.indicators.service import valeurs
from services.indicators.service.gardees import Gardees
from shared import clock
from tests.indicators.keys import make_key
from tests.indicators.readings import give, read_one

Key = dict[str, str]
ASKED = {"territoire": "69256", "periode": "2025-Q1"}
LATER = {"extrait_le": "2025-06-01T00:00:00Z"}


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: date(2026, 7, 1))


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Note each time that cells are computed."""
    calls: list[Any] = []
    compute = valeurs._compute_values

    async def noted(*arguments: Any) -> list[str]:
        calls.append(arguments)
        return await compute(*arguments)

    monkeypatch.setattr(valeurs, "_compute_values", noted)
    return calls


async def test_an_answer_is_computed_once_until_something_of_its_quantity_is_written(
    indicators: httpx2.AsyncClient, partner: Key, pilot: Key, computed: list[Any]
) -> None:
    await give(indicators, partner, "30.I1.a", {"69256 2025-01": 10, "69256 2025-02": 20, "69256 2025-03": 30})
    assert [(await read_one(indicators, pilot, "30.I1.a", **ASKED))["valeur"] for _ in range(3)] == [60] * 3
    assert len(computed) == 1
    await give(indicators, partner, "17.I1.a", {"69256 2025-01": 5})
    assert (await read_one(indicators, pilot, "30.I1.a", **ASKED))["valeur"] == 60
    assert len(computed) == 1
    await give(indicators, partner, "30.I1.a", {"69256 2025-02": 21}, **LATER)
    assert (await read_one(indicators, pilot, "30.I1.a", **ASKED))["valeur"] == 61
    assert len(computed) == 2


async def test_a_value_put_or_deleted_alone_is_seen_by_the_next_reader(
    indicators: httpx2.AsyncClient, partner: Key, pilot: Key
) -> None:
    asked = {"territoire": "69275", "periode": "2025-01"}
    await give(indicators, partner, "30.I1.a", {"69275 2025-01": 7})
    assert (await read_one(indicators, pilot, "30.I1.a", **asked))["valeur"] == 7
    place = "/v1/mesures/30.I1.a/69275/2025-01?source=essai"
    row = {"valeur": 8, "extrait_le": "2025-06-02T00:00:00Z"}
    written = await indicators.put(place, json=row, headers=partner)
    assert written.status_code == 200, written.text
    assert (await read_one(indicators, pilot, "30.I1.a", **asked))["valeur"] == 8
    gone = {"strategie": "suppression", "motif": "Saisie par erreur", "extrait_le": "2025-06-03T00:00:00Z"}
    await give(indicators, partner, "30.I1.a", {"69275 2025-01": None}, **gone)
    assert (await read_one(indicators, pilot, "30.I1.a", **asked))["motif"] == "AUCUNE_DONNEE"


async def test_who_may_not_read_a_source_is_not_given_what_another_was(
    indicators: httpx2.AsyncClient, partner: Key, pilot: Key
) -> None:
    await give(indicators, partner, "30.I1.a", {"69256 2025-07": 3})
    asked = {"territoire": "69256", "periode": "2025-07"}
    assert (await read_one(indicators, pilot, "30.I1.a", **asked))["valeur"] == 3
    refused = await indicators.get(
        "/v1/valeurs",
        params={"grandeur": "30.I1.a", **asked},
        headers=make_key("autre", "indicateurs:lire-brut", sources=["autre"], grandeurs=["*"], territoires=["69M"]),
    )
    assert refused.status_code == 403


def test_what_is_kept_is_bounded_and_what_was_not_asked_for_goes_first() -> None:
    gardees = Gardees(max_bytes=80)
    for number in range(8):
        gardees.keep(number, ["x" * 10])
    assert gardees.find(0) is not None
    gardees.keep(8, ["x" * 10])
    assert (gardees.find(1), gardees.find(0), gardees.find(8)) == (None, ["x" * 10], ["x" * 10])
    gardees.keep(9, ["x" * 11])
    assert gardees.find(9) is None
