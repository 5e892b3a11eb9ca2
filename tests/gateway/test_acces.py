"""Partner keys: shown once, restricted, renewed with two live, revoked; services see tokens of the door, never keys."""

import json
import secrets
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from gateway.service import FORM
from shared import clock
from tests.gateway.seeding import post
from tests.gateway.test_door import check_problem
from tests.processes import Door

MINE: dict[str, Any] = {
    "libelle": "Un partenaire",
    "portees": ["indicateurs:pousser"],
    "sources": ["une"],
    "grandeurs": ["30"],
    "territoires": ["69M"],
}
PATIENCE = 5


@pytest.fixture(scope="module")
def client(door: Door) -> Iterator[httpx2.Client]:
    with door.client() as client:
        yield client


def issue(client: httpx2.Client, door: Door, key: str | None = None, **changes: Any) -> httpx2.Response:
    named = {"Idempotency-Key": key} if key else {}
    return post(client, "/v1/acces/cles", door.bearer("admin") | named, json=MINE | changes)


def issued(client: httpx2.Client, door: Door, **changes: Any) -> dict[str, Any]:
    answer = issue(client, door, **changes)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def bearer(made: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {made['cle']}"}


def push(client: httpx2.Client, made: dict[str, Any], source: str = "une", **row: Any) -> httpx2.Response:
    given = {"grandeur": "30.I1.a", "territoire": "69266", "periode": "2025-03", "valeur": 3, **row}
    head = {"source": source, "extrait_le": "2025-04-02T08:00:00+02:00"}
    return post(client, "/v1/lots", bearer(made), json={"enveloppe": head, "mesures": [given]})


def wait_refused(client: httpx2.Client, made: dict[str, Any]) -> httpx2.Response:
    """The first answer that refuses a key, within a moment."""
    begun = time.monotonic()
    while (answer := client.get("/v1/lots", headers=bearer(made))).status_code == 200:
        assert time.monotonic() - begun < PATIENCE
        time.sleep(0.05)
    return answer


def test_a_key_opens_what_it_was_issued_for_and_nothing_else(client: httpx2.Client, door: Door) -> None:
    made = issued(client, door)
    assert FORM.fullmatch(made["cle"])
    assert push(client, made).status_code == 200
    check_problem(push(client, made, source="autre"), 403, "DROIT_INSUFFISANT")
    assert push(client, made, grandeur="17.I1.a", periode="2025-01").status_code in (207, 403, 422)
    check_problem(client.get("/v1/dossiers-rio", headers=bearer(made)), 404, "INTROUVABLE")
    check_problem(client.get("/v1/acces/cles", headers=bearer(made)), 403, "DROIT_INSUFFISANT")


def test_a_key_without_restriction_lists_opens_nothing(client: httpx2.Client, door: Door) -> None:
    made = issued(client, door, sources=[], grandeurs=[], territoires=[])
    check_problem(push(client, made), 403, "DROIT_INSUFFISANT")


def test_a_star_alone_opens_all(client: httpx2.Client, door: Door) -> None:
    made = issued(client, door, sources=["*"], grandeurs=["*"], territoires=["*"])
    assert push(client, made, source="n-importe").status_code == 200
    check_problem(issue(client, door, sources=["*", "une"]), 422, "DONNEES_REFUSEES")


def test_a_key_is_shown_once_and_stands_nowhere(client: httpx2.Client, door: Door) -> None:
    name = secrets.token_hex(8)
    first, again = issue(client, door, name), issue(client, door, name)
    assert (first.status_code, again.status_code) == (201, 201)
    key = first.json()["cle"]
    assert again.json() == first.json() | {"cle": None}
    assert again.headers["idempotent-replayed"] == "true"
    listed = client.get("/v1/acces/cles?limite=200", headers=door.bearer("admin"))
    assert first.json()["id"] in listed.text
    assert key[-43:] not in listed.text + door.output()


def test_a_renewed_key_has_two_live_secrets_and_no_more(client: httpx2.Client, door: Door) -> None:
    old, admin = issued(client, door), door.bearer("admin")
    path = f"/v1/acces/cles/{old['id']}/rotation"
    answer = post(client, path, admin)
    assert answer.status_code == 201, answer.text
    new = answer.json()
    assert new["secrets"][0]["expire_le"] < old["expire_le"]
    assert client.get("/v1/lots", headers=bearer(old)).status_code == 200
    assert client.get("/v1/lots", headers=bearer(new)).status_code == 200
    assert [lot["id"] for lot in client.get("/v1/lots", headers=bearer(old)).json()["elements"]] == []
    check_problem(post(client, path, admin), 409, "ROTATION_EN_COURS")


def test_a_revoked_key_is_refused_by_all(client: httpx2.Client, door: Door) -> None:
    made, admin = issued(client, door), door.bearer("admin")
    assert client.get("/v1/lots", headers=bearer(made)).status_code == 200
    path = f"/v1/acces/cles/{made['id']}"
    revoked = client.delete(path, headers=admin)
    assert revoked.status_code == 200
    assert revoked.json()["revoquee_le"] is not None
    check_problem(wait_refused(client, made), 401, "NON_AUTHENTIFIE")
    check_problem(client.get("/v1/fiches/11", headers=bearer(made)), 401, "NON_AUTHENTIFIE")
    check_problem(post(client, f"{path}/rotation", admin), 409, "CLE_REVOQUEE")
    assert client.delete(path, headers=admin).json() == revoked.json()


@pytest.mark.parametrize(
    "key", ["spie_", "spie_abc", "spie_" + "a" * 12 + "_" + "b" * 43, "spie_é", "spie_" + "x" * 9000]
)
def test_a_key_that_nobody_issued_is_a_401_even_on_a_public_read(client: httpx2.Client, key: str) -> None:
    for path in ("/v1/fiches/11", "/v1/lots", "/v1/acces/cles"):
        answer = client.get(path, headers={b"Authorization": f"Bearer {key}".encode()})
        check_problem(answer, 401, "NON_AUTHENTIFIE")


def test_a_known_name_with_another_secret_is_refused(client: httpx2.Client, door: Door) -> None:
    made = issued(client, door)
    forged = made | {"cle": made["cle"][:-43] + secrets.token_urlsafe(32)}
    check_problem(client.get("/v1/lots", headers=bearer(forged)), 401, "NON_AUTHENTIFIE")


@pytest.mark.parametrize(
    ("changes", "champs"),
    [
        ({"portees": ["acces:gerer"]}, ["/portees/0"]),
        ({"portees": ["orientation:lire"]}, ["/portees/0"]),
        ({"portees": [], "libelle": ""}, ["/libelle", "/portees"]),
        ({"sources": ["a b"], "inconnu": 1}, ["/inconnu", "/sources/0"]),
        ({"expire_le": "2020-01-01T00:00:00Z"}, ["/expire_le"]),
        ({"expire_le": (clock.now() + timedelta(days=900)).isoformat()}, ["/expire_le"]),
    ],
)
def test_what_may_not_be_issued_is_named(
    client: httpx2.Client, door: Door, changes: dict[str, Any], champs: list[str]
) -> None:
    problem = check_problem(issue(client, door, **changes), 422, "DONNEES_REFUSEES")
    assert sorted(fault["champ"] for fault in problem["erreurs"]) == champs


@pytest.mark.parametrize("role", ["lecteur", "partenaire", "agent", "pilote"])
def test_only_who_manages_access_sees_keys(client: httpx2.Client, door: Door, role: str) -> None:
    check_problem(client.get("/v1/acces/cles", headers=door.bearer(role)), 403, "DROIT_INSUFFISANT")
    check_problem(client.get("/v1/acces/cles"), 401, "NON_AUTHENTIFIE")


def test_an_unknown_key_is_a_404(client: httpx2.Client, door: Door) -> None:
    admin = door.bearer("admin")
    check_problem(client.delete("/v1/acces/cles/cle-inconnue", headers=admin), 404, "CLE_INCONNUE")
    check_problem(post(client, "/v1/acces/cles/cle-inconnue/rotation", admin), 404, "CLE_INCONNUE")


def test_the_settings_of_the_door_are_made_by_a_command() -> None:
    from gateway.cli.identity import make_door_settings

    made = make_door_settings()
    assert "d" in json.loads(made["GATEWAY_CLE_SIGNATURE"])
    assert "d" not in json.loads(made["IDENTITY_DOOR_JWKS"])["keys"][0]
    assert all(len(made[name]) >= 32 for name in ("GATEWAY_POIVRE", "GATEWAY_SECRET_SESSIONS"))
