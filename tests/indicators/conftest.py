"""What tests of the indicators service share: the keys of who pushes and of who reads everything."""

from collections.abc import Callable

import pytest

from gateway.cli.identity import DevelopmentIssuer
from shared.settings import IdentitySettings
from tests.indicators import keys

Key = dict[str, str]


@pytest.fixture(scope="session")
def identity(issuer: DevelopmentIssuer) -> IdentitySettings:
    """The settings that make services believe the issuer, and the restricted keys of :mod:`keys`."""
    known = issuer.environment
    return keys.believe_also(IdentitySettings(issuer=known["IDENTITY_ISSUER"], jwks=known["IDENTITY_JWKS"]))


@pytest.fixture
def partner(bearer: Callable[[str], Key]) -> Key:
    """The key of a system that pushes."""
    return bearer("partenaire")


@pytest.fixture
def pilot(bearer: Callable[[str], Key]) -> Key:
    """The key of someone who reads everything and agrees to publish."""
    return bearer("pilote")
