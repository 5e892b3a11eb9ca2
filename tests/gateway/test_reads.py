"""Every read of the contract, through the door: what it answers, how it is kept, and who may."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.gateway.contract import OPERATIONS, faults_of
from tests.gateway.seeding import PUBLISHED, example_of, key_of, role_for, seed, wait_sent
from tests.gateway.test_door import check_problem, lasting
from tests.processes import Door

JSON = "application/json"
READS = [name.removeprefix("GET ") for name in OPERATIONS if name.startswith("GET ")]
PUBLIC = [path for path in READS if not OPERATIONS[f"GET {path}"]["security"] and path.startswith("/v1/")]
PRIVATE = [path for path in READS if OPERATIONS[f"GET {path}"]["security"]]
CLOSED = [name for name, operation in OPERATIONS.items() if operation["security"]]


def forms_of(path: str) -> dict[str, Any]:
    """Return the schema of each form in which ``path`` is described."""
    described: dict[str, Any] = OPERATIONS[f"GET {path}"]["responses"]["200"]["content"]
    return {media_type: form["schema"] for media_type, form in described.items()}


FORMS = [(path, media_type) for path in READS for media_type in forms_of(path)]


@pytest.fixture(scope="module")
def client(door: Door) -> Iterator[httpx2.Client]:
    with door.client() as client:
        seed(door, client)
        yield client


def read(door: Door, client: httpx2.Client, path: str, **headers: str) -> httpx2.Response:
    """Read an example of ``path`` with the key that it needs."""
    answer = client.get(example_of(door, client, path), headers=key_of(door, f"GET {path}") | headers)
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize(("path", "media_type"), FORMS)
def test_every_read_answers_what_the_contract_describes(
    door: Door, client: httpx2.Client, path: str, media_type: str
) -> None:
    answer = read(door, client, path, Accept=media_type)
    assert answer.headers["content-type"].partition(";")[0] == media_type
    assert answer.content
    if media_type == JSON:
        assert faults_of(answer.json(), forms_of(path)[media_type]) == []


def test_figures_of_the_orientation_reach_the_indicators(door: Door, client: httpx2.Client) -> None:
    sent = wait_sent(door, client)
    assert [(each["mois"], each["rejetees"], each["statut"]) for each in sent] == [("2025-02", 0, 200)]
    figures = client.get(
        "/v1/statistiques/rio?debut=2025-02-01&fin=2025-02-28&perimetre=TOUS", headers=door.bearer("pilote")
    ).json()
    assert figures["statut_inconnu"] == 1
    raw = client.get("/v1/mesures/11.I3.e/69M/2025-02?source=orientation", headers=door.bearer("pilote"))
    assert (raw.status_code, raw.json()["valeur"]) == (200, 0)


def test_what_was_given_is_what_the_examples_show(door: Door, client: httpx2.Client) -> None:
    for path in ("/v1/lots", "/v1/lots/{id}/rejets", "/v1/mesures", "/v1/verrous", "/v1/millesimes", "/v1/sources"):
        assert read(door, client, path).json()["elements"]
    frozen = client.get(f"{PUBLISHED}&millesime=bilan-2025").json()
    assert [cell["valeur"] for cell in frozen["elements"]] == [12]


@pytest.mark.parametrize("path", PUBLIC)
def test_every_public_read_says_its_etag_and_spares_who_has_it(door: Door, client: httpx2.Client, path: str) -> None:
    answer = read(door, client, path)
    assert not answer.headers["etag"].startswith("W/")
    assert answer.headers["cache-control"] == "no-cache"
    again = client.get(answer.url, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == answer.headers["etag"]


@pytest.mark.parametrize("path", PRIVATE)
def test_what_needs_a_key_is_kept_by_no_one_on_the_way(door: Door, client: httpx2.Client, path: str) -> None:
    answer = read(door, client, path)
    assert answer.headers["cache-control"] == "no-store"
    for _ in range(2):
        check_problem(client.get(answer.url), 401, "NON_AUTHENTIFIE")
        assert read(door, client, path).content == answer.content


@pytest.mark.parametrize("name", CLOSED)
def test_whatever_needs_a_right_is_refused_without_it(door: Door, client: httpx2.Client, name: str) -> None:
    method, _, path = name.partition(" ")
    check_problem(client.request(method, path), 401, "NON_AUTHENTIFIE")
    refused = client.request(method, path, content=b"{", headers=door.bearer("lecteur"))
    problem = check_problem(refused, 403, "DROIT_INSUFFISANT")
    assert role_for(OPERATIONS[name]) not in (None, "lecteur")
    assert problem["detail"]


@pytest.mark.parametrize("path", READS)
def test_head_of_every_read_says_what_get_says_without_the_body(door: Door, client: httpx2.Client, path: str) -> None:
    got = read(door, client, path)
    head = client.head(got.url, headers=key_of(door, f"GET {path}"))
    assert (head.status_code, head.content) == (200, b"")
    assert lasting(head) == lasting(got)


@pytest.mark.parametrize("path", [path for path in READS if not path.startswith("/sante/")])
def test_every_read_refuses_a_parameter_it_does_not_know(door: Door, client: httpx2.Client, path: str) -> None:
    example = read(door, client, path).url
    answer = client.get(example.copy_add_param("inconnu", "1"), headers=key_of(door, f"GET {path}"))
    problem = check_problem(answer, 422, "DONNEES_REFUSEES")
    assert [(fault["champ"], fault["code"]) for fault in problem["erreurs"]] == [("inconnu", "PARAMETRE_INCONNU")]


@pytest.mark.parametrize("path", [path for path in READS if "{" in path])
def test_what_does_not_exist_is_a_404(door: Door, client: httpx2.Client, path: str) -> None:
    example = example_of(door, client, path)
    name = path[path.index("{") + 1 : path.index("}")]
    missing = path.replace(f"{{{name}}}", "introuvable")
    parts = zip(missing.split("/"), example.split("/"), strict=True)
    absent = "/".join(shown if part.startswith("{") else part for part, shown in parts)
    answer = client.get(absent, headers=key_of(door, f"GET {path}"))
    assert answer.status_code in (404, 422)
    check_problem(answer, answer.status_code, answer.json()["code"])


def test_the_key_that_reads_raw_values_gets_them_unkept_and_the_others_never_do(
    door: Door, client: httpx2.Client
) -> None:
    pilot = door.bearer("pilote")
    for media_type in forms_of("/v1/valeurs"):
        raw = client.get(PUBLISHED, headers=pilot | {"Accept": media_type})
        public = client.get(PUBLISHED, headers={"Accept": media_type})
        assert (raw.status_code, raw.headers["cache-control"]) == (200, "no-store")
        assert (public.status_code, public.headers["cache-control"]) == (200, "no-cache")
        assert {"accept", "authorization"} <= {name.strip().lower() for name in public.headers["vary"].split(",")}
        spared = client.get(PUBLISHED, headers={"Accept": media_type, "If-None-Match": public.headers["etag"]})
        assert (spared.status_code, spared.content) == (304, b"")
    etags = {client.get(PUBLISHED, headers={"Accept": each}).headers["etag"] for each in forms_of("/v1/valeurs")}
    assert len(etags) == len(forms_of("/v1/valeurs"))
