"""Whose tokens are believed: an OIDC issuer, whose keys are fetched and change, and the door itself.

The door exchanges partner keys for tokens of its own, which services check as any other: they trust no header.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.errors import Phrase, ServiceIndisponible
from shared.settings import IdentitySettings

log = logging.getLogger("spie")
DOOR_ISSUER = "urn:spie:porte"
DISCOVERY = "/.well-known/openid-configuration"
FRESH_SECONDS, RETRY_SECONDS, KEPT_SECONDS = 600.0, 10.0, 24 * 3600.0
"""Keys are asked for again after ten minutes or for a ``kid`` that is not known, never twice within ten seconds; while
the issuer is away, the last ones are believed for a day."""
TIMEOUT = aiohttp.ClientTimeout(total=3)
MAX_DOCUMENT = 1 << 20


class Keys(Protocol):
    """The public keys of an issuer."""

    async def find(self, kid: str | None) -> KeySet:
        """Return the keys, among them ``kid`` if the issuer has it. Raises :class:`ServiceIndisponible`."""
        ...


@dataclass(frozen=True)
class Issuer:
    """Who signs tokens, and its keys."""

    name: str
    keys: Keys


class FixedKeys:
    """A key set given by configuration."""

    def __init__(self, document: str) -> None:
        self._keys = KeySet.import_key_set(json.loads(document))

    async def find(self, kid: str | None) -> KeySet:
        """Return the keys."""
        return self._keys


class FetchedKeys:
    """The key set that an issuer publishes, at ``url`` or, if that is its discovery document, where this says."""

    def __init__(self, issuer: str, url: str, *, now: Callable[[], float] = time.monotonic) -> None:
        self._issuer, self._url, self._now = issuer, url, now
        self._keys: KeySet | None = None
        self._fetched = self._tried = -KEPT_SECONDS
        self._turn = asyncio.Lock()

    async def find(self, kid: str | None) -> KeySet:
        """Return the keys. Raises :class:`ServiceIndisponible` when the issuer gave none for a day."""
        if not self._serves(kid):
            async with self._turn:
                if not self._serves(kid) and self._now() - self._tried >= RETRY_SECONDS:
                    await self._refresh()
        if self._keys is None or self._now() - self._fetched >= KEPT_SECONDS:
            detail = Phrase("L'émetteur des identités ne répond pas", "The issuer of identities does not answer")
            raise ServiceIndisponible(detail)
        return self._keys

    def _serves(self, kid: str | None) -> bool:
        if self._keys is None or self._now() - self._fetched >= FRESH_SECONDS:
            return False
        return kid is None or any(key.kid == kid for key in self._keys.keys)

    async def _refresh(self) -> None:
        self._tried = self._now()
        try:
            async with aiohttp.ClientSession(timeout=TIMEOUT, cookie_jar=aiohttp.DummyCookieJar()) as client:
                document = await _read_document(client, self._url)
                if self._url.endswith(DISCOVERY):
                    document = await _read_document(client, self._place_in(document))
                self._keys = KeySet.import_key_set(document)  # type: ignore[arg-type]
            self._fetched = self._now()
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError, KeyError, TypeError, JoseError) as error:
            log.warning("clés de l'émetteur illisibles : %s", type(error).__name__)

    def _place_in(self, document: dict[str, Any]) -> str:
        if document["issuer"] != self._issuer:
            raise ValueError("issuer")
        return str(document["jwks_uri"])


async def _read_document(client: aiohttp.ClientSession, url: str) -> dict[str, Any]:
    async with client.get(url, allow_redirects=False) as answer:
        if answer.status != 200:
            raise ValueError(answer.status)
        return await read_object(answer)


async def read_object(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    """Return the JSON object that an issuer answers. Raises ``ValueError`` for anything else, and beyond a mebibyte."""
    body = bytearray()
    async for part in answer.content.iter_any():
        body += part
        if len(body) > MAX_DOCUMENT:
            raise ValueError("size")
    document = json.loads(body)
    if not isinstance(document, dict):
        raise ValueError("document")
    return document


def issuers_of(settings: IdentitySettings) -> dict[str, Issuer]:
    """Return who is believed, by name: the configured issuer, then the door when it signs tokens."""
    believed = {}
    if settings.jwks:
        believed[settings.issuer] = Issuer(settings.issuer, FixedKeys(settings.jwks))
    elif settings.jwks_url:
        believed[settings.issuer] = Issuer(settings.issuer, FetchedKeys(settings.issuer, settings.jwks_url))
    if settings.door_jwks:
        believed[DOOR_ISSUER] = Issuer(DOOR_ISSUER, FixedKeys(settings.door_jwks))
    return believed
