"""Who calls: access tokens (OIDC, JWT) checked by the service that owns the data, which trusts no header.

What is sent is checked even where nothing is needed: a wrong token on a public read is a 401.
"""

import base64
import hashlib
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi import Request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared import clock
from shared.errors import DroitInsuffisant, NonAuthentifie, Phrase
from shared.issuers import DOOR_ISSUER, issuers_of
from shared.query import refuse_malformed_query
from shared.settings import IdentitySettings

MAX_TOKEN = 8192
MAX_VERIFIED = 1024
"""How many tokens are kept with their signature already verified: verifying is most of what a caller costs."""


@dataclass(frozen=True)
class Identite:
    """A caller whose token was checked. A restriction is ``None`` when the token carries none."""

    sujet: str
    portees: frozenset[str]
    sources: frozenset[str] | None = None
    grandeurs: frozenset[str] | None = None
    territoires: frozenset[str] | None = None


@dataclass(frozen=True)
class _Verifie:
    """What a token says, its signature verified."""

    header: dict[str, Any]
    claims: dict[str, Any]
    identite: Identite
    keys: KeySet


class AccessControl:
    """Checks tokens against the keys of who is believed.

    A signature is verified once by key set: an issuer that changes its keys has what it signed verified again. Every
    claim is checked each time.
    """

    def __init__(self, settings: IdentitySettings) -> None:
        self._settings = settings
        self._issuers = issuers_of(settings)
        self._verified: OrderedDict[bytes, _Verifie] = OrderedDict()

    async def identify(self, authorization: str | None) -> Identite | None:
        """Return the caller named by the ``Authorization`` header, ``None`` without one.

        Raises :class:`NonAuthentifie` for anything sent that is not a valid token, ``ServiceIndisponible`` when its
        issuer gives no key.
        """
        if authorization is None:
            return None
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > MAX_TOKEN:
            raise refused_token()
        try:
            found = await self._verify(token.strip())
            self._check(found.header, found.claims)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise refused_token() from error
        return found.identite

    async def _verify(self, token: str) -> _Verifie:
        """Return what ``token`` says; it is kept, under its fingerprint, if it is well signed and valid now."""
        fingerprint = hashlib.sha256(token.encode()).digest()
        found = self._verified.get(fingerprint)
        issuer, kid = (found.claims["iss"], found.header.get("kid")) if found else _told_by(token)
        keys = await self._issuers[issuer].keys.find(kid)
        if found is not None and found.keys is keys:
            self._verified.move_to_end(fingerprint)
            return found
        decoded = jwt.decode(token, keys, algorithms=self._settings.algorithms)
        self._check(decoded.header, decoded.claims)
        identite = _identite(decoded.claims, "scope" if issuer == DOOR_ISSUER else self._settings.scope_claim)
        found = _Verifie(decoded.header, decoded.claims, identite, keys)
        self._verified[fingerprint] = found
        if len(self._verified) > MAX_VERIFIED:
            self._verified.popitem(last=False)
        return found

    def _check(self, header: dict[str, Any], claims: dict[str, Any]) -> None:
        if header.get("typ", "JWT") not in self._settings.typ:
            raise ValueError("typ")
        registry = jwt.JWTClaimsRegistry(
            now=lambda: int(clock.now().timestamp()),
            leeway=30,
            iss={"essential": True, "values": list(self._issuers)},
            aud={"essential": True, "value": self._settings.audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        registry.validate(claims)


def _told_by(token: str) -> tuple[str, str | None]:
    """Return the issuer and the key that a token names, before anything is believed of it."""
    header, claims, _ = token.split(".")
    kid = _decode(header).get("kid")
    return _text(_decode(claims)["iss"]), None if kid is None else _text(kid)


def _decode(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def refused_token() -> NonAuthentifie:
    """Return the refusal of a token, which never says why: that would help who forges one."""
    return NonAuthentifie(
        Phrase("Le jeton ou la clé n'est pas valide", "The token or key is not valid"),
        headers={"WWW-Authenticate": 'Bearer realm="spie", error="invalid_token"'},
    )


def _identite(claims: dict[str, Any], scope_claim: str) -> Identite:
    scopes = claims.get(scope_claim, "")
    return Identite(
        sujet=_text(claims["sub"]),
        portees=frozenset(scopes.split() if isinstance(scopes, str) else _texts(scopes)),
        sources=_restriction(claims, "sources"),
        grandeurs=_restriction(claims, "grandeurs"),
        territoires=_restriction(claims, "territoires"),
    )


def _restriction(claims: dict[str, Any], name: str) -> frozenset[str] | None:
    """Return what a claim restricts to: a word or a list of words. Anything else refuses the token."""
    if name not in claims:
        return None
    given = claims[name]
    return frozenset([given] if isinstance(given, str) else _texts(given))


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise TypeError("a list of texts is expected")
    return [_text(item) for item in value]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a text is expected")
    return value


async def _identify(request: Request) -> Identite | None:
    control: AccessControl = request.app.state.access
    return await control.identify(request.headers.get("authorization"))


async def public(request: Request) -> Identite | None:
    """Let anyone in; whoever names themselves is checked, and then the form of what they ask."""
    identite = await _identify(request)
    refuse_malformed_query(request)
    return identite


public.portees = ()  # type: ignore[attr-defined]


@cache
def exige(*portees: str) -> Callable[[Request], Awaitable[Identite]]:
    """Return the dependency that lets in only callers who hold one of the scopes ``portees``.

    Raises :class:`NonAuthentifie` (401) without a valid token, :class:`DroitInsuffisant` (403) without the scope.
    """
    french, english, asked = " ou ".join(portees), " or ".join(portees), " ".join(portees)

    async def require(request: Request) -> Identite:
        identite = await _identify(request)
        if identite is None:
            raise NonAuthentifie(headers={"WWW-Authenticate": 'Bearer realm="spie"'})
        if identite.portees.isdisjoint(portees):
            raise DroitInsuffisant(
                Phrase(f"Cette opération demande le droit {french}", f"This operation needs the scope {english}"),
                headers={"WWW-Authenticate": f'Bearer realm="spie", error="insufficient_scope", scope="{asked}"'},
            )
        refuse_malformed_query(request)
        return identite

    require.portees = portees  # type: ignore[attr-defined]
    return require
