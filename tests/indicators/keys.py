"""Keys restricted to some sources, quantities or territories, from the issuer that tests stand on."""

import json
from datetime import timedelta
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

from gateway.cli.identity import AUDIENCE, ISSUER
from shared import clock
from shared.settings import IdentitySettings

PAIR = ECKey.generate_key("P-256", {"kid": "essais", "use": "sig", "alg": "ES256"})


def believe_also(known: IdentitySettings) -> IdentitySettings:
    """Return settings that believe the keys made here too."""
    keys = [*json.loads(known.jwks)["keys"], PAIR.as_dict(private=False)]
    return IdentitySettings(issuer=known.issuer, jwks=json.dumps({"keys": keys}))


def make_key(sujet: str, *portees: str, **restrictions: Any) -> dict[str, str]:
    """Return the header of a key of ``sujet``, with the rights and the restrictions given."""
    expires = int((clock.now() + timedelta(days=1)).timestamp())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": sujet, "exp": expires, "scope": " ".join(portees), **restrictions}
    return {"Authorization": f"Bearer {jwt.encode({'alg': 'ES256', 'kid': 'essais'}, claims, PAIR)}"}
