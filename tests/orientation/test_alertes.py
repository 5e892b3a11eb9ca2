"""Ce qui demande une attention : du jour où cela vaut au jour où cela cesse, à qui peut voir la personne."""

import secrets
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
import time_machine

from gateway.cli.identity import DevelopmentIssuer
from services.orientation.episodes import Evenement, check_evenement
from services.orientation.episodes.alertes import find_alerts
from services.orientation.schemas.alertes import AlerteOut
from services.orientation.service.alertes import ending_rules
from services.orientation.service.delais import deadlines_of
from shared.settings import IdentitySettings
from shared.wire import ListeOut
from tests.conftest import Base
from tests.indicators import keys
from tests.orientation.histories import START, Chance, Row, draw_history, store

Key = dict[str, str]
LIST = "/v1/alertes"
STATUS: Row = {"date": "2026-01-05", "type": "statut", "brsa": True, "soumis_dd": True}
NOTIFIED: Row = {"date": "2026-01-05", "type": "notification_sdd"}
MISSED: Row = {"date": "2026-02-03", "type": "absence", "modalite": "RIO_COLLECTIVE", "excusee": False}
SOCIAL: Row = {"date": "2026-02-10", "type": "orientation", "parcours": "SOCIAL", "etape": "APRES_RIO"}
LEGAL = ("DELAI_LEGAL", "2026-02-16")
orientation_deadline = deadlines_of(())


@pytest.fixture(scope="module")
def identity(issuer: DevelopmentIssuer) -> IdentitySettings:
    """The settings that make the service believe the issuer, and restricted keys."""
    known = issuer.environment
    return keys.believe_also(IdentitySettings(issuer=known["IDENTITY_ISSUER"], jwks=known["IDENTITY_JWKS"]))


@pytest.fixture(scope="module")
def agent() -> Key:
    return keys.make_key("agent-1", "orientation:lire", "orientation:ecrire", exp=4102444800)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(datetime(2026, 2, 20, 9, tzinfo=UTC), tick=False) as traveller:
        yield traveller


def read(events: list[Row]) -> list[Evenement]:
    found = [check_evenement(each, f"/{rank}", rank) for rank, each in enumerate(events)]
    return [each for each in found if isinstance(each, Evenement)]


def told_on(events: list[Row], day: str) -> set[tuple[str, str]]:
    """What is told on a day of someone, by type and last day."""
    today = date.fromisoformat(day)
    found = find_alerts(read(events), orientation_deadline, today)
    return {(str(each.type), str(each.echeance)) for each in found if each.de <= today < each.jusqu}


@pytest.mark.parametrize(
    ("notified", "due"),
    [
        ("2023-12-31", "2024-02-29"),
        ("2024-12-31", "2025-02-28"),
        ("2025-01-01", "2025-02-12"),
        ("2026-01-05", "2026-02-16"),
    ],
)
def test_the_legal_day_follows_the_law_of_the_notification(notified: str, due: str) -> None:
    assert str(orientation_deadline(date.fromisoformat(notified))) == due


def test_the_legal_delay_is_told_two_weeks_before_and_until_the_orientation() -> None:
    events = [STATUS, NOTIFIED]
    assert told_on(events, "2026-02-01") == set()
    assert told_on(events, "2026-02-02") == {LEGAL}
    assert told_on(events, "2026-05-02") == {LEGAL}
    assert told_on([*events, SOCIAL], "2026-02-10") == set()
    assert told_on([*events, {**STATUS, "date": "2026-02-03", "soumis_dd": False}], "2026-02-04") == set()
    assert told_on([{**STATUS, "brsa": None}, NOTIFIED], "2026-02-04") == set()


def test_who_was_absent_is_to_be_convened_again_within_two_weeks() -> None:
    events = [{**STATUS, "brsa": False}, {**NOTIFIED, "type": "signalement"}, MISSED]
    assert told_on(events, "2026-02-03") == {("A_RECONVOQUER", "2026-02-18")}
    again = {"date": "2026-02-12", "type": "convocation", "modalite": "RIO_COLLECTIVE"}
    assert told_on([*events, again], "2026-02-12") == set()
    excused = {**MISSED, "date": "2026-02-20", "excusee": True}
    assert told_on([*events, again, excused], "2026-02-20") == {("A_RECONVOQUER", "2026-03-07")}


def test_nobody_convenes_again_who_has_given_up_in_silence() -> None:
    events = [{**STATUS, "brsa": False}, {**NOTIFIED, "type": "signalement"}, MISSED, {**MISSED, "date": "2026-02-13"}]
    assert told_on(events, "2026-04-13") == {("A_RECONVOQUER", "2026-02-28")}
    assert told_on(events, "2026-04-14") == set()


def test_a_social_pathway_is_looked_at_after_six_months_and_again_after_the_team_has_seen_it() -> None:
    events = [STATUS, NOTIFIED, SOCIAL]
    assert told_on(events, "2026-08-09") == set()
    assert told_on(events, "2026-08-10") == {("SOCIAL_A_REVOIR", "2027-02-10")}
    assert told_on([*events, {"date": "2026-08-20", "type": "avis_ep"}], "2026-08-20") == set()
    assert told_on([*events, {"date": "2026-08-20", "type": "avis_ep"}], "2027-02-20") == {
        ("SOCIAL_A_REVOIR", "2027-08-20")
    }
    assert told_on([*events, {"date": "2026-08-20", "type": "reorientation", "vers": "EMPLOI"}], "2027-01-01") == set()


def test_what_is_told_on_a_day_does_not_depend_on_when_it_was_folded() -> None:
    chance = Chance(5)
    for _ in range(200):
        events = read(draw_history(chance))
        early = find_alerts(events, orientation_deadline, date.min)
        for number in (0, 60, 121, 200, 420, 800):
            today = START + timedelta(days=number)
            late = find_alerts(events, orientation_deadline, today)
            assert {each for each in late if each.de <= today} == {
                each for each in early if each.de <= today < each.jusqu
            }


def test_rule_sets_that_end_within_two_months_are_told() -> None:
    ends: dict[str, date | None] = {"a": None, "b": date(2026, 4, 21), "c": date(2026, 4, 22), "d": date(2026, 2, 19)}
    jeux: Any = [SimpleNamespace(version=code, source=SimpleNamespace(valide_au=end)) for code, end in ends.items()]
    assert ending_rules(jeux, date(2026, 2, 20)) == [("b", date(2026, 4, 21))]


async def a_dossier(base: Base, *events: Row, ctm: str) -> str:
    code = f"dos-{secrets.token_hex(6)}"
    await store(base, {code: list(events)}, {code: "69383"}, ctm=ctm)
    return code


async def listed(client: httpx2.AsyncClient, key: Key, **asked: Any) -> list[AlerteOut]:
    """Every alert, page after page."""
    found: list[AlerteOut] = []
    more: dict[str, Any] = {}
    while True:
        answer = await client.get(LIST, params={**asked, **more}, headers=key)
        assert answer.status_code == 200, answer.text
        page = ListeOut[AlerteOut].model_validate_json(answer.content)
        found += page.elements
        if page.curseur_suivant is None:
            return found
        more = {"curseur": page.curseur_suivant}


async def test_alerts_come_the_most_pressing_first_page_after_page(
    orientation: httpx2.AsyncClient, base: Base, agent: Key
) -> None:
    late = await a_dossier(base, STATUS, NOTIFIED, ctm="PLATEAU_NORD")
    missed = await a_dossier(base, STATUS, {**NOTIFIED, "date": "2026-01-20"}, MISSED, ctm="PLATEAU_NORD")
    told = [
        (each.type, each.niveau, each.echeance, each.dossier)
        for each in await listed(orientation, agent, ctm="PLATEAU_NORD", limite=1)
    ]
    assert told == [
        ("DELAI_LEGAL", "DEPASSEE", "2026-02-16", late),
        ("A_RECONVOQUER", "DEPASSEE", "2026-02-18", missed),
        ("DELAI_LEGAL", "PROCHE", "2026-03-03", missed),
    ]
    only = await listed(orientation, agent, ctm="PLATEAU_NORD", type="A_RECONVOQUER,AVIS_EP")
    assert [each.dossier for each in only] == [missed]
    await store(base, {late: [{**SOCIAL, "date": "2026-02-20"}]})
    assert late not in [each.dossier for each in await listed(orientation, agent)]


async def test_an_opinion_is_told_in_its_last_week_and_until_it_is_given(
    orientation: httpx2.AsyncClient, base: Base, agent: Key, clock: Any
) -> None:
    oriented = {**SOCIAL, "parcours": "EMPLOI"}
    dossier = await a_dossier(base, STATUS, NOTIFIED, oriented, ctm="VILLEURBANNE")
    body = {"dossier": dossier, "vers": "SOCIAL", "motif": "SOUHAIT"}
    made = await orientation.post("/v1/reorientations", json=body, headers=agent | {"Idempotency-Key": "avis-1"})
    code = made.json()["id"]
    assert await listed(orientation, agent, type="AVIS_EP") == []
    for day, niveau in ((13, "PROCHE"), (20, "PROCHE"), (21, "DEPASSEE")):
        clock.move_to(datetime(2026, 3, day, 9, tzinfo=UTC))
        (told,) = await listed(orientation, agent, ctm="VILLEURBANNE", type="AVIS_EP")
        assert (told.objet, told.dossier, told.echeance, told.niveau) == (code, dossier, "2026-03-20", niveau)
    path = f"/v1/reorientations/{code}/avis"
    await orientation.post(path, json={"sens": "FAVORABLE"}, headers=agent | {"Idempotency-Key": "avis-2"})
    assert await listed(orientation, agent, type="AVIS_EP") == []


async def test_alerts_are_told_to_who_may_see_the_person(
    orientation: httpx2.AsyncClient, base: Base, agent: Key
) -> None:
    here = await a_dossier(base, STATUS, NOTIFIED, ctm="VAL_DE_SAONE")
    there = await a_dossier(base, STATUS, NOTIFIED, ctm="OUEST_NORD")
    restricted = keys.make_key("val", "orientation:lire", territoires=["VAL_DE_SAONE"], exp=4102444800)
    assert [each.dossier for each in await listed(orientation, restricted)] == [here]
    assert {here, there} <= {each.dossier for each in await listed(orientation, agent)}
    assert (await orientation.get(LIST)).status_code == 401
    pilot = keys.make_key("pilote", "orientation:statistiques", exp=4102444800)
    assert (await orientation.get(LIST, headers=pilot)).status_code == 403


async def test_a_cursor_that_someone_wrote_is_refused(
    orientation: httpx2.AsyncClient, agent: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = await orientation.get(LIST, params={"limite": 1, "type": "DELAI_LEGAL"}, headers=agent)
    good = answer.json()["curseur_suivant"]
    monkeypatch.setattr("shared.pagination.Curseur.decode", lambda *_: ["2026-02-30", "DELAI_LEGAL", "dos-1"])
    bad = await orientation.get(LIST, params={"curseur": good or "x", "type": "DELAI_LEGAL"}, headers=agent)
    assert (bad.status_code, bad.json()["erreurs"][0]["code"]) == (422, "CURSEUR_INVALIDE")
