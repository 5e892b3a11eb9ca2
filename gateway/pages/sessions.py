"""Who signed in: a sealed cookie that scripts cannot read, that other sites cannot use, and that holds no name."""

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response

from shared import clock
from shared.errors import DroitInsuffisant, NonAuthentifie, Phrase

SECONDS = 8 * 3600
MOST_BYTES = 3800
"""A browser drops a cookie of more than 4 096 bytes, its name and attributes included."""
ELSEWHERE = Phrase(
    "Le formulaire ne vient pas d'une page de ce site, ou elle est trop ancienne : rechargez-la, puis renvoyez-le",
    "The form does not come from a page of this site, or that page is too old: reload it, then send it again",
)


@dataclass(frozen=True)
class Seance:
    """A person's token, the rights it says it has, and what its forms must send back."""

    jeton: str
    portees: frozenset[str]
    formulaire: str


class Sessions:
    """Seals and opens cookies; without a secret nobody signs in."""

    def __init__(self, secret: SecretStr | None, *, secure: bool) -> None:
        material = secret and hashlib.sha256(b"spie pages" + secret.get_secret_value().encode()).digest()
        self._key = OctKey.import_key(material) if material else None
        self._secure = secure
        self.open = self._key is not None

    def begin(self, response: Response, jeton: str, portees: frozenset[str], *, seconds: int = SECONDS) -> None:
        """Note in the browser who signed in."""
        told = {"jeton": jeton, "portees": sorted(portees), "formulaire": secrets.token_urlsafe(24)}
        self.keep(response, "seance", told, seconds)

    def keep(self, response: Response, name: str, told: dict[str, Any], seconds: int) -> None:
        """Set a sealed cookie. Raises :class:`DroitInsuffisant` when it is larger than browsers keep."""
        assert self._key is not None
        until = int(clock.now().timestamp()) + seconds
        sealed = jwe.encrypt_compact(
            {"alg": "dir", "enc": "A256GCM"}, json.dumps({**told, "sorte": name, "fin": until}), self._key
        )
        if len(sealed) > MOST_BYTES:
            raise DroitInsuffisant(Phrase("Le jeton de l'émetteur est trop grand", "The issuer's token is too large"))
        response.set_cookie(
            self._cookie(name), sealed, max_age=seconds, path="/", secure=self._secure, httponly=True, samesite="lax"
        )

    def read(self, request: Request, name: str) -> dict[str, Any] | None:
        """Return what a cookie of ours says, ``None`` when there is none that still holds."""
        sealed = request.cookies.get(self._cookie(name))
        if sealed is None or self._key is None:
            return None
        try:
            told: dict[str, Any] = json.loads(jwe.decrypt_compact(sealed, self._key).plaintext or b"")
        except (JoseError, ValueError):
            return None
        return told if told["sorte"] == name and told["fin"] > clock.now().timestamp() else None

    def end(self, response: Response, name: str = "seance") -> None:
        """Forget a cookie."""
        response.delete_cookie(self._cookie(name), path="/", secure=self._secure, httponly=True, samesite="lax")

    def find(self, request: Request) -> Seance | None:
        """Return who signed in, ``None`` for nobody."""
        told = self.read(request, "seance")
        return Seance(told["jeton"], frozenset(told["portees"]), told["formulaire"]) if told else None

    def require(self, request: Request) -> Seance:
        """Return who signed in. Raises :class:`NonAuthentifie`."""
        seance = self.find(request)
        if seance is None:
            raise NonAuthentifie
        return seance

    def _cookie(self, name: str) -> str:
        return f"__Host-spie-{name}" if self._secure else f"spie-{name}"


def check_origin(request: Request) -> None:
    """Refuse a form that another site sends. Raises :class:`DroitInsuffisant`."""
    told, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if told is not None:  # what a browser of today says; the origin is hidden from us by our own Referrer-Policy
        from_here = told in ("same-origin", "none")
    else:
        from_here = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if not from_here:
        raise DroitInsuffisant(ELSEWHERE)


def check_form(request: Request, seance: Seance, given: Any) -> None:
    """Refuse a form that no page of ours made for this session. Raises :class:`DroitInsuffisant`."""
    check_origin(request)
    if not isinstance(given, str) or not secrets.compare_digest(given.encode(), seance.formulaire.encode()):
        raise DroitInsuffisant(ELSEWHERE)
