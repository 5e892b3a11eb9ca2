"""What the tests of the orientation stand on besides the common fixtures."""

import pytest

from gateway.cli.identity import DevelopmentIssuer
from shared.settings import IdentitySettings
from tests.indicators.keys import believe_also


@pytest.fixture(scope="session")
def identity(issuer: DevelopmentIssuer) -> IdentitySettings:
    """The settings that make services believe the issuer, and the restricted keys made in tests."""
    known = issuer.environment
    return believe_also(IdentitySettings(issuer=known["IDENTITY_ISSUER"], jwks=known["IDENTITY_JWKS"]))
