"""The development issuer of embedded mode: one key per role, made anew at each start, refused anywhere else."""

import json
import os
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from gateway.exchange import make_signing_key, public_half
from shared import clock

ISSUER = "urn:spie:developpement"
AUDIENCE = "spie"
LIFETIME = timedelta(days=30)

LECTEUR: tuple[str, ...] = ()
PARTENAIRE = ("indicateurs:pousser", "orientation:pousser")
AGENT = ("orientation:lire", "orientation:ecrire", "orientation:statistiques")
PILOTE = (
    "catalogue:ecrire",
    "indicateurs:lire-brut",
    "indicateurs:valider",
    "orientation:statistiques",
    "orientation:regles",
)
ROLES = {
    "lecteur": LECTEUR,
    "partenaire": PARTENAIRE,
    "agent": AGENT,
    "pilote": PILOTE,
    "admin": ("acces:gerer", *PILOTE),
}


@dataclass(frozen=True)
class DevelopmentIssuer:
    """Keys by role, and the settings that make services believe them."""

    keys: dict[str, str]
    environment: dict[str, str]


def make_issuer() -> DevelopmentIssuer:
    """Return a new issuer; its private key leaves with this function, services get the public half."""
    pair = ECKey.generate_key("P-256", {"kid": secrets.token_hex(8), "use": "sig", "alg": "ES256"})
    now = clock.now()
    header = {"alg": "ES256", "kid": pair.kid, "typ": "JWT"}
    keys = {
        role: jwt.encode(
            header,
            {
                "iss": ISSUER,
                "aud": AUDIENCE,
                "sub": f"dev-{role}",
                "iat": int(now.timestamp()),
                "exp": int((now + LIFETIME).timestamp()),
                "scope": " ".join(scopes),
            },
            pair,
        )
        for role, scopes in ROLES.items()
    }
    public = json.dumps(KeySet([pair]).as_dict(private=False))
    environment = {"IDENTITY_ISSUER": ISSUER, "IDENTITY_AUDIENCE": AUDIENCE, "IDENTITY_JWKS": public}
    door = make_door_settings()
    del door["GATEWAY_POIVRE"]  # the embedded database keeps its own from one start to the next
    return DevelopmentIssuer(keys, environment | door | {"GATEWAY_CLES_DEV": json.dumps(keys)})


def make_door_settings() -> dict[str, str]:
    """Return new secrets of the door: a pepper, its signing key and the public half, what seals sessions."""
    signing = make_signing_key(secrets.token_hex(8))
    return {
        "GATEWAY_POIVRE": secrets.token_urlsafe(48),
        "GATEWAY_CLE_SIGNATURE": signing,
        "IDENTITY_DOOR_JWKS": public_half(signing),
        "GATEWAY_SECRET_SESSIONS": secrets.token_urlsafe(48),
    }


def write_keys(path: Path, keys: dict[str, str]) -> None:
    """Write ``{"role": "key"}``, readable by the owner only, whole or not at all."""
    partial = path.with_suffix(".partiel")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(keys, file, indent=2)
        file.write("\n")
    partial.replace(path)
