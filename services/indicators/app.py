"""The indicators service: what is measured."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.indicators.jobs import TRAVAUX
from services.indicators.models import SCHEMA
from services.indicators.routes import ROUTERS
from services.indicators.service.atelier import make_atelier
from services.indicators.settings import Settings
from services.indicators.ventilation_vocabulary import ventilation_vocabularies
from services.indicators.vocabulary import VOCABULAIRES
from shared.database import engine_of
from shared.service_app import build_app
from shared.worker import working


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application; settings are read here, not at import."""
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.atelier = make_atelier(settings.plan_dir)
        async with working(TRAVAUX, settings, SCHEMA)(app):
            yield

    return build_app(
        name="indicators",
        title="Indicateurs",
        routers=ROUTERS,
        identity=settings.identity,
        make_engine=lambda: engine_of(settings, SCHEMA),
        lifespan=lifespan,
        vocabulaires=VOCABULAIRES | ventilation_vocabularies(),
    )
