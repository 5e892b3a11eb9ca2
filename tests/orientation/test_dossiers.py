"""Dossiers: an identity comes in and never comes out; facts show their sources; each sees its own territory."""

import asyncio
from typing import Any

import httpx2
import pytest

from services.orientation.app import create_app
from services.orientation.queries.faits import FaitDit
from services.orientation.schemas.dossiers import DossierOut, DossierResume, FaitsDossier
from services.orientation.service.faits import by_preference
from services.orientation.settings import Settings
from shared import clock
from shared.settings import IdentitySettings
from shared.wire import ListeOut
from tests.conftest import Base, client_of
from tests.orientation.desk import agent, faults_of, happened, opened, post, read, someone
from tests.orientation.feeds import fetch, person, push

KEY = agent()
NIR = "1900469382123"
CIVIL = {"nom": "Dupont-Moretti", "prenom": "Zoé", "date_naissance": "1988-02-03", "commune": "69266"}


async def test_a_new_person_has_a_dossier_without_identity(orientation: httpx2.AsyncClient, base: Base) -> None:
    body = {"identite": someone(**CIVIL), "commune": "69266", "faits": {"brsa": True, "soumis_dd": True}}
    answer = await post(orientation, "/v1/dossiers", KEY, body)
    made = DossierOut.model_validate(answer.json())
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/dossiers/{made.id}"
    assert (made.commune, made.ctm, made.etat) == ("69266", "VILLEURBANNE", None)
    assert {each.code: each.valeur for each in made.faits} == {
        "brsa": True,
        "commune_residence_insee": "69266",
        "soumis_dd": True,
    }
    assert made.faits[0].sources[0].source == "agent"
    assert await read(orientation, KEY, f"/v1/dossiers/{made.id}") == answer.json()
    natures = await fetch(base, "SELECT nature FROM identifiant WHERE dossier = $1 ORDER BY 1", made.id)
    assert natures == [("civil",), ("matricule",)]


async def test_the_same_request_again_gives_the_same_answer_and_one_dossier(
    orientation: httpx2.AsyncClient, base: Base
) -> None:
    body = {"identite": someone(), "faits": {"logement": "HEBERGE"}}
    answers = [await post(orientation, "/v1/dossiers", KEY, body, **{"Idempotency-Key": "deux-fois"}) for _ in "ab"]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["idempotent-replayed"] == "true"
    kept = await fetch(base, "SELECT convert_from(corps, 'UTF8') FROM idempotence WHERE cle = 'deux-fois'")
    assert kept == [(f'{{"id": "{answers[0].json()["id"]}"}}',)]


async def test_a_known_person_is_told_with_the_id_to_those_who_may_see_it(orientation: httpx2.AsyncClient) -> None:
    identite = someone()
    code = (await post(orientation, "/v1/dossiers", KEY, {"identite": identite, "commune": "69266"})).json()["id"]
    there, elsewhere = agent(territoires=["VILLEURBANNE"]), agent(territoires=["LYON"])
    for key, commune, told in ((KEY, None, code), (there, "69266", code), (elsewhere, "69123", None)):
        body = {"identite": identite | {"matricule": identite["matricule"] + "00000000"}, "commune": commune}
        answer = await post(orientation, "/v1/dossiers", key, body)
        assert (answer.status_code, answer.json()["code"]) == (409, "DOSSIER_EXISTANT")
        assert answer.json()["id"] == told


async def test_a_person_of_a_feed_is_known_too(orientation: httpx2.AsyncClient, bearer: Any) -> None:
    await push(orientation, bearer("partenaire"), [person(4_242_424, {"brsa": True})], source="connue")
    identite = {"matricule": "4242424", "numorg": "691", "date_naissance": "1990-04-01"}
    answer = await post(orientation, "/v1/dossiers", KEY, {"identite": identite})
    assert (answer.status_code, answer.json()["code"]) == (409, "DOSSIER_EXISTANT")
    shown = await read(orientation, KEY, f"/v1/dossiers/{answer.json()['id']}")
    assert [(each["code"], each["sources"][0]["source"]) for each in shown["faits"]] == [("brsa", "connue")]


async def test_a_name_alone_resembles_until_an_agent_has_looked(orientation: httpx2.AsyncClient) -> None:
    civil = CIVIL | {"prenom": "Ana"}
    first = await post(orientation, "/v1/dossiers", KEY, {"identite": civil})
    again = await post(orientation, "/v1/dossiers", KEY, {"identite": civil | {"prenom": "ANA"}})
    assert (first.status_code, again.status_code, again.json()["code"]) == (201, 409, "DOSSIER_RESSEMBLANT")
    assert again.json()["id"] == first.json()["id"]
    other = await post(orientation, "/v1/dossiers", KEY, {"identite": civil, "personne_distincte": True})
    assert other.status_code == 201


async def test_one_person_given_at_once_by_four_has_one_dossier(orientation: httpx2.AsyncClient) -> None:
    body = {"identite": someone()}
    answers = await asyncio.gather(*(post(orientation, "/v1/dossiers", KEY, body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_every_fault_of_a_new_dossier_is_named_and_no_value_is_told(orientation: httpx2.AsyncClient) -> None:
    identite = {"nir": "190046938212300", "matricule": "sans numéro", "nom": "12", "date_naissance": "1990-02-30"}
    faits = {
        "logement": "Chez Zoé Dupont",
        "brsa": "oui",
        "Zoé Dupont": 1,
        "iban": "FR76",
        "date_reference": "2026-01-01",
    }
    body = {"identite": identite, "faits": faits | {"date_naissance": "2999-01-01"}}
    answer = await post(orientation, "/v1/dossiers", KEY, body)
    assert answer.status_code == 422
    assert sorted(faults_of(answer)) == [
        ("/faits/?", "CHAMP_INCONNU"),
        ("/faits/brsa", "TYPE_INVALIDE"),
        ("/faits/date_naissance", "HORS_BORNES"),
        ("/faits/date_reference", "CHAMP_REFUSE"),
        ("/faits/iban", "CHAMP_REFUSE"),
        ("/faits/logement", "VALEUR_INCONNUE"),
        ("/identite/date_naissance", "DATE_INVALIDE"),
        ("/identite/matricule", "VALEUR_INVALIDE"),
        ("/identite/nir", "VALEUR_INVALIDE"),
        ("/identite/nom", "VALEUR_INVALIDE"),
    ]
    for secret in ("Zoé", "Dupont", "FR76", "1900469", "sans num"):
        assert secret not in answer.text


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"identite": {}}, ("/identite", "IDENTITE_INSUFFISANTE")),
        ({"identite": {"nom": "A"}}, ("/identite", "IDENTITE_INSUFFISANTE")),
        ({"identite": {"nir": NIR}, "faits": {"brsa": False}}, ("/identite/nir", "CHAMP_REFUSE")),
        ({"identite": {"adresse": "x"}}, ("/identite/adresse", "CHAMP_INCONNU")),
        ({"identite": None}, ("/identite", "TYPE_INVALIDE")),
        ({}, ("/identite", "CHAMP_REQUIS")),
        ({"identite": {"nom": 3}}, ("/identite/nom", "TYPE_INVALIDE")),
        ({"identite": someone(), "commune": "Lyon"}, ("/faits/commune_residence_insee", "VALEUR_INVALIDE")),
        (
            {"identite": someone(), "commune": "69123", "faits": {"commune_residence_insee": "69266"}},
            ("/commune", "VALEUR_INVALIDE"),
        ),
    ],
)
async def test_a_dossier_that_cannot_be_is_refused_by_name(
    orientation: httpx2.AsyncClient, body: Any, fault: tuple[str, str]
) -> None:
    answer = await post(orientation, "/v1/dossiers", KEY, body)
    assert (answer.status_code, faults_of(answer)) == (422, [fault])


async def test_an_agent_opens_no_dossier_out_of_its_territory(orientation: httpx2.AsyncClient) -> None:
    key = agent(territoires=["LYON"])
    for commune in ("69266", None):
        answer = await post(orientation, "/v1/dossiers", key, {"identite": someone(), "commune": commune})
        assert (answer.status_code, answer.json()["code"]) == (403, "DROIT_INSUFFISANT")
    assert (await post(orientation, "/v1/dossiers", key, {"identite": someone(), "commune": "69387"})).is_success


async def test_another_territory_s_person_is_not_found(orientation: httpx2.AsyncClient) -> None:
    code = await opened(orientation, KEY, commune="69266")
    elsewhere = agent(territoires=["LYON"])
    seen = await orientation.get(f"/v1/dossiers/{code}", headers=elsewhere)
    assert (seen.status_code, seen.json()["code"]) == (404, "DOSSIER_INCONNU")
    told = await post(orientation, f"/v1/dossiers/{code}/faits", elsewhere, {"faits": {"brsa": True}})
    assert told.status_code == 404
    for key in (agent(territoires=["69266"]), agent(territoires=["69M"]), agent(territoires=["VILLEURBANNE"])):
        assert (await orientation.get(f"/v1/dossiers/{code}", headers=key)).status_code == 200


async def test_those_who_keep_no_dossier_open_none(orientation: httpx2.AsyncClient, bearer: Any) -> None:
    code = await opened(orientation, KEY)
    for role in ("lecteur", "partenaire", "pilote", "admin"):
        for path in ("/v1/dossiers", f"/v1/dossiers/{code}", f"/v1/dossiers/{code}/evenements"):
            assert (await orientation.get(path, headers=bearer(role))).status_code == 403


async def test_the_list_is_filtered_and_holds_each_dossier_once(orientation: httpx2.AsyncClient) -> None:
    here = agent(territoires=["69256"])
    codes = sorted([await opened(orientation, here, commune="69256") for _ in range(5)])
    await happened(orientation, here, codes[1], {"date": "2026-01-05", "type": "signalement"})
    await happened(orientation, here, codes[3], {"date": "2026-01-05", "type": "signalement"})
    whole = ListeOut[DossierResume].model_validate(await read(orientation, here, "/v1/dossiers"))
    assert ([each.id for each in whole.elements], whole.total) == (codes, 5)
    seen: list[str] = []
    curseur: str | None = ""
    while curseur is not None:
        page = await read(orientation, here, "/v1/dossiers?limite=2" + (curseur and f"&curseur={curseur}"))
        seen, curseur = [*seen, *(each["id"] for each in page["elements"])], page["curseur_suivant"]
    assert seen == codes
    found = await read(orientation, here, "/v1/dossiers?etat=SIGNALE,CONVOQUE&limite=1")
    assert ([each["id"] for each in found["elements"]], found["total"]) == ([codes[1]], None)
    more = await read(
        orientation, here, f"/v1/dossiers?etat=SIGNALE,CONVOQUE&limite=1&curseur={found['curseur_suivant']}"
    )
    assert [each["id"] for each in more["elements"]] == [codes[3]]
    assert (await read(orientation, here, "/v1/dossiers?commune=69266"))["elements"] == []
    assert len((await read(orientation, KEY, "/v1/dossiers?commune=69256&ctm=RHONE_AMONT"))["elements"]) == 5
    wrong = await orientation.get("/v1/dossiers?etat=SIGNALEE&nom=Zoe", headers=here)
    assert {champ for champ, _ in faults_of(wrong)} == {"etat", "nom"}


async def test_the_facts_of_an_agent_stand_beside_those_of_partners(
    orientation: httpx2.AsyncClient, bearer: Any
) -> None:
    row = person(5_151_515, {"brsa": True, "droit_travail": True, "commune_residence_insee": "69266"})
    await push(orientation, bearer("partenaire"), [row], source="caf-cote")
    known = await post(orientation, "/v1/dossiers", KEY, {"identite": row["identite"]})
    code = known.json()["id"]
    body = {"faits": {"droit_travail": False, "disponible_emploi": None, "langue": "IMPACT_FORT"}}
    answer = await post(orientation, f"/v1/dossiers/{code}/faits", KEY, body)
    told = {each.code: each for each in FaitsDossier.model_validate(answer.json()).faits}
    assert answer.status_code == 201
    assert (told["droit_travail"].valeur, told["droit_travail"].en_conflit) == (False, True)
    assert [each.source for each in told["droit_travail"].sources] == ["agent", "caf-cote"]
    assert (told["disponible_emploi"].valeur, told["disponible_emploi"].en_conflit) == (None, False)
    assert told["langue"].sources[0].confirme
    assert set(await read(orientation, KEY, f"/v1/dossiers/{code}")) == set(DossierOut.model_fields)


async def test_an_older_statement_never_takes_the_place_of_a_newer_one(orientation: httpx2.AsyncClient) -> None:
    code = await opened(orientation, KEY, faits={"logement": "STABLE"})
    body = {"faits": {"logement": "SANS_LOGEMENT"}, "constate_le": "2025-01-01T10:00:00+01:00"}
    late = await post(orientation, f"/v1/dossiers/{code}/faits", KEY, body)
    assert (late.status_code, late.json()["code"]) == (409, "FAIT_PERIME")
    assert faults_of(late) == [("/faits/logement", "EXTRACTION_ANCIENNE")]
    future = await post(orientation, f"/v1/dossiers/{code}/faits", KEY, body | {"constate_le": "2999-01-01T00:00:00Z"})
    assert (future.status_code, faults_of(future)) == (422, [("/constate_le", "HORS_BORNES")])
    empty = await post(orientation, f"/v1/dossiers/{code}/faits", KEY, {"faits": {}})
    assert (empty.status_code, faults_of(empty)) == (422, [("/faits", "LONGUEUR_INVALIDE")])


async def test_a_status_that_an_agent_changes_is_an_event(orientation: httpx2.AsyncClient) -> None:
    code = await opened(orientation, KEY, faits={"brsa": True, "soumis_dd": False})
    for faits in ({"brsa": True}, {"soumis_dd": True}, {"logement": "STABLE"}):
        await post(orientation, f"/v1/dossiers/{code}/faits", KEY, {"faits": faits})
    told = (await read(orientation, KEY, f"/v1/dossiers/{code}/evenements"))["elements"]
    assert [(each["type"], each["contenu"]["soumis_dd"]) for each in told] == [("statut", False), ("statut", True)]


async def test_a_status_that_comes_and_goes_in_a_day_makes_no_double(orientation: httpx2.AsyncClient) -> None:
    code = await opened(orientation, KEY, faits={"brsa": True})
    for brsa in (False, True, True):
        body = {"faits": {"brsa": brsa}}
        assert (await post(orientation, f"/v1/dossiers/{code}/faits", KEY, body)).is_success
    shown = await read(orientation, KEY, f"/v1/dossiers/{code}")
    assert (shown["anomalies"], (await read(orientation, KEY, f"/v1/dossiers/{code}/evenements"))["total"]) == ([], 2)


async def test_without_the_key_of_identities_no_dossier_is_opened(base: Base, identity: IdentitySettings) -> None:
    settings = Settings(database_url=base.url_of("orientation"), identity=identity)
    async with client_of(create_app(settings)) as client:
        answer = await post(client, "/v1/dossiers", KEY, {"identite": someone()})
        assert (answer.status_code, answer.json()["code"]) == (503, "CLE_IDENTITE_ABSENTE")
        assert (await client.get("/v1/dossiers", headers=KEY)).status_code == 200


async def test_thousands_of_faults_are_a_short_answer(orientation: httpx2.AsyncClient) -> None:
    faits = {f"inconnu_{rank}": rank for rank in range(20_000)}
    for body in ({"identite": someone(), "faits": faits}, {"identite": someone(), **faits}):
        answer = await post(orientation, "/v1/dossiers", KEY, body)
        assert answer.status_code == 422
        assert len(answer.json()["erreurs"]) <= 1_000


async def test_moving_follows_what_is_confirmed(orientation: httpx2.AsyncClient) -> None:
    code = await opened(orientation, KEY, commune="69266")
    for commune, confirme, expected in (("69123", False, "69266"), ("69123", True, "69123"), ("38185", True, "38185")):
        body = {"faits": {"commune_residence_insee": commune}, "confirme": confirme}
        assert (await post(orientation, f"/v1/dossiers/{code}/faits", KEY, body)).is_success
        assert (await read(orientation, KEY, f"/v1/dossiers/{code}"))["commune"] == expected
    assert (await read(orientation, KEY, f"/v1/dossiers/{code}"))["ctm"] is None


def test_confirmed_comes_first_then_the_newest_and_a_retraction_takes_back_its_own_alone() -> None:
    now = clock.now()
    old = now.replace(year=now.year - 1)

    def said(source: str, valeur: Any, confirme: bool, when: Any) -> FaitDit:
        return FaitDit("logement", source, "x", valeur, confirme, when, when)

    declared, older, newest = (
        said("a", "STABLE", False, now),
        said("b", "HEBERGE", True, old),
        said("c", None, True, now),
    )
    derived = FaitDit("logement", "dossier", "evenements", "TEMPORAIRE", True, None, None)
    for given in ([declared, older, newest, derived], [derived, newest, older, declared]):
        assert by_preference(given)["logement"] == [older, declared, derived, newest]
