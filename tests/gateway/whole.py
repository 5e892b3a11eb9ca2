"""The door and its services in this process, on one database: what a test calls without a server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from pydantic import SecretStr

from gateway.addresses import read_addresses
from gateway.cli.identity import DevelopmentIssuer
from gateway.door import Gateway
from gateway.own_app import exchange_of, own_app
from gateway.pages.addresses import PORTAL
from gateway.pages.app import create_pages
from gateway.protection import protect
from gateway.settings import SERVICES, Settings
from gateway.upstreams import AsgiUpstream, Upstream
from gateway.usages import Usages
from services.catalogue.app import create_app as create_catalogue
from services.catalogue.settings import Settings as CatalogueSettings
from services.indicators.app import create_app as create_indicators
from services.indicators.settings import Settings as IndicatorsSettings
from services.orientation.app import create_app as create_orientation
from services.orientation.settings import Settings as OrientationSettings
from shared.settings import IdentitySettings
from tests.conftest import Base
from tests.indicators.keys import believe_also


def identity_of(issuer: DevelopmentIssuer) -> IdentitySettings:
    """Return the settings that believe the issuer, the keys that tests make, and the door."""
    known = issuer.environment
    believed = believe_also(IdentitySettings(issuer=known["IDENTITY_ISSUER"], jwks=known["IDENTITY_JWKS"]))
    return IdentitySettings(issuer=believed.issuer, jwks=believed.jwks, door_jwks=known["IDENTITY_DOOR_JWKS"])


@asynccontextmanager
async def whole_product(base: Base, issuer: DevelopmentIssuer, **settings: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the whole product on ``base``, without its background work."""
    identity, secret = identity_of(issuer), SecretStr("cle-des-essais-" * 3)
    own = Settings(
        database_url=base.url_of("gateway"),
        poivre=secret,
        cle_signature=SecretStr(issuer.environment["GATEWAY_CLE_SIGNATURE"]),
        identity=identity,
        **{"limite": 0} | settings,
    )
    catalogue = CatalogueSettings(database_url=base.url_of("catalogue"), identity=identity)
    indicators = IndicatorsSettings(database_url=base.url_of("indicators"), identity=identity)
    orientation = OrientationSettings(database_url=base.url_of("orientation"), identity=identity, cle_identite=secret)
    upstreams: dict[str, Upstream] = {
        "catalogue": AsgiUpstream(create_catalogue(catalogue)),
        "indicators": AsgiUpstream(create_indicators(indicators)),
        "orientation": AsgiUpstream(create_orientation(orientation)),
    }
    upstreams = protect(upstreams, own)
    exchange, usages = exchange_of(own), Usages()
    upstreams["gateway"] = AsgiUpstream(own_app(own, dict(upstreams), exchange, usages))
    upstreams[PORTAL] = AsgiUpstream(create_pages(own, {name: upstreams[name] for name in SERVICES}))
    door = Gateway(own, upstreams, read_addresses(), exchange, usages)
    async with AsgiUpstream(door).running():
        transport = httpx2.ASGITransport(app=door, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://porte") as client:
            yield client
