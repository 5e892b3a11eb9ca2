"""Reading the plan: filters, pages, forms of refusal, dates."""

from typing import Any

import httpx2
import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.catalogue import schemas
from shared.wire import ListeOut

PARIS_NIGHT = "2023-12-31T23:30:00+01:00"


async def elements(client: httpx2.AsyncClient, path: str) -> list[dict[str, Any]]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["elements"]
    return found


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("/v1/plan", schemas.PlanEntierOut),
        ("/v1/plans", ListeOut[schemas.PlanOut]),
        ("/v1/axes", ListeOut[schemas.AxeOut]),
        ("/v1/axes/A", schemas.AxeOut),
        ("/v1/fiches?limite=200", ListeOut[schemas.FicheResume]),
        ("/v1/actions?limite=200", ListeOut[schemas.ActionOut]),
        ("/v1/actions/11.A3", schemas.ActionOut),
        ("/v1/organismes?limite=200", ListeOut[schemas.OrganismeOut]),
        ("/v1/organismes/die", schemas.OrganismeOut),
        ("/v1/lexique?limite=200", ListeOut[schemas.LexiqueOut]),
        ("/v1/lexique/fsl", schemas.LexiqueOut),
        ("/v1/territoires?limite=200", ListeOut[schemas.TerritoireOut]),
        ("/v1/territoires/69M", schemas.TerritoireOut),
        ("/v1/recherche?q=logement", ListeOut[schemas.ResultatOut]),
        ("/v1/fiches/11/historique", ListeOut[schemas.ChangementOut]),
    ],
)
async def test_what_is_served_is_what_the_contract_describes(
    catalogue: httpx2.AsyncClient, path: str, model: Any
) -> None:
    answer = await catalogue.get(path)
    assert answer.status_code == 200, answer.text
    model.model_validate_json(answer.content)
    assert answer.headers["cache-control"] == "no-cache"
    again = await catalogue.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""


async def test_every_fiche_is_what_the_contract_describes(catalogue: httpx2.AsyncClient) -> None:
    for numero in range(1, 39):
        answer = await catalogue.get(f"/v1/fiches/{numero}")
        fiche = schemas.FicheOut.model_validate_json(answer.content)
        portees = {"fiche", *(action.code for action in fiche.actions)}
        parts: list[Any] = [*fiche.echeances, *fiche.points_vigilance, *fiche.pilotes, *fiche.partenaires]
        assert {part.portee for part in [*parts, *fiche.chiffres, *fiche.remarques]} <= portees


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("axe=A", [35, 36]),
        ("axe=A&axe=B", [35, 36, 37, 38]),
        ("axe=A,B", [35, 36, 37, 38]),
        ("objectif=1.O2", [10]),
        ("axe=2&objectif=1.O2", []),
        ("organisme=dinsi&role=pilote", [3, 4, 5, 12]),
        ("thematique=logement&axe=1", [1, 2]),
        ("q=hébergement", [1, 20]),
        ("q=HEBERGEMENTS", [1, 20]),
        ("echeance_avant=1800-01-01", []),
    ],
)
async def test_filters_cross_and_their_values_add_up(
    catalogue: httpx2.AsyncClient, query: str, expected: list[int]
) -> None:
    found = [fiche["numero"] for fiche in await elements(catalogue, f"/v1/fiches?{query}&limite=200")]
    assert found == expected


async def test_fiches_and_codes_come_in_natural_order(catalogue: httpx2.AsyncClient) -> None:
    fiches = [fiche["numero"] for fiche in await elements(catalogue, "/v1/fiches?limite=200")]
    assert fiches == list(range(1, 39))
    actions = [action["code"] for action in await elements(catalogue, "/v1/actions?fiche=4&limite=200")]
    assert actions == [f"4.A{rang}" for rang in range(1, 11)]


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limite=st.integers(1, 200), axe=st.sampled_from(["", "&axe=1", "&axe=2,5"]))
async def test_pages_of_any_size_give_every_action_once_in_order(
    catalogue: httpx2.AsyncClient, limite: int, axe: str
) -> None:
    whole = [action["code"] for action in await elements(catalogue, f"/v1/actions?limite=200{axe}")]
    seen: list[str] = []
    curseur = ""
    while True:
        page = (await catalogue.get(f"/v1/actions?limite={limite}{axe}{curseur}")).json()
        seen += [action["code"] for action in page["elements"]]
        assert page["total"] == len(whole)
        if page["curseur_suivant"] is None:
            break
        curseur = f"&curseur={page['curseur_suivant']}"
    assert seen == whole


async def test_a_cursor_of_another_query_is_refused(catalogue: httpx2.AsyncClient) -> None:
    curseur = (await catalogue.get("/v1/actions?limite=1")).json()["curseur_suivant"]
    answer = await catalogue.get(f"/v1/actions?axe=1&curseur={curseur}")
    assert answer.status_code == 422
    assert answer.json()["erreurs"][0]["code"] == "CURSEUR_INVALIDE"


async def test_unknown_codes_are_all_named_with_the_nearest(catalogue: httpx2.AsyncClient) -> None:
    answer = await catalogue.get("/v1/fiches?axe=9&organisme=dinsy&objectif=2.O1,2.O9")
    assert answer.status_code == 422
    faults = {fault["champ"]: fault for fault in answer.json()["erreurs"]}
    assert set(faults) == {"axe", "organisme", "objectif"}
    assert faults["organisme"]["suggestion"] == "dinsi"
    assert faults["objectif"]["valeur"] == "2.O9"
    assert faults["axe"]["attendu"] == ["1", "2", "3", "4", "5", "A", "B"]


async def test_an_unknown_plan_is_refused_and_the_known_one_named(catalogue: httpx2.AsyncClient) -> None:
    answer = await catalogue.get("/v1/fiches?plan=pmie-2022")
    assert answer.status_code == 422
    assert answer.json()["erreurs"][0]["suggestion"] == "pmie-2022-2026"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/fiches/39", "FICHE_INCONNUE"),
        ("/v1/actions/11.A7", "ACTION_INCONNUE"),
        ("/v1/axes/6", "AXE_INCONNU"),
        ("/v1/organismes/personne", "ORGANISME_INCONNU"),
        ("/v1/lexique/xyz", "ABREVIATION_INCONNUE"),
        ("/v1/territoires/69264", "TERRITOIRE_INCONNU"),
        ("/v1/fiches/39/historique", "FICHE_INCONNUE"),
    ],
)
async def test_what_does_not_exist_is_a_named_404(catalogue: httpx2.AsyncClient, path: str, code: str) -> None:
    answer = await catalogue.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code


async def test_a_fiche_is_late_the_day_after_its_end_in_paris(catalogue: httpx2.AsyncClient) -> None:
    with time_machine.travel(PARIS_NIGHT):
        before = (await catalogue.get("/v1/fiches/11")).json()
        listed = await elements(catalogue, "/v1/fiches?en_retard=true&limite=200")
    assert before["fin"] == "2023-12-31"
    assert not before["en_retard"]
    assert 11 not in [fiche["numero"] for fiche in listed]
    with time_machine.travel("2024-01-01T00:30:00+01:00"):
        after = await catalogue.get("/v1/fiches/11")
        listed = await elements(catalogue, "/v1/fiches?en_retard=true&limite=200")
    assert after.json()["en_retard"]
    assert 11 in [fiche["numero"] for fiche in listed]


async def test_what_has_no_known_end_is_never_late(catalogue: httpx2.AsyncClient) -> None:
    with time_machine.travel("2099-01-01T12:00:00+00:00"):
        for fiche in await elements(catalogue, "/v1/fiches?limite=200"):
            assert fiche["en_retard"] == (fiche["fin"] is not None)


async def test_an_action_without_its_own_schedule_follows_its_fiche(catalogue: httpx2.AsyncClient) -> None:
    action = (await catalogue.get("/v1/actions/11.A3")).json()
    assert (action["debut"], action["fin"]) == ("2022-01-01", "2023-12-31")
    assert [echeance["portee"] for echeance in action["echeances"]] == ["fiche"]


async def test_territories_follow_the_merger_of_2024(catalogue: httpx2.AsyncClient) -> None:
    before = await elements(catalogue, "/v1/territoires?niveau=commune&date=2023-12-31&limite=200")
    after = await elements(catalogue, "/v1/territoires?niveau=commune&date=2024-01-01&limite=200")
    assert (len(before), len(after)) == (59, 58)
    old = (await catalogue.get("/v1/territoires/69152?date=2023-12-31")).json()
    new = (await catalogue.get("/v1/territoires/69152?date=2024-01-01")).json()
    assert (old["code"], old["nom"], old["ancien_code"]) == ("69152", "Pierre-Bénite", None)
    assert (new["code"], new["nom"], new["ancien_code"]) == ("69149", "Oullins-Pierre-Bénite", "69152")


async def test_the_history_of_a_fiche_begins_with_its_loading(catalogue: httpx2.AsyncClient) -> None:
    first = (await elements(catalogue, "/v1/fiches/2/historique"))[0]
    assert (first["nature"], first["avant"], first["apres"]) == ("chargement", None, {"version": 1})


@pytest.mark.parametrize("path", ["/v1/fiches", "/v1/actions"])
async def test_an_organisme_is_found_whatever_its_role_and_a_role_whoever_holds_it(
    catalogue: httpx2.AsyncClient, path: str
) -> None:
    async def total(query: str) -> set[str]:
        answer = await catalogue.get(f"{path}?limite=200&{query}")
        assert answer.status_code == 200, answer.text
        return {str(each.get("code", each.get("numero"))) for each in answer.json()["elements"]}

    pilots, partners = await total("organisme=die&role=pilote"), await total("organisme=die&role=partenaire")
    assert await total("organisme=die") == pilots | partners
    assert pilots < await total("role=pilote")


@pytest.mark.parametrize(
    "query",
    [
        "/v1/plans?au=0.5",
        "/v1/plan?au=1700000000",
        "/v1/fiches?echeance_avant=1672531200",
        "/v1/actions?fin_apres=0",
        "/v1/territoires?date=19000",
        "/v1/territoires?date=2026-01-01T00:00:00Z",
    ],
)
async def test_a_number_is_neither_a_day_nor_an_instant(catalogue: httpx2.AsyncClient, query: str) -> None:
    answer = await catalogue.get(query)
    assert (answer.status_code, answer.json()["erreurs"][0]["code"]) == (422, "DATE_INVALIDE")
