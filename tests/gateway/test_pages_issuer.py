"""What the pages ask of the issuer when somebody signs in, and what they refuse of it."""

import asyncio
import base64
import json
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.pages import issuer, signin
from gateway.settings import Settings
from shared.errors import DroitInsuffisant, Refus, ReponseIllisible, ServiceIndisponible
from shared.issuers import MAX_DOCUMENT
from shared.settings import IdentitySettings
from tests.gateway.servers import listening, refusing_url, served


@pytest.fixture(autouse=True)
def _issuer_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let oauthlib believe an issuer without TLS."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


def issuing(told: dict[str, Any], **answer: Any) -> Starlette:
    """An issuer that notes what it is asked and answers as said."""

    async def discover(request: Request) -> Response:
        base = f"http://{request.headers['host']}"
        published = {"issuer": base, "authorization_endpoint": f"{base}/auth", "token_endpoint": f"{base}/token"}
        return JSONResponse(published | answer.get("published", {}))

    async def give(request: Request) -> Response:
        told["authorization"] = request.headers.get("authorization")
        told.update(await request.form())
        status = answer.get("status", 200)
        return Response(json.dumps(answer.get("body")), status, media_type="application/json")

    return Starlette(
        routes=[Route("/.well-known/openid-configuration", discover), Route("/token", give, methods=["POST"])]
    )


def settings_at(url: str, **more: Any) -> Settings:
    given = {"oidc_client": "portail", "adresse": "https://plan.example"} | more
    return Settings(identity=IdentitySettings(issuer=url), **given)


async def test_a_code_is_exchanged_at_the_address_that_the_issuer_publishes() -> None:
    told: dict[str, Any] = {}
    body = {"access_token": "a.b.c", "token_type": "Bearer", "id_token": "x"}
    async with served(issuing(told, body=body)) as url:
        public = await issuer.exchange(settings_at(url), "le-code", "v" * 64)
        assert public == body
        assert told.pop("authorization") is None
        assert told | {"client_id": "portail"} == {
            "grant_type": "authorization_code",
            "client_id": "portail",
            "code": "le-code",
            "redirect_uri": "https://plan.example/connexion/retour",
            "code_verifier": "v" * 64,
        }
        await issuer.exchange(settings_at(url, oidc_ressource="urn:spie:api"), "le-code", "v" * 64)
        assert told["resource"] == "urn:spie:api"


async def test_the_client_and_its_secret_are_encoded_before_they_are_joined() -> None:
    told: dict[str, Any] = {}
    body = {"access_token": "a.b.c", "token_type": "Bearer", "id_token": "x"}
    async with served(issuing(told, body=body)) as url:
        settings = settings_at(url, oidc_client="https://portail", oidc_secret=SecretStr("a+b:c%3A d"))
        await issuer.exchange(settings, "le-code", "v" * 64)
    joined = base64.b64decode(told["authorization"].removeprefix("Basic ")).decode()
    assert joined == "https%3A%2F%2Fportail:a%2Bb%3Ac%253A+d"


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        ({"status": 400, "body": {"error": "invalid_grant"}}, DroitInsuffisant),
        ({"body": {"token_type": "Bearer"}}, DroitInsuffisant),
        ({"body": {"access_token": "a.b.c", "token_type": "Bearer", "expires_in": "bientôt"}}, DroitInsuffisant),
        ({"body": {"access_token": "a.b.c", "token_type": "Bearer", "expires_in": [1]}}, DroitInsuffisant),
        ({"body": ["pas", "un", "objet"]}, ReponseIllisible),
        ({"body": {"access_token": "a" * MAX_DOCUMENT, "token_type": "Bearer"}}, ReponseIllisible),
        ({"status": 307, "body": {}}, DroitInsuffisant),
    ],
)
async def test_an_issuer_that_gives_no_token_is_told_apart(answer: dict[str, Any], refusal: type[Refus]) -> None:
    async with served(issuing({}, **answer)) as url:
        with pytest.raises(refusal):
            await issuer.exchange(settings_at(url), "c", "v" * 64)


async def test_an_issuer_that_is_away_is_a_service_that_is_away() -> None:
    with pytest.raises(ServiceIndisponible):
        await issuer.discover(settings_at(refusing_url()))


@pytest.mark.parametrize(
    "published", [{"issuer": "https://autre.example"}, {"token_endpoint": None}, {"authorization_endpoint": 3}]
)
async def test_an_issuer_that_publishes_something_else_is_not_gone_to(published: dict[str, Any]) -> None:
    async with served(issuing({}, published=published)) as url:
        with pytest.raises(ReponseIllisible):
            await issuer.discover(settings_at(url))


async def test_an_issuer_without_tls_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OAUTHLIB_INSECURE_TRANSPORT")
    with pytest.raises(ReponseIllisible):  # asked, it would be away
        await issuer.discover(settings_at(refusing_url()))


async def test_what_comes_in_pieces_is_read_to_its_end() -> None:
    heads: list[str] = []

    async def publish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        base = f"http://{head.lower().partition('host: ')[2].split()[0]}"
        heads.append(base)
        places = {name: f"{base}/{name}" for name in ("authorization_endpoint", "token_endpoint")}
        body = json.dumps({"issuer": base, **places, "scopes_supported": ["x" * 6_000]}).encode()
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body[:3_000])
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.write(body[3_000:])
        await writer.drain()

    async with listening(publish) as url:
        published = await issuer.discover(settings_at(url))
    assert (published["issuer"], heads) == (url, [url])


@pytest.mark.parametrize(
    ("place", "found"), [("https://e.example/fin", True), ("http://e.example/fin", False), (None, False), (3, False)]
)
async def test_the_end_of_the_issuer_s_session_is_over_https_or_nowhere(
    monkeypatch: pytest.MonkeyPatch, place: Any, found: bool
) -> None:
    async def discover(_: Settings) -> dict[str, Any]:
        return {"end_session_endpoint": place}

    monkeypatch.delenv("OAUTHLIB_INSECURE_TRANSPORT")
    monkeypatch.setattr(issuer, "discover", discover)
    assert await issuer.find_end(settings_at("https://e.example")) == (place if found else None)


@pytest.mark.parametrize("claims", [[], "texte", {}, {"nonce": "autre"}, {"nonce": None}, 3])
def test_an_identity_of_another_sign_in_is_refused_whatever_it_looks_like(claims: Any) -> None:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    with pytest.raises(DroitInsuffisant):
        signin._check_nonce({"id_token": f"e30.{payload}.x"}, "le-bon")
