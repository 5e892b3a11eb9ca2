"""What was known when: past states, every state, and what changed since, complete under concurrent writes."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest

from services.indicators.schemas.mesures import FiltresMesures
from shared.pagination import Curseur
from tests.indicators.calls import codes_of, push

Key = dict[str, str]
Row = dict[str, Any]
DAY = timedelta(days=1)


def lines(grandeur: str, values: dict[str, int | None], jour: int) -> list[Row]:
    """Rows of Villeurbanne by month, extracted on the day ``jour`` of June 2026."""
    extrait_le = f"2026-06-{jour:02d}T08:00:00+02:00"
    key = {"grandeur": grandeur, "territoire": "69266", "extrait_le": extrait_le}
    return [{**key, "periode": f"2025-{month}", "valeur": value} for month, value in values.items()]


async def listed(client: httpx2.AsyncClient, key: Key, **asked: Any) -> list[Row]:
    answer = await client.get("/v1/mesures", params={"limite": 200, **asked}, headers=key)
    assert answer.status_code == 200, answer.text
    found: list[Row] = answer.json()["elements"]
    return found


def months(rows: list[Row]) -> list[tuple[str, int | None]]:
    return [(each["periode"][5:], each["valeur"]) for each in rows]


def just_before(instant: str) -> str:
    return (datetime.fromisoformat(instant) - timedelta(microseconds=1)).isoformat()


async def write_three_times(client: httpx2.AsyncClient, partner: Key, pilot: Key, grandeur: str) -> list[str]:
    """Give three months, change the second and delete the third; return the instants of the three writes."""
    instants = []
    deletion = {"strategie": "suppression", "motif": "comptés deux fois"}
    for rows, head in (
        (lines(grandeur, {"01": 1, "02": 2, "03": 3}, 1), {}),
        (lines(grandeur, {"01": 1, "02": 20}, 2), {}),
        (lines(grandeur, {"03": None}, 3), deletion),
    ):
        assert (await push(client, partner, rows, **head)).status_code == 200
        everything = await listed(client, pilot, grandeur=grandeur, historique="true")
        instants.append(max(each["enregistre_le"] for each in everything))
    assert instants == sorted(set(instants))
    return instants


async def test_a_past_state_is_read_as_it_was_known(indicators: httpx2.AsyncClient, partner: Key, pilot: Key) -> None:
    first, second, third = await write_three_times(indicators, partner, pilot, "10.I3.a")
    for au, expected in (
        (just_before(first), []),
        (first, [("01", 1), ("02", 2), ("03", 3)]),
        (just_before(second), [("01", 1), ("02", 2), ("03", 3)]),
        (second, [("01", 1), ("02", 20), ("03", 3)]),
        (third, [("01", 1), ("02", 20)]),
        ("2090-01-01T00:00:00Z", [("01", 1), ("02", 20)]),
    ):
        assert months(await listed(indicators, pilot, grandeur="10.I3.a", au=au)) == expected
    assert months(await listed(indicators, pilot, grandeur="10.I3.a")) == [("01", 1), ("02", 20)]
    place = "/v1/mesures/10.I3.a/69266/2025-02"
    assert (await indicators.get(place, params={"au": first}, headers=pilot)).json()["valeur"] == 2
    assert (await indicators.get(place, headers=pilot)).json()["valeur"] == 20
    assert (await indicators.get(place, params={"au": just_before(first)}, headers=pilot)).status_code == 404
    deleted = "/v1/mesures/10.I3.a/69266/2025-03"
    assert (await indicators.get(deleted, params={"au": second}, headers=pilot)).json()["valeur"] == 3
    assert (await indicators.get(deleted, headers=pilot)).json()["code"] == "MESURE_INCONNUE"


async def test_every_state_is_told_in_order_deletions_included(
    indicators: httpx2.AsyncClient, partner: Key, pilot: Key
) -> None:
    first, second, third = await write_three_times(indicators, partner, pilot, "2.I2.a")
    rows = await listed(indicators, pilot, grandeur="2.I2.a", historique="true")
    assert [(each["periode"][5:], each["valeur"], each["enregistre_le"], each["supprimee"]) for each in rows] == [
        ("01", 1, first, False),
        ("02", 2, first, False),
        ("02", 20, second, False),
        ("03", 3, first, False),
        ("03", None, third, True),
    ]
    assert rows[-1]["commentaire"] == "comptés deux fois"
    before = await listed(indicators, pilot, grandeur="2.I2.a", historique="true", au=second)
    assert before == rows[:-1]
    between = {"historique": "true", "modifie_depuis": first, "au": second}
    assert await listed(indicators, pilot, grandeur="2.I2.a", **between) == [rows[2]]


async def test_what_changed_since_comes_in_the_order_of_writes_with_tombstones(
    indicators: httpx2.AsyncClient, partner: Key, pilot: Key
) -> None:
    first, second, third = await write_three_times(indicators, partner, pilot, "3.I1.a")

    async def since(instant: str, **more: Any) -> list[tuple[str, int | None]]:
        return months(await listed(indicators, pilot, grandeur="3.I1.a", modifie_depuis=instant, **more))

    assert await since(just_before(first)) == [("01", 1), ("02", 20), ("03", None)]
    assert await since(first) == [("02", 20), ("03", None)]
    assert await since(second) == [("03", None)]
    assert await since(third) == []
    assert await since(just_before(first), au=first) == [("01", 1), ("02", 2), ("03", 3)]
    assert await since(just_before(first), au=second) == [("01", 1), ("03", 3), ("02", 20)]
    assert await since(first, au=third) == [("02", 20), ("03", None)]
    assert await since(first, historique="true") == [("02", 20), ("03", None)]
    assert await since(just_before(first), historique="true") == [
        ("01", 1),
        ("02", 2),
        ("03", 3),
        ("02", 20),
        ("03", None),
    ]


async def test_a_row_given_again_after_its_deletion_is_no_longer_a_tombstone(
    indicators: httpx2.AsyncClient, partner: Key, pilot: Key
) -> None:
    _, _, third = await write_three_times(indicators, partner, pilot, "4.I1.a")
    body = {"valeur": 33, "extrait_le": "2026-06-04T08:00:00+02:00"}
    place, source = "/v1/mesures/4.I1.a/69266/2025-03", {"source": "essai"}
    assert (await indicators.put(place, json=body, params=source, headers=partner)).status_code == 201
    assert months(await listed(indicators, pilot, grandeur="4.I1.a", modifie_depuis=third)) == [("03", 33)]
    (seen,) = await listed(indicators, pilot, grandeur="4.I1.a", modifie_depuis=third)
    assert (seen["supprimee"], seen["lot"]) == (False, None)


async def test_who_follows_the_changes_misses_none_while_others_write(
    indicators: httpx2.AsyncClient, partner: Key, pilot: Key
) -> None:
    known: dict[tuple[str, str], int] = {}
    watermark, writing = "2020-01-01T00:00:00Z", True

    async def write(source: str) -> None:
        for value in range(12):
            rows = lines("30.I1.a", {f"{month:02d}": value * 100 + month for month in range(1, 8)}, 1 + value)
            assert (await push(indicators, partner, rows, source=source)).status_code == 200

    async def follow() -> None:
        nonlocal watermark
        query: Row = {"grandeur": "30.I1.a", "modifie_depuis": watermark, "limite": 4}
        while True:
            page = (await indicators.get("/v1/mesures", params=query, headers=pilot)).json()
            for each in page["elements"]:
                known[each["source"], each["periode"]] = each["valeur"]
                watermark = max(watermark, each["enregistre_le"])
            if page["curseur_suivant"] is None:
                return
            query["curseur"] = page["curseur_suivant"]

    async def follow_on() -> None:
        while writing:
            await follow()

    following = asyncio.create_task(follow_on())
    await asyncio.gather(*(write(f"suivie-{number}") for number in range(4)))
    writing = False
    await following
    await follow()
    current = await listed(indicators, pilot, grandeur="30.I1.a")
    assert known == {(each["source"], each["periode"]): each["valeur"] for each in current}
    assert len(known) == 28


@pytest.mark.parametrize(
    "instant", ["hier", "2026-01-01", "2026-01-01T00:00:00", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59-23:59"]
)
async def test_a_cursor_made_by_hand_is_refused_and_never_a_failure(
    indicators: httpx2.AsyncClient, pilot: Key, instant: str
) -> None:
    asked = {"modifie_depuis": "2026-01-01T00:00:00Z"}
    cursor = Curseur("mesures", FiltresMesures.model_validate(asked)).encode([instant, 1, "69M", "2025", "", "une"])
    answer = await indicators.get("/v1/mesures", params={**asked, "curseur": cursor}, headers=pilot)
    assert (answer.status_code, codes_of(answer)) == (422, [("curseur", "CURSEUR_INVALIDE")])
