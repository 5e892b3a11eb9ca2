"""Hides who persons are: identifiers become keyed hashes, whose key never enters the database."""

import hashlib
import hmac
from dataclasses import dataclass

from pydantic import SecretStr

from services.orientation.errors import CleIdentiteAbsente
from services.orientation.flux.identities import Key


@dataclass(frozen=True)
class Hacheur:
    """Makes keyed hashes; ``id`` tells which key was used, and nothing of it."""

    secret: bytes
    id: str

    def hash(self, key: Key) -> bytes:
        """Return the HMAC-SHA-256 of a normalised identifier and its kind."""
        return hmac.new(self.secret, "\0".join(key).encode(), hashlib.sha256).digest()


def hacheur_of(secret: SecretStr | None) -> Hacheur:
    """Return what hashes with ``secret``. Raises :class:`CleIdentiteAbsente` (503) without one."""
    if secret is None or len(secret.get_secret_value()) < 32:
        raise CleIdentiteAbsente
    value = secret.get_secret_value().encode()
    return Hacheur(value, hashlib.sha256(b"id\0" + value).hexdigest()[:8])
