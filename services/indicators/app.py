"""The indicators service: what is measured."""

from fastapi import FastAPI

from services.indicators.models import SCHEMA
from services.indicators.routes import router
from services.indicators.settings import Settings
from shared.database import engine_of
from shared.service_app import build_app


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application; settings are read here, not at import."""
    settings = settings or Settings()
    return build_app(
        name="indicators",
        title="Indicateurs",
        routers=[router],
        identity=settings.identity,
        make_engine=lambda: engine_of(settings, SCHEMA),
    )
