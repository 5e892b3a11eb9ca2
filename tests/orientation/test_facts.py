"""Pathways and facts of the RIO, as reviewed files say them."""

import httpx2

from services.orientation.schemas.faits import FaitOut, ParcoursOut
from shared.wire import ListeOut

OBSTACLES = ["logement", "sante", "mobilite", "famille", "finances", "administratif", "langue", "numerique"]


async def read_faits(orientation: httpx2.AsyncClient, query: str = "") -> ListeOut[FaitOut]:
    answer = await orientation.get(f"/v1/faits?limite=200{query}")
    assert answer.status_code == 200, answer.text
    return ListeOut[FaitOut].model_validate_json(answer.content)


async def test_the_six_pathways_and_the_three_other_issues_are_listed(orientation: httpx2.AsyncClient) -> None:
    answer = await orientation.get("/v1/parcours")
    parcours = ListeOut[ParcoursOut].model_validate_json(answer.content).elements
    assert [(p.code, p.nature.value) for p in parcours] == [
        ("EMPLOI", "parcours"),
        ("SOCIO_PRO", "parcours"),
        ("SOCIAL", "parcours"),
        ("TNS", "parcours"),
        ("JEUNES", "parcours"),
        ("ACCES_DROITS", "parcours"),
        ("A_DETERMINER", "issue"),
        ("HORS_TERRITOIRE", "issue"),
        ("HORS_CHAMP", "issue"),
    ]
    only = await orientation.get("/v1/parcours?nature=issue")
    assert only.json()["total"] == 3


async def test_only_the_reference_date_is_always_needed(orientation: httpx2.AsyncClient) -> None:
    faits = (await read_faits(orientation)).elements
    assert [fait.code for fait in faits if fait.obligatoire] == ["date_reference"]
    assert len(faits) == 32


async def test_the_eight_obstacles_have_levels_and_only_housing_and_health_block(
    orientation: httpx2.AsyncClient,
) -> None:
    freins = (await read_faits(orientation, "&frein=true")).elements
    assert [frein.code for frein in freins] == OBSTACLES
    worst = {frein.code: max(valeur.niveau or 0 for valeur in frein.valeurs) for frein in freins}
    assert {code for code, level in worst.items() if level == 3} == {"logement", "sante"}
    assert worst["numerique"] == 1


async def test_types_filter_the_facts(orientation: httpx2.AsyncClient) -> None:
    dates = (await read_faits(orientation, "&type=date")).elements
    assert {fait.code for fait in dates} == {"date_reference", "date_naissance", "date_notification_sdd"}
    assert all(not fait.valeurs for fait in dates)
