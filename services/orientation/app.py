"""The orientation service: who is sent where."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.orientation.load import read_faits, read_parcours
from services.orientation.models import SCHEMA
from services.orientation.routes import router
from services.orientation.settings import Settings
from services.orientation.vocabulary import VOCABULAIRES
from shared.database import engine_of
from shared.service_app import build_app


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application; settings are read here, not at import."""
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.parcours, app.state.faits = read_parcours(), read_faits()
        yield

    return build_app(
        name="orientation",
        title="Orientation",
        routers=[router],
        identity=settings.identity,
        make_engine=lambda: engine_of(settings, SCHEMA),
        lifespan=lifespan,
        vocabulaires=VOCABULAIRES,
    )
