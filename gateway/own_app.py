"""The application of the door's own paths: it has a schema of its own, for partner keys."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from gateway.exchange import KeyExchange
from gateway.models import SCHEMA
from gateway.routes import ROUTERS
from gateway.settings import Settings
from gateway.upstreams import Upstream
from gateway.usage_reports import reporting
from gateway.usages import Usages
from gateway.vocabulary import VOCABULAIRES
from shared.database import engine_of
from shared.expedition import expediteur_to
from shared.service_app import build_app

HERE = Path(__file__).parent


def own_app(
    settings: Settings, upstreams: Mapping[str, Upstream], exchange: KeyExchange | None, usages: Usages
) -> FastAPI:
    """Return the application of the door's own paths; ``exchange`` is ``None`` where partner keys are not set up.

    Counts of use need the same database: without it they are not kept.
    """
    expediteur = expediteur_to(settings.indicateurs_url, settings.indicateurs_jeton)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.engine = exchange and exchange.engine
        if exchange is None:
            yield
            return
        async with reporting(exchange.engine, usages, expediteur):
            yield

    app = build_app(
        name="gateway",
        title="SPIE",
        routers=ROUTERS,
        identity=settings.identity,
        lifespan=lifespan,
        vocabulaires=VOCABULAIRES,
    )
    app.state.upstreams = upstreams
    app.state.exchange, app.state.pepper = exchange, settings.poivre
    app.state.metriques = settings.metriques
    app.state.join_seconds = settings.first_byte_seconds / 2
    app.state.probe_seconds = min(3.0, settings.first_byte_seconds / 2)
    documents = {name: (HERE / f"{name}.json").read_bytes() for name in ("vocabulaires", "codes-erreur")}
    app.state.contracts = {
        "fr": (HERE / "openapi.json").read_bytes(),
        "en": (HERE / "openapi.en.json").read_bytes(),
    }
    app.state.pages = {}  # those of the contract, once they were asked for
    app.state.documents = {name: json.loads(content) for name, content in documents.items()}
    return app


def exchange_of(settings: Settings) -> KeyExchange | None:
    """Return what takes partner keys, ``None`` unless a database, a pepper and a signing key are given."""
    located = settings.database_url or settings.owner_database_url
    if not (located and settings.poivre and settings.cle_signature):
        return None
    return KeyExchange(
        engine_of(settings, SCHEMA),
        pepper=settings.poivre.get_secret_value().encode(),
        signing_key=settings.cle_signature.get_secret_value(),
        audience=settings.identity.audience,
    )
