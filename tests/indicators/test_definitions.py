"""The definitions of the indicators: codes and official labels, the same as the catalogue's."""

import httpx2
import pytest

from services.indicators.schemas import IndicateurDefinition
from shared.wire import ListeOut


async def test_the_133_indicators_are_defined_as_the_fiches_word_them(
    catalogue: httpx2.AsyncClient, indicators: httpx2.AsyncClient
) -> None:
    answer = await indicators.get("/v1/indicateurs?limite=200")
    defined = ListeOut[IndicateurDefinition].model_validate_json(answer.content)
    assert defined.total == len(defined.elements) == 133
    labels = {indicateur.code: indicateur.libelle for indicateur in defined.elements}
    for numero in range(1, 39):
        fiche = (await catalogue.get(f"/v1/fiches/{numero}")).json()
        for indicateur in fiche["indicateurs"]:
            assert labels.pop(indicateur["code"]) == indicateur["libelle"]
    assert not labels


async def test_one_indicator_is_read_by_its_code(indicators: httpx2.AsyncClient) -> None:
    answer = await indicators.get("/v1/indicateurs/11.I1")
    indicateur = IndicateurDefinition.model_validate_json(answer.content)
    assert (indicateur.fiche, indicateur.axe) == (11, "2")
    again = await indicators.get("/v1/indicateurs/11.I1", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_fiches_and_axes_filter_the_indicators(indicators: httpx2.AsyncClient) -> None:
    by_fiche = (await indicators.get("/v1/indicateurs?fiche=11")).json()["elements"]
    assert [indicateur["code"] for indicateur in by_fiche] == [f"11.I{rang}" for rang in range(1, 6)]
    by_axis = (await indicators.get("/v1/indicateurs?axe=A,B&limite=200")).json()["elements"]
    assert {indicateur["fiche"] for indicateur in by_axis} == {36, 37, 38}


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/indicateurs/11.I9", 404, "INDICATEUR_INCONNU"),
        ("/v1/indicateurs?fiche=99", 422, "CODE_INCONNU"),
        ("/v1/indicateurs?fiche=x", 422, "TYPE_INVALIDE"),
        ("/v1/indicateurs?axe=Z", 422, "CODE_INCONNU"),
        ("/v1/indicateurs?nature=flux", 422, "PARAMETRE_INCONNU"),
        ("/v1/indicateurs?plan=autre", 422, "CODE_INCONNU"),
    ],
)
async def test_what_is_unknown_is_named(indicators: httpx2.AsyncClient, path: str, status: int, code: str) -> None:
    answer = await indicators.get(path)
    assert answer.status_code == status
    problem = answer.json()
    assert code in (problem["code"], *(fault["code"] for fault in problem["erreurs"]))
