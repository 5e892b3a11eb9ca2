"""Signing in to the pages, and what an adviser and a partner see and send: never on behalf of another site."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from pydantic import SecretStr

from gateway.cli.identity import DevelopmentIssuer
from gateway.pages import issuer as pages_issuer
from gateway.pages.adviser import read_facts
from gateway.settings import Settings
from shared import clock
from shared.settings import IdentitySettings
from tests.conftest import Base
from tests.gateway.whole import whole_product
from tests.orientation.histories import store

SECRET = SecretStr("secret-des-sessions-" * 2)
CSV = "grandeur;territoire;periode;valeur\n30.I1.a;69266;2025-11;104\n30.I1.a;nulle-part;2025-11;58\n"


@pytest.fixture(scope="module")
async def product(base: Base, issuer: DevelopmentIssuer) -> AsyncIterator[httpx2.AsyncClient]:
    keys = {role: SecretStr(key) for role, key in issuer.keys.items()}
    settings = {"secret_sessions": SECRET, "cles_dev": keys, "oidc_client": "portail"}
    async with whole_product(base, issuer, adresse="http://127.0.0.1", **settings) as made:
        yield made


@pytest.fixture
async def client(product: httpx2.AsyncClient) -> AsyncIterator[httpx2.AsyncClient]:
    product.cookies.clear()
    product.base_url = httpx2.URL("http://127.0.0.1")
    yield product
    product.cookies.clear()


async def enter(client: httpx2.AsyncClient, role: str) -> httpx2.Response:
    return await client.post("/connexion", data={"role": role})


def proposed(text: str) -> str:
    found = re.search(r'id="proposition">[^<]*<span>([^<]+)</span>', text)
    assert found is not None
    return found[1]


def hidden(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', text)
    assert found is not None
    return found[1]


async def test_a_role_signs_in_under_a_cookie_that_scripts_and_other_sites_cannot_use(
    client: httpx2.AsyncClient, issuer: DevelopmentIssuer
) -> None:
    entered = await enter(client, "agent")
    assert (entered.status_code, entered.headers["location"]) == (303, "/rio")
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert issuer.keys["agent"] not in cookie
    assert (await client.get("/rio")).status_code == 200


async def test_development_roles_are_for_this_machine_only(client: httpx2.AsyncClient) -> None:
    client.base_url = httpx2.URL("http://plan.example")
    assert 'name="role"' not in (await client.get("/connexion")).text
    assert (await enter(client, "admin")).status_code == 403
    assert (await enter(client, "inconnu")).status_code == 403


async def test_an_adviser_sees_how_far_those_who_began_this_year_have_come(
    client: httpx2.AsyncClient, base: Base
) -> None:
    met = {"type": "presence", "modalite": "RIO_COLLECTIVE"}
    oriented = {"type": "orientation", "parcours": "EMPLOI", "etape": "APRES_RIO"}
    life: list[dict[str, Any]] = [
        {"type": "signalement"},
        {"type": "convocation", "modalite": "RIO_COLLECTIVE"},
        met,
        oriented,
        {"type": "premier_rdv", "honore": True},
    ]
    lives = {f"dos-{length}": [each | {"date": str(clock.today())} for each in life[:length]] for length in (1, 2, 5)}
    await store(base, lives, dict.fromkeys(lives))
    await enter(client, "agent")
    shown = (await client.get("/rio")).text
    rows = re.findall(r'<th scope="row">([^<]+)</th><td class="nombre">(\d+)</td>', shown)
    assert rows == [
        ("signalées", "3"),
        ("convoquées", "2"),
        ("présentes", "1"),
        ("orientées", "1"),
        ("entrées en parcours", "1"),
    ]


@pytest.mark.parametrize("path", ["/rio", "/rio/proposition", "/lots", "/lots/lot-" + "0" * 24])
async def test_who_has_not_signed_in_is_asked_to(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 401
    assert 'href="/connexion"' in answer.text
    client.cookies.set("spie-seance", "x.y.z")
    assert (await client.get(path)).status_code == 401


@pytest.mark.parametrize(("role", "path"), [("partenaire", "/rio"), ("agent", "/lots"), ("lecteur", "/rio")])
async def test_a_role_sees_only_what_its_key_may_read(client: httpx2.AsyncClient, role: str, path: str) -> None:
    await enter(client, role)
    assert (await client.get(path)).status_code == 403


async def test_signed_in_pages_are_kept_by_nobody_and_a_cookie_opens_no_api(client: httpx2.AsyncClient) -> None:
    await enter(client, "agent")
    for path in ("/rio", "/connexion", "/rio/proposition"):
        assert (await client.get(path)).headers["cache-control"] == "no-store"
    assert (await client.get("/v1/rencontres")).status_code == 401


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://ailleurs.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
async def test_another_site_can_neither_sign_in_nor_send_a_form(
    client: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    assert (await client.post("/connexion", data={"role": "agent"}, headers=headers)).status_code == 403
    await enter(client, "agent")
    form = hidden((await client.get("/rio/proposition")).text, "formulaire")
    sent = await client.post("/rio/proposition", data={"formulaire": form}, headers=headers)
    assert sent.status_code == 403
    for wrong in ("", "x", form[:-1]):
        assert (await client.post("/rio/proposition", data={"formulaire": wrong})).status_code == 403
        assert (await client.post("/deconnexion", data={"formulaire": wrong})).status_code == 403


async def test_who_signs_out_is_out(client: httpx2.AsyncClient) -> None:
    await enter(client, "agent")
    form = hidden((await client.get("/connexion")).text, "formulaire")
    left = await client.post("/deconnexion", data={"formulaire": form})
    assert (left.status_code, left.headers["location"]) == (303, "/connexion?sorti")
    assert "/connexion/sortie" in (await client.get("/connexion?sorti")).text
    assert (await client.get("/rio")).status_code == 401


async def test_an_adviser_answers_the_next_question_and_the_pathway_changes(client: httpx2.AsyncClient) -> None:
    await enter(client, "agent")
    form = hidden((await client.get("/rio/proposition")).text, "formulaire")
    facts = {"date_reference": "2026-03-02", "date_naissance": "1984-05-11", "commune_residence_insee": "69266"}
    known = {"formulaire": form, **facts, "brsa": "true", "soumis_dd": "true"}
    first = await client.post("/rio/proposition", data=known)
    assert first.status_code == 200, first.text
    assert "Question suivante" in first.text
    then = await client.post("/rio/proposition", data=known | {"activite_non_salariee": "ACTIVE"})
    assert proposed(then.text) == "Travail indépendant"
    assert proposed(first.text) != proposed(then.text)
    assert "Pourquoi" in then.text
    wrong = await client.post("/rio/proposition", data=known | {"date_naissance": "hier"})
    assert wrong.status_code == 422
    assert "date_naissance" in wrong.text


def test_facts_of_a_form_have_the_types_of_the_vocabulary_and_empty_ones_are_unknown() -> None:
    kinds = {"a": "booleen", "b": "booleen", "c": "entier", "d": "montant", "e": "choix", "f": "date", "g": "entier"}
    given = {"a": "true", "b": "false", "c": "3", "d": "12,5", "e": "X", "f": "", "g": "trois", "autre": "1"}
    known = [{"code": code, "type": kind} for code, kind in kinds.items()]
    assert read_facts(known, given) == {"a": True, "b": False, "c": 3, "d": 12.5, "e": "X", "g": "trois"}


async def test_a_partner_sends_a_file_and_sees_what_was_refused_and_why(client: httpx2.AsyncClient) -> None:
    await enter(client, "partenaire")
    page = (await client.get("/lots")).text
    form = {name: hidden(page, name) for name in ("formulaire", "envoi", "extrait_le")} | {"source": "essai"}
    form |= {"separateur": ";"}
    files = {"fichier": ("mesures.csv", CSV.encode(), "text/csv")}
    sent = await client.post("/lots", data=form, files=files)
    assert sent.status_code == 303, sent.text
    twice = await client.post("/lots", data=form, files=files)
    assert twice.headers["location"] == sent.headers["location"]
    lot = await client.get(sent.headers["location"])
    assert "nulle-part" in lot.text
    assert "rejets.csv" in lot.text
    rejected = await client.get(f"{sent.headers['location']}/rejets.csv")
    assert rejected.headers["content-disposition"].startswith("attachment")
    assert "nulle-part" in rejected.text
    assert sent.headers["location"] in (await client.get("/lots")).text


async def test_a_file_that_cannot_be_taken_is_said_on_the_page_each_fault_named(client: httpx2.AsyncClient) -> None:
    await enter(client, "partenaire")
    page = (await client.get("/lots")).text
    form = {name: hidden(page, name) for name in ("formulaire", "envoi")} | {"source": "essai", "extrait_le": "hier"}
    form |= {"separateur": ";"}
    sent = await client.post("/lots", data=form, files={"fichier": ("mesures.csv", CSV.encode(), "text/csv")})
    assert sent.status_code == 422
    assert "extrait_le" in sent.text
    empty = await client.post("/lots", data=form, files={"fichier": ("mesures.csv", b"", "text/csv")})
    assert empty.status_code == 400
    assert (await client.get("/lots/lot-" + "0" * 24)).status_code == 404


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch, issuer: DevelopmentIssuer) -> dict[str, Any]:
    """What the issuer answers; ``nonce`` is set to the one it was asked with."""
    told: dict[str, Any] = {"nonce": "", "access_token": issuer.keys["agent"], "asked": [], "published": {}}

    async def exchange(_: Settings, code: str, verifier: str) -> dict[str, Any]:
        told["asked"].append((code, verifier))
        key = OctKey.generate_key()
        id_token = jwt.encode({"alg": "HS256"}, {"nonce": told["nonce"]}, key)
        return {"access_token": told["access_token"], "id_token": id_token, "expires_in": 300}

    async def discover(_: Settings) -> dict[str, Any]:
        return {"authorization_endpoint": "https://emetteur.example/auth", **told["published"]}

    monkeypatch.setattr(pages_issuer, "exchange", exchange)
    monkeypatch.setattr(pages_issuer, "discover", discover)
    return told


async def leave_for_issuer(client: httpx2.AsyncClient) -> dict[str, list[str]]:
    left = await client.get("/connexion/depart")
    assert left.status_code == 303, left.text
    return parse_qs(urlsplit(left.headers["location"]).query)


async def test_the_issuer_is_asked_with_pkce_and_its_code_begins_a_session(
    client: httpx2.AsyncClient, answers: dict[str, Any]
) -> None:
    asked = await leave_for_issuer(client)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == ["http://127.0.0.1/connexion/retour"]
    answers["nonce"] = asked["nonce"][0]
    back = await client.get("/connexion/retour", params={"code": "c", "state": asked["state"][0]})
    assert (back.status_code, back.headers["location"]) == (303, "/rio")
    assert len(answers["asked"]) == 1
    assert (await client.get("/rio")).status_code == 200


@pytest.mark.parametrize("wrong", ["state", "nonce", "code", "cookie", "token", "iss"])
async def test_a_return_that_does_not_fit_its_departure_begins_nothing(
    client: httpx2.AsyncClient, answers: dict[str, Any], wrong: str
) -> None:
    asked = await leave_for_issuer(client)
    answers["nonce"] = "autre" if wrong == "nonce" else asked["nonce"][0]
    if wrong == "token":
        answers["access_token"] = "x.y.z"  # noqa: S105
    if wrong == "cookie":
        client.cookies.clear()
    state = "autre" if wrong == "state" else asked["state"][0]
    given = {"state": state} | ({} if wrong == "code" else {"code": "c"})
    given |= {"iss": "https://autre.example"} if wrong == "iss" else {}
    back = await client.get("/connexion/retour", params=given)
    assert back.status_code == 403
    assert ("jeton que ce site ne croit pas" if wrong == "token" else "pas confirmé la connexion") in back.text
    assert (await client.get("/rio")).status_code == 401


async def test_the_issuer_ends_its_own_session_where_it_says_how(
    client: httpx2.AsyncClient, answers: dict[str, Any]
) -> None:
    silent = await client.get("/connexion/sortie")
    assert (silent.status_code, "fermez-la chez lui" in silent.text) == (502, True)
    answers["published"]["end_session_endpoint"] = "https://emetteur.example/fin?a=1"
    left = await client.get("/connexion/sortie")
    assert left.headers["location"] == "https://emetteur.example/fin?a=1&client_id=portail"


async def test_without_a_secret_nobody_signs_in(base: Base, issuer: DevelopmentIssuer) -> None:
    keys = {role: SecretStr(key) for role, key in issuer.keys.items()}
    async with whole_product(base, issuer, cles_dev=keys) as made:
        assert "pas configurée" in (await made.get("/connexion")).text
        assert (await made.post("/connexion", data={"role": "agent"})).status_code == 403
        assert (await made.get("/connexion/depart")).status_code == 404


def test_the_settings_tell_no_secret() -> None:
    settings = Settings(cles_dev=json.loads('{"agent": "cle"}'), secret_sessions=SECRET, identity=IdentitySettings())
    assert "cle" not in repr(settings.cles_dev["agent"])
    assert SECRET.get_secret_value() not in repr(settings)
