"""Proposals through HTTP: nothing is stored, every fault is named, one bad case stops no other."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from services.orientation.schemas.propositions import LotPropositionsOut, PropositionOut
from services.orientation.schemas.regles import JeuOut, JeuResume
from shared.wire import ListeOut
from tests.orientation.test_regles import CASES, COMPARED, WRONG

Key = dict[str, str]
POST = "/v1/propositions"
GOOD = CASES[0]["faits"]


@pytest.fixture(scope="module")
def agent(bearer: Callable[[str], Key]) -> Key:
    """The key of an adviser's portal."""
    return bearer("agent")


async def propose(client: httpx2.AsyncClient, key: Key, faits: Any, query: str = "") -> httpx2.Response:
    return await client.post(POST + query, json={"faits": faits}, headers=key)


@pytest.mark.parametrize("cas", CASES, ids=[f"{cas['id']} {cas['titre']}" for cas in CASES])
async def test_le_cas_donne_ce_qui_est_attendu_par_l_api(
    orientation: httpx2.AsyncClient, agent: Key, cas: dict[str, Any]
) -> None:
    answer = await propose(orientation, agent, cas["faits"])
    assert answer.status_code == 200, answer.text
    shown = PropositionOut.model_validate_json(answer.content).model_dump(mode="json")
    attendu = {"signalements": [], **cas["attendu"]}
    attendu["signalements"] = sorted(attendu["signalements"])
    assert {name: shown[name] for name in COMPARED} == attendu
    assert [each["code"] for each in shown["explications"]] == [*shown["motifs"], *shown["signalements"]]
    assert shown["question_suivante"] == next(iter(shown["faits_manquants"]), None)


async def test_a_batch_answers_each_case_in_order_as_the_single_call_does(
    orientation: httpx2.AsyncClient, agent: Key
) -> None:
    cases = [{"ref": cas["id"], "faits": cas["faits"]} for cas in CASES]
    answer = await orientation.post(f"{POST}/lot?trace=complete", json={"cas": cases}, headers=agent)
    assert answer.status_code == 200
    reponses = LotPropositionsOut.model_validate_json(answer.content).reponses
    assert [(each.indice, each.ref) for each in reponses] == [(n, cas["id"]) for n, cas in enumerate(CASES)]
    for each, cas in zip(answer.json()["reponses"], CASES, strict=True):
        alone = await propose(orientation, agent, cas["faits"], "?trace=complete")
        assert each["proposition"] == alone.json()
        assert each["probleme"] is None


async def test_one_bad_case_stops_no_other(orientation: httpx2.AsyncClient, agent: Key) -> None:
    cases = [
        {"faits": GOOD},
        {"ref": "x", "faits": {**GOOD, "age": "vingt", "brsa": "oui"}},
        None,
        {"ref": 7, "faits": GOOD, "autre": 1},
        {"ref": "z" * 201, "faits": None},
        {"ref": "fin", "faits": GOOD},
    ]
    answer = await orientation.post(f"{POST}/lot", json={"cas": cases}, headers=agent)
    assert answer.status_code == 207
    reponses = LotPropositionsOut.model_validate_json(answer.content).reponses
    assert [each.proposition is not None for each in reponses] == [True, False, False, False, False, True]
    assert reponses[0].proposition == reponses[5].proposition
    told = [[(f["champ"], f["code"]) for f in (r.probleme or {"erreurs": []})["erreurs"]] for r in reponses]
    assert told == [
        [],
        [("/cas/1/faits/brsa", "TYPE_INVALIDE"), ("/cas/1/faits/age", "CHAMP_INCONNU")],
        [("/cas/2", "TYPE_INVALIDE")],
        [("/cas/3", "CHAMP_INCONNU"), ("/cas/3/ref", "TYPE_INVALIDE")],
        [("/cas/4/ref", "LONGUEUR_INVALIDE"), ("/cas/4/faits", "CHAMP_REQUIS")],
        [],
    ]


@pytest.mark.parametrize("size", [0, 5_001])
async def test_a_batch_holds_one_to_five_thousand_cases(orientation: httpx2.AsyncClient, agent: Key, size: int) -> None:
    answer = await orientation.post(f"{POST}/lot", json={"cas": [{"faits": GOOD}] * size}, headers=agent)
    assert answer.status_code == 422
    assert [fault["champ"] for fault in answer.json()["erreurs"]] == ["/cas"]


@pytest.mark.parametrize(("given", "champ", "code"), WRONG)
async def test_what_is_not_a_fact_is_a_named_422(
    orientation: httpx2.AsyncClient, agent: Key, given: dict[str, Any], champ: str, code: str
) -> None:
    answer = await propose(orientation, agent, {"date_reference": "2023-01-16", **given})
    assert answer.status_code == 422
    assert [(fault["champ"], fault["code"]) for fault in answer.json()["erreurs"]] == [(champ, code)]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"faits": {"date_reference": "2023-01-16", "revenu_activite_moyen_trim": NaN}}', 400),
        ('{"faits": {"date_reference": "2023-01-16", "revenu_activite_moyen_trim": 1e999}}', 400),
        ('{"faits": {"brsa": true, "brsa": false}}', 400),
        ('{"faits": {"\\ud800": 1}}', 422),
        ('{"faits": {"logement": "\\u0000"}}', 422),
        ('{"faits": []}', 422),
        ('{"faits": null}', 422),
        ("{}", 422),
        ("[]", 422),
        ('{"faits": {}, "autre": 1}', 422),
        ("", 400),
    ],
)
async def test_a_body_that_is_wrong_is_refused(
    orientation: httpx2.AsyncClient, agent: Key, body: str, status: int
) -> None:
    headers = {**agent, "Content-Type": "application/json"}
    for path in (POST, f"{POST}/lot"):
        answer = await orientation.post(path, content=body.encode(), headers=headers)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"


async def test_the_trace_is_as_long_as_asked(orientation: httpx2.AsyncClient, agent: Key) -> None:
    lengths, seen = {}, set()
    for trace in ("aucune", "resume", "complete"):
        found = (await propose(orientation, agent, GOOD, f"?trace={trace}")).json()
        lengths[trace] = [step["regle"] for step in found["trace"]["etapes"]]
        seen.add(found["trace"]["empreinte"])
    assert lengths["aucune"] == []
    assert lengths["resume"] == ["D2"]
    assert len(lengths["complete"]) > 25
    assert len(seen) == 1
    wrong = await propose(orientation, agent, GOOD, "?trace=tout")
    assert wrong.status_code == 422
    assert wrong.json()["erreurs"][0]["champ"] == "trace"


async def test_only_who_may_read_dossiers_is_told_a_proposal(
    orientation: httpx2.AsyncClient, bearer: Callable[[str], Key]
) -> None:
    for path, body in ((POST, {"faits": GOOD}), (f"{POST}/lot", {"cas": [{"faits": GOOD}]})):
        assert (await orientation.post(path, json=body)).status_code == 401
        for role in ("lecteur", "partenaire", "pilote", "admin"):
            assert (await orientation.post(path, json=body, headers=bearer(role))).status_code == 403


async def test_an_idempotency_key_is_accepted_and_ignored(orientation: httpx2.AsyncClient, agent: Key) -> None:
    key = {**agent, "Idempotency-Key": "la-meme"}
    answers = [await propose(orientation, key, cas["faits"]) for cas in CASES[:2]]
    assert [answer.json()["parcours"] for answer in answers] == ["TNS", "JEUNES"]


async def test_rule_sets_are_public_with_what_they_rest_on(orientation: httpx2.AsyncClient) -> None:
    answer = await orientation.get("/v1/regles")
    (jeu,) = ListeOut[JeuResume].model_validate_json(answer.content).elements
    whole = await orientation.get(f"/v1/regles/{jeu.version}")
    shown = JeuOut.model_validate_json(whole.content)
    assert shown.empreinte == jeu.empreinte
    assert {rule["fondement"] for rule in shown.regles} == {"plan", "loi", "choix"}
    seuil = next(each for each in shown.parametres if each["code"] == "seuil_revenu")
    assert (seuil["valeurs"][0]["valeur"], seuil["valeurs"][0]["source"]) == (500, "D262-65")
    assert whole.headers["etag"]
    again = await orientation.get(f"/v1/regles/{jeu.version}", headers={"If-None-Match": whole.headers["etag"]})
    assert again.status_code == 304
    assert len((await orientation.get("/v1/regles?date=2026-03-02")).json()["elements"]) == 1
    absent = await orientation.get("/v1/regles/rio-1999")
    assert (absent.status_code, absent.json()["code"]) == (404, "REGLES_INCONNUES")
    unknown = await orientation.get(f"/v1/regles/{jeu.version}?au=2026")
    assert unknown.status_code == 422


async def test_no_fact_of_a_person_is_in_the_logs(
    orientation: httpx2.AsyncClient, agent: Key, caplog: pytest.LogCaptureFixture
) -> None:
    planted = {**GOOD, "date_naissance": "1984-05-11", "commune_residence_insee": "PLANTE-Dupont"}
    answer = await propose(orientation, agent, planted)
    assert answer.status_code == 422
    assert "Dupont" not in answer.text + caplog.text
    await propose(orientation, agent, {**GOOD, "date_naissance": "1984-05-12"})
    assert "1984-05-1" not in caplog.text
    assert json.dumps(answer.json())
