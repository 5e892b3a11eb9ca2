"""Les indicateurs de la fiche 11 : les suites écrites par ceux qui connaissent le plan, et un second calcul, lent."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.orientation.episodes import Evenement, check_evenement, replay
from services.orientation.schemas.statistiques import StatistiquesOut
from services.orientation.statistics import PerimetreBrsa, Periode, compute
from tests.orientation import slow_rio

Key = dict[str, str]
FILE = Path(__file__).parent / "data" / "orientation_cas.json"
SEQUENCES = json.loads(FILE.read_text(encoding="utf-8"))["sequences"]
NAMES = [f"{each['id']} {each['titre']}" for each in SEQUENCES]
POST = "/v1/statistiques/rio"
BODY = ("periode", "perimetre_brsa", "personnes")


@pytest.fixture(scope="module")
def agent(bearer: Callable[[str], Key]) -> Key:
    """The key of an adviser's portal."""
    return bearer("agent")


def read(evenements: list[dict[str, Any]]) -> list[Evenement]:
    found = [check_evenement(each, f"/{rank}", rank) for rank, each in enumerate(evenements)]
    assert all(isinstance(each, Evenement) for each in found), found
    return [each for each in found if isinstance(each, Evenement)]


def played(personnes: list[dict[str, Any]], debut: str, fin: str, perimetre: str) -> dict[str, Any]:
    periode = Periode(date.fromisoformat(debut), date.fromisoformat(fin))
    parcours = {each["id"]: replay(read(each["evenements"]), periode.fin) for each in personnes}
    return {
        **compute(parcours, periode, PerimetreBrsa.of(perimetre)),
        "etats": {code: each.etat for code, each in parcours.items()},
        "anomalies": sorted(f"{code}:{anomaly}" for code, each in parcours.items() for anomaly in each.anomalies),
    }


def expected(sequence: dict[str, Any]) -> dict[str, Any]:
    return {**sequence["attendu"], "anomalies": sorted(sequence["attendu"]["anomalies"])}


@pytest.mark.parametrize("sequence", SEQUENCES, ids=NAMES)
def test_la_suite_donne_les_indicateurs_attendus(sequence: dict[str, Any]) -> None:
    found = played(sequence["personnes"], **sequence["periode"], perimetre=sequence["perimetre_brsa"])
    assert found == expected(sequence)


@pytest.mark.parametrize("sequence", SEQUENCES, ids=NAMES)
async def test_la_suite_donne_les_indicateurs_attendus_par_l_api(
    orientation: httpx2.AsyncClient, agent: Key, sequence: dict[str, Any]
) -> None:
    body = {name: sequence[name] for name in BODY}
    answer = await orientation.post(POST, json=body, headers=agent)
    assert answer.status_code == 200, answer.text
    StatistiquesOut.model_validate_json(answer.content)
    found = answer.json()
    assert {**found, "anomalies": sorted(found["anomalies"])} == expected(sequence)


START = date(2023, 1, 1)
DAYS = st.integers(0, 400).map(lambda number: (START + timedelta(days=number)).isoformat())
NEAR = st.sampled_from([0, 1, 30, 59, 60, 61, 119, 120, 121]).map(
    lambda number: (START + timedelta(days=number)).isoformat()
)
MODALITE = st.sampled_from(["RIO_COLLECTIVE", "ENTRETIEN_INDIVIDUEL"])
PARCOURS = st.sampled_from(["EMPLOI", "SOCIAL", "TNS"])
MAYBE = st.sampled_from([True, False, None])
BARE = ["signalement", "notification_sdd", "annulation_service", "contact", "contrat", "avis_ep", "abandon"]
SHAPES: list[dict[str, st.SearchStrategy[Any]]] = [
    {"type": st.just("statut"), "brsa": MAYBE, "soumis_dd": MAYBE},
    {"type": st.sampled_from(BARE)},
    {"type": st.sampled_from(["convocation", "presence"]), "modalite": MODALITE},
    {"type": st.just("absence"), "modalite": MODALITE, "excusee": st.sampled_from([False, False, True])},
    {"type": st.just("orientation"), "parcours": PARCOURS, "etape": st.sampled_from(["DIRECTE", "APRES_RIO"])},
    {"type": st.just("premier_rdv"), "honore": st.booleans()},
    {"type": st.just("reorientation"), "vers": PARCOURS},
    {"type": st.just("rectification"), "parcours": PARCOURS},
    {"type": st.just("sortie"), "motif": st.just("MUTATION")},
]
EVENT = st.one_of([st.fixed_dictionaries({"date": DAYS | NEAR, **shape}) for shape in SHAPES])
HISTORY = st.lists(EVENT, max_size=14).flatmap(
    lambda events: (
        st.lists(st.sampled_from(events), max_size=2).map(lambda again: [*events, *again]) if events else st.just([])
    )
)


@settings(max_examples=400, deadline=None)
@given(histories=st.lists(HISTORY, min_size=1, max_size=4), subject=st.booleans(), last=st.integers(60, 420))
def test_a_second_slow_count_agrees_on_any_history(
    histories: list[list[dict[str, Any]]], subject: bool, last: int
) -> None:
    debut, fin = START + timedelta(days=40), START + timedelta(days=last)
    personnes: list[dict[str, Any]] = [
        {"id": f"P{rank}", "evenements": events} for rank, events in enumerate(histories)
    ]
    perimetre = "SOUMIS" if subject else "TOUS"
    found = played(personnes, debut.isoformat(), fin.isoformat(), perimetre)
    lives = {
        each["id"]: slow_rio.live([{**e, "date": date.fromisoformat(e["date"])} for e in each["evenements"]], fin)
        for each in personnes
    }
    slow = slow_rio.count(lives, debut, fin, subject)
    slow["etats"] = {who: life["episodes"][-1]["etat"] if life["episodes"] else None for who, life in lives.items()}
    slow["anomalies"] = sorted(f"{who}:{code}" for who, life in lives.items() for code in life["anomalies"])
    assert found == slow


@settings(max_examples=200, deadline=None)
@given(events=HISTORY, late=st.integers(0, 400))
def test_what_comes_after_the_end_of_the_period_changes_nothing(events: list[dict[str, Any]], late: int) -> None:
    fin = START + timedelta(days=late)
    inside = [each for each in events if each["date"] <= fin.isoformat()]
    one, other = ([{"id": "P", "evenements": given}] for given in (events, inside))
    assert played(one, "2023-01-01", fin.isoformat(), "TOUS") == played(other, "2023-01-01", fin.isoformat(), "TOUS")


PERSON = {"id": "P", "evenements": [{"date": "2023-01-10", "type": "signalement"}]}
PERIOD = {"debut": "2023-01-01", "fin": "2023-12-31"}
WRONG = [
    ({"periode": None}, [("/periode", "CHAMP_REQUIS")]),
    ({"periode": []}, [("/periode", "TYPE_INVALIDE")]),
    ({"periode": {"debut": "2023-01-01"}}, [("/periode/fin", "CHAMP_REQUIS")]),
    (
        {"periode": {"debut": "2023-02-30", "fin": 7}},
        [("/periode/debut", "DATE_INVALIDE"), ("/periode/fin", "TYPE_INVALIDE")],
    ),
    ({"periode": {"debut": "2023-02-01", "fin": "2023-01-31"}}, [("/periode/fin", "DATES_INVERSEES")]),
    ({"periode": {**PERIOD, "x": 1}}, [("/periode/x", "CHAMP_INCONNU")]),
    ({"perimetre_brsa": "TOUTES"}, [("/perimetre_brsa", "VALEUR_INCONNUE")]),
    ({"personnes": [PERSON, PERSON]}, [("/personnes/1/id", "VALEUR_INVALIDE")]),
    ({"personnes": [None]}, [("/personnes/0", "TYPE_INVALIDE")]),
    ({"personnes": [{"evenements": []}]}, [("/personnes/0/id", "CHAMP_REQUIS")]),
    ({"personnes": [{"id": "P"}]}, [("/personnes/0/evenements", "CHAMP_REQUIS")]),
]
EVENTS = [
    (None, [("", "TYPE_INVALIDE")]),
    ({}, [("/date", "CHAMP_REQUIS"), ("/type", "CHAMP_REQUIS")]),
    ({"date": "2023-01-10", "type": "presance"}, [("/type", "VALEUR_INCONNUE")]),
    ({"date": "9999-01-10", "type": "contact"}, [("/date", "HORS_BORNES")]),
    ({"date": "2023-01-10", "type": "contact", "motif": "X"}, [("/motif", "CHAMP_INCONNU")]),
    ({"date": "2023-01-10", "type": "presence"}, [("/modalite", "CHAMP_REQUIS")]),
    (
        {"date": "2023-01-10", "type": "absence", "modalite": "RIO", "excusee": "non"},
        [("/modalite", "VALEUR_INCONNUE"), ("/excusee", "TYPE_INVALIDE")],
    ),
    ({"date": "2023-01-10", "type": "premier_rdv", "honore": 1}, [("/honore", "TYPE_INVALIDE")]),
    ({"date": "2023-01-10", "type": "sortie", "motif": "parti"}, [("/motif", "VALEUR_INVALIDE")]),
    ({"date": "2023-01-10", "type": "statut", "brsa": "oui"}, [("/brsa", "TYPE_INVALIDE")]),
]


async def told(client: httpx2.AsyncClient, key: Key, change: dict[str, Any]) -> list[tuple[str, str]]:
    body = {"periode": PERIOD, "perimetre_brsa": "TOUS", "personnes": [PERSON], **change}
    answer = await client.post(POST, json=body, headers=key)
    assert answer.status_code == 422, answer.text
    return [(fault["champ"], fault["code"]) for fault in answer.json()["erreurs"]]


@pytest.mark.parametrize(("change", "faults"), WRONG)
async def test_every_fault_of_a_demand_is_named(
    orientation: httpx2.AsyncClient, agent: Key, change: dict[str, Any], faults: list[tuple[str, str]]
) -> None:
    assert await told(orientation, agent, change) == faults


@pytest.mark.parametrize(("event", "faults"), EVENTS)
async def test_every_fault_of_an_event_is_named(
    orientation: httpx2.AsyncClient, agent: Key, event: Any, faults: list[tuple[str, str]]
) -> None:
    found = await told(orientation, agent, {"personnes": [{"id": "P", "evenements": [event]}]})
    assert found == [(f"/personnes/0/evenements/0{champ}", code) for champ, code in faults]


async def test_only_who_may_read_figures_is_answered(
    orientation: httpx2.AsyncClient, bearer: Callable[[str], Key]
) -> None:
    body = {"periode": PERIOD, "personnes": [PERSON]}
    assert (await orientation.post(POST, json=body)).status_code == 401
    for role, status in {"lecteur": 403, "partenaire": 403, "agent": 200, "pilote": 200, "admin": 200}.items():
        assert (await orientation.post(POST, json=body, headers=bearer(role))).status_code == status
