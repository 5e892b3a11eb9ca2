"""Completeness: who owes what, since when; counts, never values."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx2
import pytest
import time_machine

from services.indicators.schemas.completude import CompletudeOut
from shared.clock import PARIS
from shared.wire import ListeOut
from tests.indicators.calls import codes_of, push

Bearer = Callable[[str], dict[str, str]]
# Reads are frozen on this day; writes are not, since a token is refused before it was given.
TODAY = "2024-06-15T12:00:00+02:00"
MONTHLY = "11.I1.a"  # the producer pushes each commune, each month, within 30 days
YEARLY = "30.I5.a"  # the Métropole, each year, within 90 days


async def ask(client: httpx2.AsyncClient, now: str | datetime = TODAY, **query: Any) -> list[dict[str, Any]]:
    with time_machine.travel(now, tick=False):
        answer = await client.get("/v1/completude", params={"limite": 200, **query})
    assert answer.status_code == 200, answer.text
    return ListeOut[CompletudeOut].model_validate_json(answer.content).model_dump(mode="json")["elements"]  # type: ignore[no-any-return]


async def communes(client: httpx2.AsyncClient) -> list[str]:
    found = (await client.get("/v1/territoires?niveau=commune&limite=200")).json()["elements"]
    return [each["code"] for each in found]


def row(territoire: str, periode: str, **more: Any) -> dict[str, Any]:
    return {"grandeur": MONTHLY, "territoire": territoire, "periode": periode, "valeur": 3, **more}


async def test_the_latest_period_due_is_told_by_default(indicators: httpx2.AsyncClient) -> None:
    (yearly,) = await ask(indicators, grandeur=YEARLY)
    assert yearly == {
        "producteur": "mmie",
        "grandeur": YEARLY,
        "niveau": "metropole",
        "periode": "2023",
        "echeance": "2024-03-30",
        "attendus": 1,
        "recus": 0,
        "part": 0.0,
        "etat": "absent",
        "en_retard_jours": 77,
    }
    (monthly,) = await ask(indicators, grandeur=MONTHLY)
    assert (monthly["periode"], monthly["echeance"], monthly["etat"]) == ("2024-04", "2024-05-30", "absent")


async def test_a_finished_period_is_not_owed_before_its_last_day(indicators: httpx2.AsyncClient) -> None:
    (may,) = await ask(indicators, grandeur=MONTHLY, periode="2024-05")
    assert (may["etat"], may["en_retard_jours"], may["echeance"]) == ("pas-encore-du", 0, "2024-06-30")
    assert await ask(indicators, grandeur=MONTHLY, periode="2024-06") == []
    (last_day,) = await ask(indicators, "2024-06-30T23:00:00+02:00", grandeur=MONTHLY, periode="2024-05")
    assert last_day["etat"] == "pas-encore-du"
    (late,) = await ask(indicators, "2024-07-01T00:30:00+02:00", grandeur=MONTHLY, periode="2024-05")
    assert (late["etat"], late["en_retard_jours"]) == ("absent", 1)


async def test_each_commune_of_the_day_counts_once_whatever_its_source(
    indicators: httpx2.AsyncClient, catalogue: httpx2.AsyncClient, bearer: Bearer
) -> None:
    codes = await communes(catalogue)
    partenaire = bearer("partenaire")
    rows = [row(code, "2024-03") for code in codes[:10]]
    noise = [
        row("69M", "2024-03"),
        row("69381", "2024-03"),
        row(codes[20], "2024-03", ventilation={"sexe": "F"}),
        row(codes[21], "2024-Q1"),
    ]
    assert (await push(indicators, partenaire, [*rows, *noise])).status_code == 200
    assert (await push(indicators, partenaire, rows[5:], source="autre")).status_code == 200
    (march,) = await ask(indicators, grandeur=MONTHLY, periode="2024-03")
    assert (march["attendus"], march["recus"], march["etat"]) == (len(codes), 10, "partiel")
    assert march["part"] == pytest.approx(10 / len(codes))
    assert march["en_retard_jours"] == 46
    rest = [row(code, "2024-03", valeur=None, confidentialite="C") for code in codes[10:]]
    assert (await push(indicators, partenaire, rest)).status_code == 200
    (march,) = await ask(indicators, grandeur=MONTHLY, periode="2024-03")
    assert (march["recus"], march["part"], march["etat"], march["en_retard_jours"]) == (len(codes), 1, "complet", 0)
    gone = {"strategie": "suppression", "motif": "Erreur", "extrait_le": "2025-01-03T08:00:00+01:00"}
    assert (await push(indicators, partenaire, rows[:1], **gone)).status_code == 200
    (march,) = await ask(indicators, grandeur=MONTHLY, periode="2024-03")
    assert (march["recus"], march["etat"]) == (len(codes) - 1, "partiel")


async def test_a_commune_that_has_merged_is_still_expected_for_the_months_before(
    indicators: httpx2.AsyncClient,
) -> None:
    before, after = await ask(indicators, grandeur=MONTHLY, periode="2023-12..2024-01")
    assert (before["periode"], after["periode"]) == ("2023-12", "2024-01")
    assert before["attendus"] == after["attendus"] + 1


async def test_what_was_received_is_told_as_it_was_known(indicators: httpx2.AsyncClient, bearer: Bearer) -> None:
    rows = [{"grandeur": YEARLY, "territoire": "69M", "periode": "2022", "valeur": 9}]
    received = datetime.now(UTC).replace(microsecond=0) + timedelta(days=5)
    with time_machine.travel(received, tick=False):
        assert (await push(indicators, bearer("partenaire"), rows)).status_code == 200
    due = date(2023, 3, 31)
    later = received + timedelta(days=30)
    for au, etat in ((received - timedelta(seconds=1), "absent"), (received, "complet")):
        (line,) = await ask(indicators, later, grandeur=YEARLY, periode="2022", au=au.isoformat())
        days = (au.astimezone(PARIS).date() - due).days
        assert (line["etat"], line["en_retard_jours"]) == (etat, days if etat == "absent" else 0)


async def test_lines_are_filtered_and_come_by_producer_then_code_then_period(
    indicators: httpx2.AsyncClient,
) -> None:
    lines = await ask(indicators, fiche="1,10,2", producteur="die,mmie", periode="2022..2023")
    keys = [(line["producteur"], line["grandeur"], line["periode"]) for line in lines]
    assert keys == sorted(keys, key=lambda key: (key[0], int(key[1].split(".")[0]), key[1], key[2]))
    assert {line["periode"] for line in lines if len(line["periode"]) == 4} == {"2022", "2023"}
    assert all(line["producteur"] in ("die", "mmie") for line in lines)
    for etat in ("absent", "pas-encore-du"):
        found = await ask(indicators, indicateur="11.I1", periode="2024", etat=etat)
        assert found
        assert {line["etat"] for line in found} == {etat}
    late = await ask(indicators, indicateur="11.I1", periode="2024", en_retard="true")
    rest = await ask(indicators, indicateur="11.I1", periode="2024", en_retard="false")
    assert all(line["en_retard_jours"] > 0 for line in late)
    assert all(line["en_retard_jours"] == 0 for line in rest)
    assert len(late) + len(rest) == len(await ask(indicators, indicateur="11.I1", periode="2024"))


async def test_pages_hold_every_line_once(indicators: httpx2.AsyncClient) -> None:
    seen: list[tuple[str, str]] = []
    query: dict[str, Any] = {"limite": 50, "fiche": "11", "periode": "2023"}
    while True:
        with time_machine.travel(TODAY, tick=False):
            page = (await indicators.get("/v1/completude", params=query)).json()
        seen += [(line["grandeur"], line["periode"]) for line in page["elements"]]
        if page["curseur_suivant"] is None:
            break
        query["curseur"] = page["curseur_suivant"]
    assert len(seen) == len(set(seen)) == page["total"]
    assert page["total"] > 50


async def test_the_same_lines_are_read_again_without_being_sent(indicators: httpx2.AsyncClient) -> None:
    with time_machine.travel(TODAY, tick=False):
        answer = await indicators.get("/v1/completude")
        again = await indicators.get("/v1/completude", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    with time_machine.travel("2024-06-16T12:00:00+02:00", tick=False):
        assert (await indicators.get("/v1/completude")).headers["etag"] != answer.headers["etag"]


async def test_nothing_is_owed_outside_the_plan(indicators: httpx2.AsyncClient) -> None:
    assert await ask(indicators, periode="2015..2020") == []
    assert await ask(indicators, "2022-01-05T12:00:00+01:00") == []


async def test_a_wrong_question_names_every_fault(indicators: httpx2.AsyncClient) -> None:
    query = "producteur=x&fiche=99&indicateur=99.I1&grandeur=99.I1.a&periode=2025-13&periode=2025..2025-06"
    answer = await indicators.get(f"/v1/completude?{query}")
    assert answer.status_code == 422
    assert sorted(codes_of(answer)) == [
        ("fiche", "CODE_INCONNU"),
        ("grandeur", "CODE_INCONNU"),
        ("indicateur", "CODE_INCONNU"),
        ("periode", "PERIODE_INVALIDE"),
        ("periode", "PERIODE_INVALIDE"),
        ("producteur", "CODE_INCONNU"),
    ]
    for query in ("etat=tard", "en_retard=1x", "valeur=3", "periode=2025..2024"):
        assert (await indicators.get(f"/v1/completude?{query}")).status_code == 422
