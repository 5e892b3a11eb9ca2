"""Services under test believe the restricted keys made by tests too."""

import pytest

from gateway.cli.identity import DevelopmentIssuer
from shared.settings import IdentitySettings
from tests.indicators.keys import believe_also


@pytest.fixture(scope="session")
def identity(issuer: DevelopmentIssuer) -> IdentitySettings:
    """The settings that make services believe the issuer, and the restricted keys made here."""
    known = issuer.environment
    return believe_also(IdentitySettings(issuer=known["IDENTITY_ISSUER"], jwks=known["IDENTITY_JWKS"]))
