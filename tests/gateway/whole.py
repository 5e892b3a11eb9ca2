"""The door and its services in this process, on one database: what a test calls without a server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from pydantic import SecretStr

from gateway.addresses import read_addresses
from gateway.cli.identity import DevelopmentIssuer
from gateway.door import Gateway
from gateway.own_app import exchange_of, own_app
from gateway.settings import Settings
from gateway.upstreams import AsgiUpstream, Upstream
from services.catalogue.app import create_app as create_catalogue
from services.catalogue.settings import Settings as CatalogueSettings
from services.indicators.app import create_app as create_indicators
from services.indicators.settings import Settings as IndicatorsSettings
from services.orientation.app import create_app as create_orientation
from services.orientation.settings import Settings as OrientationSettings
from shared.settings import IdentitySettings
from tests.conftest import Base


@asynccontextmanager
async def whole_product(base: Base, issuer: DevelopmentIssuer) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the whole product on ``base``, workers included."""
    known = issuer.environment
    identity = IdentitySettings(
        issuer=known["IDENTITY_ISSUER"], jwks=known["IDENTITY_JWKS"], door_jwks=known["IDENTITY_DOOR_JWKS"]
    )
    secret = SecretStr("cle-des-essais-" * 3)
    settings = Settings(
        database_url=SecretStr(base.owner_url),
        poivre=secret,
        cle_signature=SecretStr(known["GATEWAY_CLE_SIGNATURE"]),
        identity=identity,
        limite=0,
    )
    upstreams: dict[str, Upstream] = {
        "catalogue": AsgiUpstream(
            create_catalogue(CatalogueSettings(database_url=base.url_of("catalogue"), identity=identity))
        ),
        "indicators": AsgiUpstream(
            create_indicators(IndicatorsSettings(database_url=base.url_of("indicators"), identity=identity))
        ),
        "orientation": AsgiUpstream(
            create_orientation(
                OrientationSettings(database_url=base.url_of("orientation"), identity=identity, cle_identite=secret)
            )
        ),
    }
    exchange = exchange_of(settings)
    upstreams["gateway"] = AsgiUpstream(own_app(settings, upstreams, exchange))
    door = Gateway(settings, upstreams, read_addresses(), exchange)
    async with AsgiUpstream(door).running():
        transport = httpx2.ASGITransport(app=door, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            yield client
