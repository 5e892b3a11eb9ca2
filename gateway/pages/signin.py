"""Signing in: a development role in embedded mode, an authorisation code with PKCE otherwise (RFC 6749, 7636, OIDC)."""

import secrets
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from joserfc.util import json_b64decode
from oauthlib.common import add_params_to_uri
from oauthlib.oauth2 import WebApplicationClient
from starlette.requests import Request
from starlette.responses import Response

from gateway.pages import issuer
from gateway.pages.issuer import REFUSED
from gateway.pages.rendering import page, see_other
from gateway.pages.sessions import SECONDS, Sessions, check_form, check_origin
from gateway.settings import Settings
from shared.errors import DroitInsuffisant, Introuvable, NonAuthentifie, Phrase, ReponseIllisible
from shared.tokens import AccessControl

DEPARTURE_SECONDS = 600
HOMES = {"orientation:lire": "/rio", "indicateurs:pousser": "/lots"}
UNBELIEVED = Phrase(
    "L'émetteur a donné un jeton que ce site ne croit pas", "The issuer gave a token that this site does not believe"
)
STAYS_OPEN = Phrase(
    "L'émetteur ne dit pas comment fermer sa session : fermez-la chez lui",
    "The issuer does not say how to end its session: end it there",
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
    told: dict[str, Any] = {"roles": roles, "emetteur": signin.with_issuer, "seance": signin.sessions.find(request)}
    return page(request, "connexion.html", keep=False, sorti="sorti" in request.query_params, **told)


async def leave(request: Request) -> Response:
    """Forget who signed in; the issuer's own session is left to who asks for its end."""
    signin: SignIn = request.app.state.signin
    seance = signin.sessions.require(request)
    check_form(request, seance, (await request.form(max_files=0, max_fields=4)).get("formulaire"))
    response = see_other("/connexion?sorti" if signin.with_issuer else "/")
    signin.sessions.end(response)
    return response


async def leave_issuer(request: Request) -> Response:
    """Send the browser to where the issuer ends its own session (OIDC RP-Initiated Logout)."""
    signin = _with_issuer(request)
    place = await issuer.find_end(signin.settings)
    if place is None:
        raise ReponseIllisible(STAYS_OPEN)
    return see_other(add_params_to_uri(place, [("client_id", str(signin.settings.oidc_client))]))


async def depart(request: Request) -> Response:
    """Send the browser to the issuer, and note what must come back with it."""
    signin = _with_issuer(request)
    settings, client = signin.settings, WebApplicationClient(signin.settings.oidc_client)
    told = {"etat": secrets.token_urlsafe(24), "nonce": secrets.token_urlsafe(24)}
    told["verificateur"] = client.create_code_verifier(64)
    challenge = client.create_code_challenge(told["verificateur"], "S256")
    published = await issuer.discover(settings)
    response = see_other(
        client.prepare_request_uri(
            published["authorization_endpoint"],
            redirect_uri=issuer.return_address(settings),
            scope=settings.oidc_portees.split(),
            state=told["etat"],
            nonce=told["nonce"],
            code_challenge=challenge,
            code_challenge_method="S256",
            **issuer.resource_of(settings),
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
    name = signin.settings.identity.issuer
    if not given.get("code") or given.get("iss", name) != name:  # RFC 9207
        raise DroitInsuffisant(REFUSED)
    answer = await issuer.exchange(signin.settings, given["code"], left["verificateur"])
    _check_nonce(answer, left["nonce"])
    seconds = min(SECONDS, max(0, int(answer.get("expires_in", SECONDS))))
    try:
        response = await _begin(signin, str(answer["access_token"]), seconds)
    except NonAuthentifie as error:  # signing in again would change nothing
        raise DroitInsuffisant(UNBELIEVED) from error
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
    response = see_other(home)
    signin.sessions.begin(response, jeton, identite.portees, seconds=seconds)
    return response


def _check_nonce(answer: dict[str, Any], nonce: str) -> None:
    """Refuse an ID token of another sign-in; it came straight from the issuer (OIDC Core 3.1.3.7, point 6)."""
    try:
        found = json_b64decode(str(answer["id_token"]).split(".")[1].encode())["nonce"]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise DroitInsuffisant(REFUSED) from error
    if not secrets.compare_digest(str(found).encode(), nonce.encode()):
        raise DroitInsuffisant(REFUSED)
