"""What each operation of the document opens to whom: made from the document, so that a new operation is tried too."""

import base64
import json
import secrets
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from gateway.cli.identity import AUDIENCE, ISSUER, ROLES, DevelopmentIssuer
from shared import clock
from tests.conftest import Base
from tests.gateway.contract import OPERATIONS
from tests.gateway.seeding import nir
from tests.gateway.whole import whole_product
from tests.indicators.keys import PAIR, make_key

Headers = dict[str, str]
EVERY_SCOPE = sorted({scope for scopes in ROLES.values() for scope in scopes})
STRANGER = ECKey.generate_key("P-256", {"kid": "essais", "use": "sig", "alg": "ES256"})
"""A key of the same name as one that is believed."""


def scopes_of(operation: dict[str, Any]) -> set[str]:
    """Return the scopes any of which opens an operation; none: it is public."""
    return {scope for need in operation["security"] for scopes in need.values() for scope in scopes}


PUBLIC = [name for name, operation in OPERATIONS.items() if not scopes_of(operation)]
RESTRICTED = [name for name, operation in OPERATIONS.items() if scopes_of(operation)]


@pytest.fixture(scope="module")
async def client(base: Base, issuer: DevelopmentIssuer) -> AsyncIterator[httpx2.AsyncClient]:
    async with whole_product(base, issuer) as made:
        yield made


def token(*scopes: str, key: ECKey = PAIR, alg: str = "ES256", **claims: Any) -> Headers:
    """Return the header of a token of the issuer, but for what is said otherwise."""
    now = clock.now()
    said = {"iss": ISSUER, "aud": AUDIENCE, "sub": "essai", "exp": int((now + timedelta(hours=1)).timestamp())}
    said |= {"scope": " ".join(scopes or EVERY_SCOPE), **claims}
    return {"Authorization": f"Bearer {jwt.encode({'alg': alg, 'kid': 'essais', 'typ': 'JWT'}, said, key)}"}


def unsigned() -> Headers:
    """Return a token that says itself unsigned (RFC 8725 §2.1)."""
    head, claims, _ = token()["Authorization"].removeprefix("Bearer ").split(".")
    told = json.loads(base64.urlsafe_b64decode(head + "==")) | {"alg": "none"}
    head = base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")
    return {"Authorization": f"Bearer {head}.{claims}."}


def ago(hours: int) -> int:
    return int((clock.now() - timedelta(hours=hours)).timestamp())


BAD: dict[str, Callable[[], Headers]] = {
    "signed by another key": lambda: token(key=STRANGER),
    "expired": lambda: token(exp=ago(1)),
    "without an end": lambda: token(exp=None),
    "alg none": unsigned,
    "for somebody else": lambda: token(aud="un-autre"),
    "from somebody else": lambda: token(iss="https://ailleurs.example"),
    "a partner's key that nobody issued": lambda: {"Authorization": f"Bearer spie_{secrets.token_urlsafe(32)}"},
    "another scheme": lambda: {"Authorization": "Basic YTpi"},
}


async def call(
    client: httpx2.AsyncClient, name: str, headers: Headers, query: str = "", body: Any = None
) -> httpx2.Response:
    """Call an operation with codes that name nothing, and a body that says nothing."""
    method, path = name.split(" ", 1)
    for parameter in OPERATIONS[name].get("parameters", []):
        if parameter["in"] == "path":
            number = parameter["schema"].get("type") == "integer"
            path = path.replace("{" + parameter["name"] + "}", "9999" if number else "inconnu")
    given = {"Idempotency-Key": secrets.token_hex(8), "If-Match": '"x"', **headers}
    return await client.request(method, path + query, headers=given, json=None if method == "GET" else body or {})


def check(name: str, answer: httpx2.Response, status: int, code: str) -> None:
    """The refusal is the one expected, told as a problem, and documented."""
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), f"{name} : {answer.text[:300]}"
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert str(status) in OPERATIONS[name]["responses"]
    if status in (401, 403):
        assert answer.headers["www-authenticate"].startswith("Bearer"), name
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("name", RESTRICTED)
async def test_without_a_credential_a_restricted_operation_is_a_401(client: httpx2.AsyncClient, name: str) -> None:
    check(name, await call(client, name, {}), 401, "NON_AUTHENTIFIE")


@pytest.mark.parametrize("name", PUBLIC)
async def test_without_a_credential_a_public_operation_is_open(client: httpx2.AsyncClient, name: str) -> None:
    assert (await call(client, name, {})).status_code not in (401, 403)


@pytest.mark.parametrize("name", OPERATIONS)
async def test_a_credential_that_is_not_good_is_a_401_even_where_none_is_needed(
    client: httpx2.AsyncClient, name: str
) -> None:
    for make in BAD.values():
        check(name, await call(client, name, make()), 401, "NON_AUTHENTIFIE")


@pytest.mark.parametrize("name", RESTRICTED)
async def test_every_other_scope_together_is_a_403(client: httpx2.AsyncClient, name: str) -> None:
    others = [scope for scope in EVERY_SCOPE if scope not in scopes_of(OPERATIONS[name])]
    check(name, await call(client, name, token(*others)), 403, "DROIT_INSUFFISANT")


@pytest.mark.parametrize("name", RESTRICTED)
async def test_each_scope_that_the_document_names_opens_the_operation(client: httpx2.AsyncClient, name: str) -> None:
    for scope in scopes_of(OPERATIONS[name]):
        assert (await call(client, name, token(scope))).status_code not in (401, 403), scope


async def test_a_revoked_key_is_a_401_everywhere(client: httpx2.AsyncClient) -> None:
    body = {"libelle": "Essai", "portees": ["indicateurs:pousser", "orientation:pousser"]}
    body |= {key: ["*"] for key in ("sources", "grandeurs", "territoires")}
    given = {"Idempotency-Key": "cle-revoquee", **token()}
    made = await client.post("/v1/acces/cles", json=body, headers=given)
    assert made.status_code == 201, made.text
    key = {"Authorization": f"Bearer {made.json()['cle']}"}
    assert (await call(client, "GET /v1/lots", key)).status_code == 200
    assert (await client.delete(f"/v1/acces/cles/{made.json()['id']}", headers=token())).status_code == 200
    for name in OPERATIONS:
        check(name, await call(client, name, key), 401, "NON_AUTHENTIFIE")


async def test_what_belongs_to_another_territory_is_as_if_it_were_not(client: httpx2.AsyncClient) -> None:
    here = token("orientation:lire", "orientation:ecrire", territoires=["VAL_DE_SAONE"])
    body = {"identite": {"nir": nir(7)}, "faits": {"commune_residence_insee": "69266"}}
    there = token("orientation:lire", "orientation:ecrire")
    made = await client.post("/v1/dossiers", json=body, headers={"Idempotency-Key": "ailleurs", **there})
    assert made.status_code == 201, made.text
    dossier = made.json()["id"]
    seen = [name for name in RESTRICTED if "/v1/dossiers/{id}" in name]
    assert len(seen) > 10
    for name in seen:
        asked = name.replace("{id}", dossier)
        method, path = asked.replace("{oid}", "inconnu").split(" ", 1)
        given = {"Idempotency-Key": secrets.token_hex(8), "X-Motif": "essai", **here}
        example = None if method == "GET" else EXAMPLES.get(name, {})
        answer = await client.request(method, path, headers=given, json=example)
        check(name, answer, 404, "DOSSIER_INCONNU")


EXAMPLES: dict[str, Any] = {
    "POST /v1/dossiers/{id}/evenements": {"type": "contact", "date": "2026-01-05"},
    "POST /v1/dossiers/{id}/faits": {"faits": {"brsa": True}},
    "POST /v1/dossiers/{id}/orientations": {"date_reference": "2026-01-05"},
    "POST /v1/dossiers/{id}/orientations/{oid}/decision": {"parcours": "EMPLOI", "etape": "APRES_RIO"},
}
"""Bodies that are read and accepted, so that nothing but the territory refuses."""


async def test_another_source_quantity_or_territory_than_the_key_s_is_a_403(client: httpx2.AsyncClient) -> None:
    path = "/v1/mesures/30.I1.a/69266/2026-01"
    row = {"valeur": 3, "extrait_le": "2026-02-01T08:00:00+01:00"}
    for restriction, expected in (
        ({"sources": ["autre"]}, (403, "DROIT_INSUFFISANT")),
        ({"grandeurs": ["31"]}, (403, "DROIT_INSUFFISANT")),
        ({"territoires": ["69M"], "grandeurs": ["30"]}, (201, None)),
        ({"territoires": ["VAL_DE_SAONE"]}, (403, "DROIT_INSUFFISANT")),
    ):
        key = make_key("essai", "indicateurs:pousser", **restriction)
        answer = await client.put(path, params={"source": "la-source"}, json=row, headers=key)
        told = answer.json()
        code = (told.get("erreurs") or [{}])[0].get("code") or told.get("code")
        assert (answer.status_code, code) == expected, answer.text
