"""Whatever is sent to the indicators, or to what follows orientations, is answered as the contract says."""

from collections.abc import Iterator

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings

from tests.gateway.contract import OPERATIONS, faults_of
from tests.gateway.hostile import ORIENTATION, Requete, requetes
from tests.gateway.seeding import NEW, post, seed
from tests.processes import Door

PROBLEM = {"$ref": "#/components/schemas/Probleme"}
OTHER_PATH = {404, 405}
"""What a part of a path may become when it holds a slash or a dot."""


@pytest.fixture(scope="module")
def client(embedded_door: Door) -> Iterator[httpx2.Client]:
    with embedded_door.client() as client:
        seed(embedded_door, client)
        yield client


def send(door: Door, client: httpx2.Client, requete: Requete) -> httpx2.Response:
    credential = door.bearer(requete.role) if requete.role else {}
    bearer = [(name.lower().encode(), value.encode()) for name, value in credential.items()]
    method = requete.name.partition(" ")[0]
    return client.request(method, requete.path, headers=requete.headers + bearer, content=requete.body)


def check_answer(requete: Requete, answer: httpx2.Response) -> None:
    """Check that ``answer`` is one that the contract describes, and never the product's own failure."""
    assert answer.status_code < 500, answer.text
    assert "x-evil" not in answer.headers
    described = OPERATIONS[requete.name]["responses"]
    media_type = answer.headers.get("content-type", "").partition(";")[0]
    if answer.status_code >= 400:
        assert media_type == "application/problem+json"
        assert faults_of(answer.json(), PROBLEM) == []
        assert answer.json()["status"] == answer.status_code
        assert str(answer.status_code) in described or answer.status_code in OTHER_PATH, answer.text
    else:
        content = described[str(answer.status_code)]["content"]
        assert media_type in content
        assert media_type != "application/json" or faults_of(answer.json(), content[media_type]["schema"]) == []


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(requete=requetes())
def test_no_request_is_the_product_s_own_failure(embedded_door: Door, client: httpx2.Client, requete: Requete) -> None:
    check_answer(requete, send(embedded_door, client, requete))
    assert client.get("/sante/vivant").status_code == 200


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(requete=requetes(ORIENTATION))
def test_no_request_to_the_orientation_is_its_own_failure(
    embedded_door: Door, client: httpx2.Client, requete: Requete
) -> None:
    check_answer(requete, send(embedded_door, client, requete))
    assert client.get("/sante/vivant").status_code == 200


EARLIEST, LATEST = "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"


@pytest.mark.parametrize("path", ["/v1/valeurs?grandeur=30.I1.a", "/v1/mesures?limite=1", "/v1/cibles?limite=1"])
@pytest.mark.parametrize("name", ["modifie_depuis", "au"])
@pytest.mark.parametrize("instant", [EARLIEST, LATEST])
def test_an_instant_that_no_clock_told_is_refused(
    embedded_door: Door, client: httpx2.Client, path: str, name: str, instant: str
) -> None:
    url = httpx2.URL(path).copy_add_param(name, instant)
    answer = client.get(url, headers=embedded_door.bearer("pilote"))
    assert (answer.status_code, answer.json()["code"]) == (422, "DONNEES_REFUSEES"), answer.text


@pytest.mark.parametrize("au", [EARLIEST, LATEST, "0001-01-01T00:00:00-23:59"])
def test_a_publication_of_before_any_clock_is_not_frozen(embedded_door: Door, client: httpx2.Client, au: str) -> None:
    body = {"nom": "avant-tout", "libelle": "Avant tout", "au": au}
    answer = post(client, "/v1/millesimes", embedded_door.bearer("pilote"), json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "DONNEES_REFUSEES"), answer.text


@pytest.mark.parametrize(("debut", "fin"), [("0001-01-01", "2001-01-01"), ("2001-01-01", "9999-12-31")])
def test_the_first_and_the_last_day_stay_days(embedded_door: Door, client: httpx2.Client, debut: str, fin: str) -> None:
    pilot, days = embedded_door.bearer("pilote"), {"valide_du": debut, "valide_au": fin}
    lock = {"codes": ["38"], "debut": debut, "fin": fin, "motif": "Un essai"}
    source = {"references": [{"indicateur": "38.I1", **days}]}
    made = [
        post(client, "/v1/verrous", pilot, json=lock),
        client.put(f"/v1/sources/s{debut}", json=source, headers=pilot | NEW),
    ]
    shown = [(each.status_code, "infinity" in each.text) for each in made]
    assert set(shown) <= {(201, False), (422, False), (409, False)}, [each.text for each in made]
