"""What happened to persons: exactly the fields of each type, in the order of days, and nothing that the law refuses."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from services.orientation.episodes.evenements import FIELDS, Type
from services.orientation.schemas.evenements import EvenementOut
from services.orientation.vocabulary_dossiers import MotifSortie
from shared import clock
from shared.wire import ListeOut
from tests.orientation.desk import agent, faults_of, happened, opened, post, read

KEY = agent()
GOOD: dict[str, Any] = {
    "brsa": True,
    "soumis_dd": True,
    "modalite": "RIO_COLLECTIVE",
    "excusee": False,
    "parcours": "EMPLOI",
    "etape": "APRES_RIO",
    "honore": True,
    "vers": "SOCIAL",
    "motif": "FORMATION",
}
SIGNALEMENT = {"date": "2026-01-05", "type": "signalement"}
ORIENTATION = {"date": "2026-01-20", "type": "orientation", "parcours": "EMPLOI", "etape": "APRES_RIO"}


def event(kind: str, day: str = "2026-01-10", **fields: Any) -> dict[str, Any]:
    own = {name: GOOD[name] for name in FIELDS.get(Type(kind), ())}
    return {"date": day, "type": kind, **own, **fields}


async def test_a_parcours_is_told_event_after_event(orientation: httpx2.AsyncClient) -> None:
    code = await opened(orientation, KEY, faits={"brsa": True, "soumis_dd": True})
    told = [SIGNALEMENT, event("notification_sdd", "2026-01-06"), event("presence"), ORIENTATION]
    await happened(orientation, KEY, code, *told, event("premier_rdv", "2026-02-01"))
    shown = await read(orientation, KEY, f"/v1/dossiers/{code}")
    (episode,) = shown["episodes"]
    assert (shown["etat"], shown["anomalies"]) == ("ENTRE", [])
    assert (episode["ouverture"], episode["debut"], episode["entree"]) == ("2026-01-05", "2026-01-06", "2026-02-01")
    assert episode["decisions"] == [
        {"jour": "2026-01-20", "parcours": "EMPLOI", "etape": "APRES_RIO", "entree": "2026-02-01"}
    ]
    facts = {each["code"]: each["valeur"] for each in shown["faits"]}
    assert (facts["date_notification_sdd"], facts["absences_rio"]) == ("2026-01-06", 0)


async def test_events_are_in_the_order_of_days_then_of_their_kind_then_of_arrival(
    orientation: httpx2.AsyncClient,
) -> None:
    code = await opened(orientation, KEY)
    kinds = ["presence", "contact", "signalement", "statut", "convocation"]
    await happened(
        orientation, KEY, code, SIGNALEMENT, *(event(kind) for kind in kinds), event("contact", "2026-01-02")
    )
    path = f"/v1/dossiers/{code}/evenements"
    whole = ListeOut[EvenementOut].model_validate(await read(orientation, KEY, path))
    order = ["contact", "signalement", "statut", "signalement", "presence", "contact", "convocation"]
    assert [each.type for each in whole.elements] == order
    seen: list[str] = []
    curseur: str | None = ""
    while curseur is not None:
        page = await read(orientation, KEY, f"{path}?limite=2" + (curseur and f"&curseur={curseur}"))
        seen, curseur = [*seen, *(each["type"] for each in page["elements"])], page["curseur_suivant"]
    assert seen == order


@pytest.mark.parametrize("kind", [each.value for each in Type])
async def test_each_type_carries_its_own_fields_and_no_other(orientation: httpx2.AsyncClient, kind: str) -> None:
    code = await opened(orientation, KEY, faits={"brsa": False})
    before = {"premier_rdv": [ORIENTATION], "reorientation": [ORIENTATION]}.get(kind, [])
    await happened(orientation, KEY, code, SIGNALEMENT, *before)
    path = f"/v1/dossiers/{code}/evenements"
    good = event(kind, "2026-02-01")
    wrong = await post(orientation, path, KEY, good | {"couleur": "bleu"})
    assert (wrong.status_code, faults_of(wrong)) == (422, [("/couleur", "CHAMP_INCONNU")])
    for name in FIELDS.get(Type(kind), ()):
        mistyped = await post(orientation, path, KEY, good | {name: ["Zoé"]})
        assert mistyped.status_code == 422
        assert [champ for champ, _ in faults_of(mistyped)] == [f"/{name}"]
        assert "Zoé" not in mistyped.text
        missing = await post(orientation, path, KEY, {each: value for each, value in good.items() if each != name})
        expected = [] if kind == "statut" else [(f"/{name}", "CHAMP_REQUIS")]
        assert ([] if missing.is_success else faults_of(missing)) == expected
    taken = await post(orientation, path, KEY, good)
    assert taken.status_code == 201, taken.text
    assert (taken.json()["type"], taken.json()["contenu"]) == (kind, {n: GOOD[n] for n in FIELDS.get(Type(kind), ())})


async def test_every_fault_is_named_and_nothing_is_written(orientation: httpx2.AsyncClient) -> None:
    code = await opened(orientation, KEY)
    path = f"/v1/dossiers/{code}/evenements"
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    body = {"date": tomorrow, "type": "orientation", "parcours": "Chez Zoé", "secret": 1}
    answer = await post(orientation, path, KEY, body)
    assert sorted(faults_of(answer)) == [
        ("/date", "HORS_BORNES"),
        ("/etape", "CHAMP_REQUIS"),
        ("/parcours", "VALEUR_INCONNUE"),
        ("/secret", "CHAMP_INCONNU"),
    ]
    assert "Zoé" not in answer.text
    for wrong, fault in (
        ({}, [("/date", "CHAMP_REQUIS"), ("/type", "CHAMP_REQUIS")]),
        ({"date": "2026-02-30", "type": "presense"}, [("/date", "DATE_INVALIDE"), ("/type", "VALEUR_INCONNUE")]),
        ({"date": "1949-12-31", "type": "contact"}, [("/date", "HORS_BORNES")]),
        (event("sortie", motif="PARTIE_CHEZ_ZOE"), [("/motif", "VALEUR_INCONNUE")]),
    ):
        answer = await post(orientation, path, KEY, wrong)
        assert (answer.status_code, faults_of(answer)) == (422, fault)
        assert "ZOE" not in answer.text
    assert (await read(orientation, KEY, path))["elements"] == []


ABANDON = event("abandon", "2026-02-01")
REFUSED = [
    ("ABANDON_BRSA", [event("statut", "2026-01-01"), SIGNALEMENT], ABANDON),
    ("RDV_SANS_ORIENTATION", [SIGNALEMENT], event("premier_rdv")),
    ("DOUBLE_ORIENTATION", [SIGNALEMENT, ORIENTATION], event("orientation", "2026-02-02", parcours="SOCIAL")),
    ("REORIENTATION_SANS_ORIENTATION", [SIGNALEMENT], event("reorientation")),
    ("REORIENTATION_SANS_CHANGEMENT", [SIGNALEMENT, ORIENTATION], event("reorientation", "2026-02-01", vers="EMPLOI")),
    ("EVENEMENT_SANS_EPISODE", [], event("convocation")),
    ("DOUBLON", [SIGNALEMENT], SIGNALEMENT),
]


@pytest.mark.parametrize(("code", "past", "refused"), REFUSED, ids=[each[0] for each in REFUSED])
async def test_what_the_history_refuses_is_a_409_that_names_the_anomaly(
    orientation: httpx2.AsyncClient, code: str, past: list[Any], refused: dict[str, Any]
) -> None:
    dossier = await opened(orientation, KEY)
    await happened(orientation, KEY, dossier, *past)
    before = await read(orientation, KEY, f"/v1/dossiers/{dossier}/evenements")
    answer = await post(orientation, f"/v1/dossiers/{dossier}/evenements", KEY, refused)
    assert (answer.status_code, answer.json()["code"]) == (409, "EVENEMENT_CONTRAIRE")
    assert faults_of(answer) == [("/type", code)]
    assert await read(orientation, KEY, f"/v1/dossiers/{dossier}/evenements") == before


async def test_an_event_that_comes_late_takes_its_place(orientation: httpx2.AsyncClient) -> None:
    code = await opened(orientation, KEY)
    await happened(orientation, KEY, code, event("presence", "2026-03-01"), event("signalement", "2026-02-01"))
    shown = await read(orientation, KEY, f"/v1/dossiers/{code}")
    assert ([each["ouverture"] for each in shown["episodes"]], shown["etat"]) == (["2026-02-01"], "PRESENT_RIO")


async def test_a_notification_after_the_entry_is_strange_and_kept(orientation: httpx2.AsyncClient) -> None:
    code = await opened(orientation, KEY)
    past = [SIGNALEMENT, ORIENTATION, event("premier_rdv", "2026-02-01")]
    await happened(orientation, KEY, code, *past, event("notification_sdd", "2026-03-01"))
    assert (await read(orientation, KEY, f"/v1/dossiers/{code}"))["anomalies"] == ["ENTREE_AVANT_NOTIFICATION"]


async def test_a_late_event_that_would_make_another_wrong_is_refused(orientation: httpx2.AsyncClient) -> None:
    code = await opened(orientation, KEY)
    await happened(orientation, KEY, code, SIGNALEMENT, ORIENTATION)
    earlier = event("orientation", "2026-01-12", parcours="SOCIAL")
    answer = await post(orientation, f"/v1/dossiers/{code}/evenements", KEY, earlier)
    assert (answer.status_code, faults_of(answer)) == (409, [("/type", "DOUBLE_ORIENTATION")])


async def test_two_decisions_at_once_leave_one(orientation: httpx2.AsyncClient) -> None:
    code = await opened(orientation, KEY)
    await happened(orientation, KEY, code, SIGNALEMENT)
    path = f"/v1/dossiers/{code}/evenements"
    bodies = [event("orientation", "2026-02-01", parcours=each) for each in ("EMPLOI", "SOCIAL", "TNS", "JEUNES")]
    answers = await asyncio.gather(*(post(orientation, path, KEY, body) for body in bodies))
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]


async def test_a_refusal_and_an_addition_are_replayed(orientation: httpx2.AsyncClient) -> None:
    code = await opened(orientation, KEY)
    path = f"/v1/dossiers/{code}/evenements"
    for body, name in ((SIGNALEMENT, "un-ajout"), (SIGNALEMENT, "un-refus")):
        answers = [await post(orientation, path, KEY, body, **{"Idempotency-Key": name}) for _ in "ab"]
        assert answers[0].content == answers[1].content or answers[0].status_code == 409
        assert answers[0].status_code == answers[1].status_code
        assert answers[1].headers["idempotent-replayed"] == "true"
    assert (await read(orientation, KEY, path))["total"] == 1


def test_the_reasons_of_an_end_are_words_that_the_machine_reads() -> None:
    assert {"EMPLOI_DURABLE", "FIN_RSA", "DECES", "AUTRE"} <= {each.value for each in MotifSortie}
