"""Exchanges a partner's key for a token of the door, which services check as they check any other.

Services never see a key, and trust no header: a token says who calls, what they may do, and dies in two minutes. What a
key opens is looked up again every second, so that a revoked key is refused a second later by every process.
"""

import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.models import Cle
from gateway.service import PREFIX, find_key
from shared import clock
from shared.database import transaction
from shared.issuers import DOOR_ISSUER
from shared.tokens import refused_token

ALL = "*"
LIFETIME_SECONDS, RENEWED_BEFORE = 120, 30
CHECKED_SECONDS = 1.0
MAX_KNOWN = 4096
BEARER = "bearer "
RawHeaders = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class _Known:
    """A token that was made for a key, and when what it says was looked up."""

    said: tuple[object, ...]
    token: str
    ends: float
    checked: float


class KeyExchange:
    """Makes the door's tokens, and remembers them while they hold."""

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        pepper: bytes,
        signing_key: str,
        audience: str,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.engine, self._pepper, self._audience, self._now = engine, pepper, audience, now
        self._key = ECKey.import_key(json.loads(signing_key))
        self._known: OrderedDict[bytes, _Known] = OrderedDict()

    async def renew(self, headers: RawHeaders) -> RawHeaders:
        """Return ``headers`` with a token in place of a partner's key; other credentials go on as they are.

        Raises ``NonAuthentifie`` for a key that opens nothing, ``ServiceIndisponible`` without a database.
        """
        return [(name, await self._renew(value) if name == b"authorization" else value) for name, value in headers]

    async def _renew(self, authorization: bytes) -> bytes:
        text = authorization.decode("latin-1")
        if text[: len(BEARER)].lower() != BEARER or not (key := text[len(BEARER) :].strip()).startswith(PREFIX):
            return authorization
        return f"Bearer {await self._token_of(key)}".encode()

    def forget(self) -> None:
        """Look every key up again: one of them was just revoked."""
        self._known.clear()

    async def _token_of(self, key: str) -> str:
        fingerprint, now = hashlib.sha256(key.encode()).digest(), self._now()
        known = self._known.get(fingerprint)
        if known is not None and now - known.checked < CHECKED_SECONDS and now < known.ends:
            return known.token
        self._known.pop(fingerprint, None)
        async with transaction(self.engine) as session:
            cle = await find_key(session, key, self._pepper)
        if cle is None:
            raise refused_token()
        if known is not None and known.said == _said_of(cle) and now < known.ends:
            known = replace(known, checked=now)
        else:
            known = _Known(_said_of(cle), self._sign(cle), now + LIFETIME_SECONDS - RENEWED_BEFORE, now)
        self._known[fingerprint] = known
        if len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)
        return known.token

    def _sign(self, cle: Cle) -> str:
        now = int(clock.now().timestamp())
        claims = {"iss": DOOR_ISSUER, "aud": self._audience, "sub": cle.id, "iat": now, "exp": now + LIFETIME_SECONDS}
        held = {"sources": cle.sources, "grandeurs": cle.grandeurs, "territoires": cle.territoires}
        claims |= {name: codes for name, codes in held.items() if codes != [ALL]}
        header = {"alg": "ES256", "kid": self._key.kid, "typ": "JWT"}
        return jwt.encode(header, claims | {"scope": " ".join(cle.portees)}, self._key)


def public_half(signing_key: str) -> str:
    """Return the key set that services believe, as JSON."""
    return json.dumps(KeySet([ECKey.import_key(json.loads(signing_key))]).as_dict(private=False))


def make_signing_key(kid: str) -> str:
    """Return a new private key, as JSON."""
    pair = ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"})
    return json.dumps(pair.as_dict(private=True))


def _said_of(cle: Cle) -> tuple[object, ...]:
    return (cle.id, *map(tuple, (cle.portees, cle.sources, cle.grandeurs, cle.territoires)))
