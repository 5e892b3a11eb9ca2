"""Signing in: a development role in embedded mode, an authorisation code with PKCE otherwise (RFC 6749, 7636, OIDC)."""

import json
import secrets
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

import aiohttp
from joserfc.util import json_b64decode
from oauthlib.oauth2 import OAuth2Error, WebApplicationClient
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.pages.rendering import page, secured
from gateway.pages.sessions import SECONDS, Sessions, check_form, check_origin
from gateway.settings import Settings
from shared.errors import DroitInsuffisant, Introuvable, Phrase, ReponseIllisible, ServiceIndisponible
from shared.tokens import AccessControl

DEPARTURE_SECONDS = 600
ISSUER_SECONDS = 10
MOST_BYTES = 1 << 20
DISCOVERY = "/.well-known/openid-configuration"
HOMES = {"orientation:lire": "/rio", "indicateurs:pousser": "/lots"}
REFUSED = Phrase(
    "L'émetteur n'a pas confirmé la connexion : recommencez", "The issuer did not confirm the sign-in: start again"
)


@dataclass(frozen=True)
class SignIn:
    """How one signs in here."""

    settings: Settings
    sessions: Sessions
    access: AccessControl

    @property
    def with_issuer(self) -> bool:
        """Whether there is an issuer to go to."""
        return bool(self.sessions.open and self.settings.oidc_client and self.settings.adresse)

    def roles_for(self, request: Request) -> list[str]:
        """Return the development roles, to who calls this very machine by its own name only."""
        host = (request.url.hostname or "").strip("[]")
        return sorted(self.settings.cles_dev) if self.sessions.open and _is_loopback(host) else []

    @property
    def return_address(self) -> str:
        """Where the issuer sends the browser back to."""
        return f"{self.settings.adresse}/connexion/retour"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def show_connexion(request: Request) -> Response:
    """Show how to sign in; with ``POST``, sign in under a development role."""
    signin: SignIn = request.app.state.signin
    roles = signin.roles_for(request)
    if request.method == "POST":
        check_origin(request)
        role = (await request.form(max_files=0, max_fields=4)).get("role")
        if role not in roles:
            raise DroitInsuffisant
        return await _begin(signin, signin.settings.cles_dev[str(role)].get_secret_value(), SECONDS)
    seance = signin.sessions.find(request)
    return page(request, "connexion.html", keep=False, roles=roles, emetteur=signin.with_issuer, seance=seance)


async def leave(request: Request) -> Response:
    """Forget who signed in."""
    signin: SignIn = request.app.state.signin
    seance = signin.sessions.require(request)
    check_form(request, seance, (await request.form(max_files=0, max_fields=4)).get("formulaire"))
    response = _redirect("/")
    signin.sessions.end(response)
    return response


async def depart(request: Request) -> Response:
    """Send the browser to the issuer, and note what must come back with it."""
    signin = _with_issuer(request)
    client = WebApplicationClient(signin.settings.oidc_client)
    told = {"etat": secrets.token_urlsafe(24), "nonce": secrets.token_urlsafe(24)}
    told["verificateur"] = client.create_code_verifier(64)
    challenge = client.create_code_challenge(told["verificateur"], "S256")
    issuer = await _discover(signin)
    response = _redirect(
        client.prepare_request_uri(
            issuer["authorization_endpoint"],
            redirect_uri=signin.return_address,
            scope=signin.settings.oidc_portees.split(),
            state=told["etat"],
            nonce=told["nonce"],
            code_challenge=challenge,
            code_challenge_method="S256",
        )
    )
    signin.sessions.keep(response, "depart", told, DEPARTURE_SECONDS)
    return response


async def come_back(request: Request) -> Response:
    """Take the code that the issuer gave, exchange it for a token, begin the session."""
    signin = _with_issuer(request)
    left = signin.sessions.read(request, "depart")
    given = request.query_params
    if left is None or not secrets.compare_digest(given.get("state", "").encode(), left["etat"].encode()):
        raise DroitInsuffisant(REFUSED)
    if not given.get("code"):
        raise DroitInsuffisant(REFUSED)
    answer = await _exchange(signin, given["code"], left["verificateur"])
    _check_nonce(answer, left["nonce"])
    seconds = min(SECONDS, int(answer.get("expires_in") or SECONDS))
    response = await _begin(signin, str(answer["access_token"]), seconds)
    signin.sessions.end(response, "depart")
    return response


def _with_issuer(request: Request) -> SignIn:
    signin: SignIn = request.app.state.signin
    if not signin.with_issuer:
        raise Introuvable
    return signin


async def _begin(signin: SignIn, jeton: str, seconds: int) -> Response:
    """Begin the session of a token that services will believe. Raises what they would refuse it with."""
    identite = await signin.access.identify(f"Bearer {jeton}")
    assert identite is not None
    home = next((path for portee, path in HOMES.items() if portee in identite.portees), "/")
    response = _redirect(home)
    signin.sessions.begin(response, jeton, identite.portees, seconds=seconds)
    return response


def _redirect(address: str) -> Response:
    response = secured(RedirectResponse(address, status_code=303))
    response.headers["Cache-Control"] = "no-store"
    return response


async def _discover(signin: SignIn) -> dict[str, Any]:
    return await _ask(lambda http: http.get(signin.settings.identity.issuer.rstrip("/") + DISCOVERY))


async def _exchange(signin: SignIn, code: str, verifier: str) -> dict[str, Any]:
    """Return the issuer's tokens. Raises :class:`DroitInsuffisant` when it refuses the code."""
    settings = signin.settings
    client = WebApplicationClient(settings.oidc_client)
    body = client.prepare_request_body(code=code, redirect_uri=signin.return_address, code_verifier=verifier)
    secret = settings.oidc_secret
    endpoint = (await _discover(signin))["token_endpoint"]
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if secret is not None:
        headers["Authorization"] = aiohttp.encode_basic_auth(settings.oidc_client or "", secret.get_secret_value())
    answer = await _ask(lambda http: http.post(endpoint, data=body, headers=headers))
    try:
        client.parse_request_body_response(json.dumps(answer))
    except (OAuth2Error, Warning) as error:
        raise DroitInsuffisant(REFUSED) from error
    return answer


def _check_nonce(answer: dict[str, Any], nonce: str) -> None:
    """Refuse an ID token of another sign-in; it came straight from the issuer (OIDC Core 3.1.3.7, point 6)."""
    try:
        claims = json_b64decode(str(answer["id_token"]).split(".")[1].encode())
    except (KeyError, IndexError, ValueError) as error:
        raise DroitInsuffisant(REFUSED) from error
    if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise DroitInsuffisant(REFUSED)


async def _ask(asking: Any) -> dict[str, Any]:
    """Return what the issuer says in JSON, of a mebibyte at most."""
    timeout = aiohttp.ClientTimeout(total=ISSUER_SECONDS)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as http, asking(http) as answer:
            content = await answer.content.read(MOST_BYTES)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise ServiceIndisponible from error
    try:
        told = json.loads(content)
    except ValueError as error:
        raise ReponseIllisible from error
    if not isinstance(told, dict):
        raise ReponseIllisible
    return told
