"""An issuer that others wrote, npm's ``oidc-provider``, in a process of its own."""

import json
import os
import secrets
import subprocess
from pathlib import Path
from typing import Any

import httpx2
from joserfc.jwk import ECKey, KeySet, RSAKey

from tests.gateway.servers import refusing_url
from tests.outils.installation import npm

Key = RSAKey | ECKey
RESOURCE = "urn:spie:api"


def make_key(algorithm: str) -> Key:
    """Return a new signing key."""
    parameters: Any = {"kid": secrets.token_hex(4), "use": "sig", "alg": algorithm}
    if algorithm in ("RS256", "PS256"):
        return RSAKey.generate_key(2048, parameters)
    return ECKey.generate_key("P-256", parameters)


class Issuer:
    """The issuer, which may be stopped and started with another key at the same address.

    With ``back``, people sign in and are sent back there; without it, its client asks in its own name.
    """

    def __init__(self, *, scopes: str, back: str = "", host: str = "127.0.0.1") -> None:
        self.port = refusing_url().rpartition(":")[2]
        self.url, self.secret = f"http://{host}:{self.port}", f"{secrets.token_urlsafe(24)}+/%3A:="
        self._told = {"URL": self.url, "PORT": self.port, "SECRET": self.secret, "SCOPES": scopes, "BACK": back}
        self._told |= {"RESOURCE": RESOURCE, "TOOLS": str(npm("oidc-provider@9.13.3"))}
        self._process: subprocess.Popen[str] | None = None

    def start(self, key: Key, *, audience: str = "spie") -> None:
        """Start, or start again, with ``key``."""
        self.stop()
        told = {"ALG": str(key.alg), "AUDIENCE": audience, "JWKS": json.dumps(KeySet([key]).as_dict(private=True))}
        self._process = subprocess.Popen(
            ["node", str(Path(__file__).parent / "emetteur.mjs")],
            env={"PATH": os.environ["PATH"], **self._told, **told},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == "ready"

    def stop(self) -> None:
        """Stop."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    async def token(self, scope: str = "") -> str:
        """Ask for an access token as a client does (RFC 6749 §4.4, RFC 8707)."""
        form = {"grant_type": "client_credentials", "resource": RESOURCE, "scope": scope}
        form |= {"client_id": "portail", "client_secret": self.secret}
        async with httpx2.AsyncClient() as client:
            answer = await client.post(f"{self.url}/token", data=form)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])
