"""What signing in asks of the issuer: what it publishes, a token for a code (OIDC Discovery, RFC 6749, RFC 8707)."""

import json
from typing import Any
from urllib.parse import quote_plus

import aiohttp
from oauthlib.oauth2 import OAuth2Error, WebApplicationClient, is_secure_transport

from gateway.settings import Settings
from shared.errors import DroitInsuffisant, Phrase, ReponseIllisible, ServiceIndisponible
from shared.issuers import DISCOVERY, read_object

SECONDS = 10
ENDPOINTS = ("authorization_endpoint", "token_endpoint")
REFUSED = Phrase(
    "L'émetteur n'a pas confirmé la connexion : recommencez", "The issuer did not confirm the sign-in: start again"
)
UNFIT = Phrase(
    "L'émetteur des identités ne publie pas ce qu'il faut pour se connecter",
    "The issuer of identities does not publish what signing in needs",
)


def return_address(settings: Settings) -> str:
    """Return where the issuer sends the browser back to."""
    return f"{settings.adresse}/connexion/retour"


def resource_of(settings: Settings) -> dict[str, str]:
    """Return the parameter that names the API which the token is for, where the issuer wants one (RFC 8707)."""
    return {"resource": settings.oidc_ressource} if settings.oidc_ressource else {}


async def discover(settings: Settings) -> dict[str, Any]:
    """Return what the issuer publishes. Raises :class:`ReponseIllisible` if it is another's, or not over HTTPS."""
    name = settings.identity.issuer
    if not is_secure_transport(name):
        raise ReponseIllisible(UNFIT)
    told = await _ask(lambda http: http.get(name.rstrip("/") + DISCOVERY, allow_redirects=False))
    places = [told.get(endpoint) for endpoint in ENDPOINTS]
    if told.get("issuer") != name or not all(isinstance(each, str) and is_secure_transport(each) for each in places):
        raise ReponseIllisible(UNFIT)
    return told


async def find_end(settings: Settings) -> str | None:
    """Return where the issuer ends its own session, ``None`` if it does not say it, or not over HTTPS."""
    place = (await discover(settings)).get("end_session_endpoint")
    return place if isinstance(place, str) and is_secure_transport(place) else None


async def exchange(settings: Settings, code: str, verifier: str) -> dict[str, Any]:
    """Return the issuer's tokens. Raises :class:`DroitInsuffisant` when it refuses the code."""
    client = WebApplicationClient(settings.oidc_client)
    told = {"code": code, "redirect_uri": return_address(settings), "code_verifier": verifier}
    body = client.prepare_request_body(**told, **resource_of(settings))
    endpoint = (await discover(settings))["token_endpoint"]
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    headers |= _credentials(settings)
    answer = await _ask(lambda http: http.post(endpoint, data=body, headers=headers, allow_redirects=False))
    try:
        client.parse_request_body_response(json.dumps(answer))
    except (OAuth2Error, Warning, TypeError, ValueError) as error:  # the last two: a duration that is no number
        raise DroitInsuffisant(REFUSED) from error
    return answer


def _credentials(settings: Settings) -> dict[str, str]:
    """Return who the client is; both parts are form-encoded before they are joined (RFC 6749 2.3.1)."""
    if settings.oidc_secret is None:
        return {}
    name, secret = (quote_plus(part) for part in (settings.oidc_client or "", settings.oidc_secret.get_secret_value()))
    return {"Authorization": aiohttp.encode_basic_auth(name, secret)}


async def _ask(asking: Any) -> dict[str, Any]:
    """Return what the issuer says in JSON. Raises :class:`ReponseIllisible`, beyond a mebibyte too."""
    timeout = aiohttp.ClientTimeout(total=SECONDS)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as http, asking(http) as answer:
            return await read_object(answer)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise ServiceIndisponible from error
    except ValueError as error:
        raise ReponseIllisible from error
