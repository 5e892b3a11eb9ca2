"""The catalogue service: what the plan says."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.catalogue.models import SCHEMA
from services.catalogue.routes import router
from services.catalogue.settings import Settings
from services.catalogue.vocabulary import VOCABULAIRES
from shared.database import engine_of
from shared.service_app import build_app
from shared.territoires import arbre_of


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application; settings are read here, not at import."""
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.arbre = arbre_of(settings.plan_dir)
        yield

    return build_app(
        name="catalogue",
        title="Catalogue",
        routers=[router],
        identity=settings.identity,
        make_engine=lambda: engine_of(settings, SCHEMA),
        lifespan=lifespan,
        vocabulaires=VOCABULAIRES,
    )
