"""The definitions of the indicators as they are served: official labels, quantities, figures of the plan."""

from typing import Any

import httpx2
import pytest

from services.indicators.schemas import indicateurs as schemas
from services.indicators.vocabulary import Nature
from shared.wire import ListeOut

ALL = "/v1/indicateurs?limite=200"


async def test_the_133_indicators_are_defined_as_the_fiches_word_them(
    catalogue: httpx2.AsyncClient, indicators: httpx2.AsyncClient
) -> None:
    answer = await indicators.get(ALL)
    defined = ListeOut[schemas.IndicateurDefinition].model_validate_json(answer.content)
    assert defined.total == len(defined.elements) == 133
    labels = {indicateur.code: indicateur.libelle for indicateur in defined.elements}
    for numero in range(1, 39):
        fiche = (await catalogue.get(f"/v1/fiches/{numero}")).json()
        for indicateur in fiche["indicateurs"]:
            assert labels.pop(indicateur["code"]) == indicateur["libelle"]
    assert not labels


async def test_every_indicator_has_its_quantities_in_order_and_every_quantity_is_read_alone(
    indicators: httpx2.AsyncClient,
) -> None:
    served = 0
    for element in (await indicators.get(ALL)).json()["elements"]:
        answer = await indicators.get(f"/v1/indicateurs/{element['code']}")
        detail = schemas.IndicateurDetail.model_validate_json(answer.content)
        assert (detail.fiche, detail.axe) == (element["fiche"], element["axe"])
        assert [each.code for each in detail.grandeurs] == [
            f"{detail.code}.{chr(ord('a') + rang)}" for rang in range(len(detail.grandeurs))
        ]
        assert detail.grandeurs
        served += len(detail.grandeurs)
        alone = (await indicators.get(f"/v1/grandeurs/{detail.grandeurs[-1].code}")).json()
        more = {"indicateur": detail.code, "fiche": detail.fiche, "definitions": [alone["definition"]]}
        assert alone == answer.json()["grandeurs"][-1] | more
    assert served == 288


async def test_one_indicator_is_read_by_its_code(indicators: httpx2.AsyncClient) -> None:
    answer = await indicators.get("/v1/indicateurs/11.I1")
    indicateur = schemas.IndicateurDetail.model_validate_json(answer.content)
    assert (indicateur.fiche, indicateur.axe, indicateur.grandeurs[0].nature) == (11, "2", "personnes-distinctes")
    again = await indicators.get("/v1/indicateurs/11.I1", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_a_quantity_says_all_that_a_push_and_a_reader_need(indicators: httpx2.AsyncClient) -> None:
    answer = await indicators.get("/v1/grandeurs/30.I1.a")
    grandeur = schemas.GrandeurDetail.model_validate_json(answer.content)
    assert (grandeur.nature, grandeur.indicateur, grandeur.fiche, grandeur.producteur) == ("flux", "30.I1", 30, "mmie")
    assert grandeur.periodes == ["mois", "trimestre", "semestre", "annee"]
    assert grandeur.niveaux == ["metropole", "ctm", "commune", "arrondissement"]
    assert grandeur.couverture_minimale == 0.8
    first = schemas.DefinitionOut(version=1, valide_du=None, valide_au=None)
    assert (grandeur.definition, grandeur.definitions) == (first, [first])
    again = await indicators.get("/v1/grandeurs/30.I1.a", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_a_share_needs_half_of_the_territory_and_a_count_four_fifths(indicators: httpx2.AsyncClient) -> None:
    least = {code: (await indicators.get(f"/v1/grandeurs/{code}")).json() for code in ("11.I5.a", "11.I3.e")}
    assert {code: said["couverture_minimale"] for code, said in least.items()} == {"11.I5.a": 0.5, "11.I3.e": 0.8}


async def test_the_figures_of_the_plan_come_with_their_fiche_and_page(indicators: httpx2.AsyncClient) -> None:
    served = (await indicators.get("/v1/indicateurs/31.I1")).json()["references"]
    references = [schemas.ReferenceOut.model_validate(each) for each in served]
    hours = next(each for each in references if each.unite == "heures")
    assert (hours.valeur, hours.annee, hours.nature, hours.fiche, hours.page) == (436342, 2020, "reference", 31, 79)
    targets = (await indicators.get("/v1/indicateurs/30.I3")).json()["references"]
    assert [(each["nature"], each["valeur"], each["page"]) for each in targets] == [("cible", 80, 77)]


async def test_the_figures_are_those_of_the_catalogue(
    catalogue: httpx2.AsyncClient, indicators: httpx2.AsyncClient
) -> None:
    for numero in (11, 30, 31):
        told: dict[str, list[Any]] = {}
        for chiffre in (await catalogue.get(f"/v1/fiches/{numero}")).json()["chiffres"]:
            told.setdefault(chiffre["indicateur"], []).append((chiffre["valeur"], chiffre["valeur_max"]))
        for indicateur in (await indicators.get(f"/v1/indicateurs?fiche={numero}")).json()["elements"]:
            detail = (await indicators.get(f"/v1/indicateurs/{indicateur['code']}")).json()
            served = [(each["valeur"], each["valeur_max"]) for each in detail["references"]]
            assert served == told.get(indicateur["code"], [])


async def test_members_come_in_the_order_of_the_contract(indicators: httpx2.AsyncClient) -> None:
    detail = (await indicators.get("/v1/indicateurs/31.I1")).json()
    grandeur = (await indicators.get("/v1/grandeurs/11.I3.a")).json()
    for served, schema in (
        (detail, schemas.IndicateurDetail),
        (detail["grandeurs"][0], schemas.GrandeurOut),
        (detail["references"][0], schemas.ReferenceOut),
        (grandeur, schemas.GrandeurDetail),
        (grandeur["attendu"], schemas.AttenduOut),
        (grandeur["definition"], schemas.DefinitionOut),
        (grandeur["definitions"][0], schemas.DefinitionOut),
    ):
        assert list(served) == list(schema.model_fields)


async def test_fiches_and_axes_filter_the_indicators(indicators: httpx2.AsyncClient) -> None:
    by_fiche = (await indicators.get("/v1/indicateurs?fiche=11")).json()["elements"]
    assert [indicateur["code"] for indicateur in by_fiche] == [f"11.I{rang}" for rang in range(1, 6)]
    by_axis = (await indicators.get("/v1/indicateurs?axe=A,B&limite=200")).json()["elements"]
    assert {indicateur["fiche"] for indicateur in by_axis} == {36, 37, 38}
    both = (await indicators.get("/v1/indicateurs?axe=A,B&fiche=11,37")).json()["elements"]
    assert {indicateur["fiche"] for indicateur in both} == {37}


async def test_natures_filter_the_indicators_that_have_such_a_quantity(indicators: httpx2.AsyncClient) -> None:
    medians = (await indicators.get("/v1/indicateurs?nature=mediane")).json()["elements"]
    assert [indicateur["code"] for indicateur in medians] == ["11.I3"]
    by_nature = {
        nature.value: {
            each["code"] for each in (await indicators.get(f"{ALL}&nature={nature.value}")).json()["elements"]
        }
        for nature in Nature
    }
    assert len(set().union(*by_nature.values())) == 133
    two = (await indicators.get(f"{ALL}&nature=cohorte,texte")).json()["elements"]
    assert {each["code"] for each in two} == by_nature["cohorte"] | by_nature["texte"]


async def test_the_list_comes_by_pages_in_the_order_of_the_plan(indicators: httpx2.AsyncClient) -> None:
    whole = (await indicators.get(ALL)).json()["elements"]
    seen: list[Any] = []
    query = {"limite": "50"}
    while True:
        page = (await indicators.get("/v1/indicateurs", params=query)).json()
        seen += page["elements"]
        if page["curseur_suivant"] is None:
            break
        query["curseur"] = page["curseur_suivant"]
    assert seen == whole
    ranks = [tuple(int(part) for part in each["code"].split(".I")) for each in whole]
    assert ranks == sorted(ranks)


@pytest.mark.parametrize(
    ("path", "status", "code", "suggestion"),
    [
        ("/v1/indicateurs/11.I9", 404, "INDICATEUR_INCONNU", None),
        ("/v1/indicateurs/11.I1.a", 404, "INDICATEUR_INCONNU", None),
        ("/v1/grandeurs/11.I1", 404, "GRANDEUR_INCONNUE", None),
        ("/v1/grandeurs/11.I1.z", 404, "GRANDEUR_INCONNUE", None),
        ("/v1/indicateurs?fiche=99", 422, "CODE_INCONNU", "9"),
        ("/v1/indicateurs?fiche=112", 422, "CODE_INCONNU", "12"),
        ("/v1/indicateurs?fiche=x", 422, "TYPE_INVALIDE", None),
        ("/v1/indicateurs?axe=Z", 422, "CODE_INCONNU", None),
        ("/v1/indicateurs?axe=a", 422, "CODE_INCONNU", "A"),
        ("/v1/indicateurs?nature=fluxx", 422, "VALEUR_INCONNUE", "flux"),
        ("/v1/indicateurs?nature=personne-distincte", 422, "VALEUR_INCONNUE", "personnes-distinctes"),
        ("/v1/indicateurs?natures=flux", 422, "PARAMETRE_INCONNU", "nature"),
        ("/v1/indicateurs?plan=autre", 422, "CODE_INCONNU", None),
        ("/v1/grandeurs/11.I1.a?plan=autre", 422, "CODE_INCONNU", None),
        ("/v1/indicateurs/11.I1?au=hier", 422, "DATE_INVALIDE", None),
    ],
)
async def test_what_is_unknown_is_named_with_what_is_near(
    indicators: httpx2.AsyncClient, path: str, status: int, code: str, suggestion: str | None
) -> None:
    answer = await indicators.get(path)
    assert answer.status_code == status
    problem = answer.json()
    told = {problem["code"]: None} | {fault["code"]: fault.get("suggestion") for fault in problem["erreurs"]}
    assert code in told
    assert told[code] == suggestion


async def test_every_unknown_fiche_and_axis_is_named(indicators: httpx2.AsyncClient) -> None:
    answer = await indicators.get("/v1/indicateurs?fiche=11,98,99&axe=2,Z")
    named = [(fault["champ"], fault["valeur"]) for fault in answer.json()["erreurs"]]
    assert named == [("fiche", "98"), ("fiche", "99"), ("axe", "Z")]


async def test_nothing_was_defined_before_the_plan_was_loaded(indicators: httpx2.AsyncClient) -> None:
    params = {"au": "2020-01-01T00:00:00+01:00"}
    for path in ("/v1/indicateurs/11.I1", "/v1/grandeurs/11.I1.a"):
        assert (await indicators.get(path, params=params)).status_code == 404
