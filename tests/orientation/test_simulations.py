"""Simulations of rule sets: what would change, on which cases, telling of nobody, writing almost nothing."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from services.orientation.schemas.simulations import SimulationOut
from tests.conftest import Base
from tests.orientation.drafts import FIRST, PATH, Key, codes, draft, edit, in_days, post, with_value
from tests.orientation.feeds import fetch, person, push
from tests.orientation.test_regles import CASES

SIMULATIONS = "/v1/simulations"
SITUATION = {"commune_residence_insee": "69266", "brsa": True, "activite_non_salariee": "AUCUNE"}
YOUNG = {**SITUATION, "date_reference": "2026-03-02", "date_naissance": "2002-03-01"}
OLDER = {**SITUATION, "date_reference": "2026-03-02", "date_naissance": "1980-03-01"}


@pytest.fixture(scope="module")
def pilot(bearer: Callable[[str], Key]) -> Key:
    return bearer("pilote")


async def simulate(client: httpx2.AsyncClient, key: Key, **body: Any) -> httpx2.Response:
    return await client.post(SIMULATIONS, json=body, headers=key)


async def candidate(client: httpx2.AsyncClient, key: Key, version: str) -> dict[str, Any]:
    """A draft whose young people are younger."""
    made = await draft(client, key, version=version)
    found: dict[str, Any] = (await edit(client, key, with_value(made, "age_jeunes_max", 20))).json()
    return found


async def test_the_cases_that_change_are_shown_before_and_after(orientation: httpx2.AsyncClient, pilot: Key) -> None:
    made = await candidate(orientation, pilot, "rio-simule.1")
    cases = [{"ref": "jeune", "faits": YOUNG}, {"ref": "autre", "faits": OLDER}, {"faits": {**YOUNG, "brsa": None}}]
    answer = await simulate(orientation, pilot, version="rio-simule.1", cas=cases)
    assert answer.status_code == 200, answer.text
    found = SimulationOut.model_validate_json(answer.content)
    assert (found.total, found.changes, found.inchanges, found.injouables) == (3, 2, 1, 0)
    assert (found.version, found.empreinte, found.reference) == ("rio-simule.1", made["empreinte"], [FIRST])
    assert found.matrice == {"A_DETERMINER": {"A_DETERMINER": 1}, "JEUNES": {"A_DETERMINER": 2}}
    assert [each.ref for each in found.changements] == ["jeune", None]
    first = found.changements[0]
    assert (first.avant.parcours, first.apres.parcours) == ("JEUNES", "A_DETERMINER")
    assert (first.avant.motifs, first.apres.motifs) == (["D3"], ["M0", "X_INDETERMINE"])
    assert [(each.avant["modalite"], each.apres["modalite"], each.nombre) for each in found.groupes] == [
        ("DIRECTE", "RIO_COLLECTIVE", 2)
    ]
    assert "2002-03-01" not in answer.text


async def test_a_simulation_is_noted_with_the_draft_whose_content_it_played(
    orientation: httpx2.AsyncClient, base: Base, pilot: Key
) -> None:
    made = await candidate(orientation, pilot, "rio-simule.2")
    before = await fetch(base, "SELECT count(*) FROM idempotence")
    suite = (await simulate(orientation, {**pilot, "Idempotency-Key": "ignoree"}, version="rio-simule.2")).json()
    assert (suite["population"], suite["total"], suite["enregistree"]) == ("suite", len(CASES), True)
    assert await fetch(base, "SELECT count(*) FROM idempotence") == before
    noted = (await orientation.get(f"{PATH}/rio-simule.2", headers=pilot)).json()
    assert noted["vie"]["simulation"]["empreinte"] == made["empreinte"]
    assert noted["vie"]["simulation"]["changes"] == suite["changes"] > 0
    assert noted["empreinte"] == made["empreinte"]


async def test_a_whole_set_is_simulated_without_being_kept(
    orientation: httpx2.AsyncClient, base: Base, pilot: Key
) -> None:
    read = (await orientation.get(f"{PATH}/{FIRST}")).json()
    before = await fetch(base, "SELECT * FROM jeu_regles ORDER BY version")
    inline = with_value({**read, "version": "rio-jamais.1"}, "age_jeunes_max", 20)
    answer = await simulate(orientation, pilot, jeu=inline, cas=[{"ref": "jeune", "faits": YOUNG}])
    assert (answer.status_code, answer.json()["changes"], answer.json()["enregistree"]) == (200, 1, False)
    assert await fetch(base, "SELECT * FROM jeu_regles ORDER BY version") == before
    same = await simulate(orientation, pilot, version=FIRST)
    assert (same.json()["changes"], same.json()["enregistree"]) == (0, False)
    wrong = await simulate(orientation, pilot, jeu={**inline, "regles": inline["regles"][:-1]})
    assert codes(wrong) == [("/jeu/regles", "REGLE_REQUISE")]


async def test_what_is_known_of_persons_is_played_without_telling_of_anybody(
    orientation: httpx2.AsyncClient, base: Base, pilot: Key, bearer: Callable[[str], Key]
) -> None:
    rows = [person(number, {**SITUATION, "date_naissance": f"{year}-04-01"}) for number, year in ((1, 2003), (2, 1980))]
    for row in rows:
        row["identite"]["date_naissance"] = row["faits"]["date_naissance"]
    pushed = await push(orientation, bearer("partenaire"), rows)
    assert pushed.status_code == 200, pushed.text
    await candidate(orientation, pilot, "rio-simule.3")
    answer = await simulate(orientation, pilot, version="rio-simule.3", population="dossiers")
    found = SimulationOut.model_validate_json(answer.content)
    assert (found.total, found.changes, found.changements) == (2, 1, [])
    assert (found.population, found.enregistree) == ("dossiers", True)
    assert found.matrice == {"A_DETERMINER": {"A_DETERMINER": 1}, "JEUNES": {"A_DETERMINER": 1}}
    assert sum(group.nombre for group in found.groupes) == 1
    dossiers = [row[0] for row in await fetch(base, "SELECT id FROM dossier")]
    assert not [each for each in [*dossiers, "2003-04-01", "1980-04-01"] if each in answer.text]
    later = await simulate(
        orientation, pilot, version="rio-simule.3", population="dossiers", date_reference=in_days(20_000)
    )
    assert later.json()["changes"] == 0, "nobody is young for ever"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("/version", "CHAMP_REQUIS")]),
        ({"version": FIRST, "jeu": {}}, [("/version", "CHAMP_REQUIS")]),
        ({"version": FIRST, "population": "cas"}, [("/cas", "CHAMP_REQUIS")]),
        ({"version": FIRST, "population": "suite", "cas": [{"faits": YOUNG}]}, [("/cas", "VALEUR_INVALIDE")]),
        ({"version": FIRST, "population": "tous"}, [("/population", "VALEUR_INCONNUE")]),
        ({"version": FIRST, "cas": []}, [("/cas", "LONGUEUR_INVALIDE")]),
        ({"version": FIRST, "date_reference": "2026-01-01"}, [("/date_reference", "VALEUR_INVALIDE")]),
        (
            {"version": FIRST, "population": "dossiers", "date_reference": "2151-01-01"},
            [("/date_reference", "HORS_BORNES")],
        ),
        (
            {"version": FIRST, "cas": [{"faits": {"brsa": 1}}, 7, {"faits": YOUNG, "nom": "x"}]},
            [
                ("/cas/0/faits/brsa", "TYPE_INVALIDE"),
                ("/cas/0/faits/date_reference", "CHAMP_REQUIS"),
                ("/cas/1", "TYPE_INVALIDE"),
                ("/cas/2", "CHAMP_INCONNU"),
            ],
        ),
    ],
)
async def test_a_simulation_that_cannot_be_is_refused_by_name(
    orientation: httpx2.AsyncClient, pilot: Key, body: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    answer = await simulate(orientation, pilot, **body)
    assert answer.status_code == 422, answer.text
    assert codes(answer) == expected


async def test_only_those_who_write_rules_simulate_them(
    orientation: httpx2.AsyncClient, pilot: Key, bearer: Callable[[str], Key]
) -> None:
    assert (await simulate(orientation, {}, version=FIRST)).status_code == 401
    assert (await simulate(orientation, bearer("agent"), version=FIRST)).status_code == 403
    absent = await simulate(orientation, pilot, version="rio-absent")
    assert (absent.status_code, absent.json()["code"]) == (404, "REGLES_INCONNUES")
    unplayable = await post(orientation, SIMULATIONS, pilot, {"version": FIRST, "cas": [{"faits": YOUNG}]})
    assert unplayable.json()["injouables"] == 0
