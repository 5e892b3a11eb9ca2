"""The orientation service: who is sent where."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from services.orientation.flux.definitions import read_definitions
from services.orientation.jobs import TRAVAUX
from services.orientation.load import read_faits, read_parcours
from services.orientation.models import SCHEMA
from services.orientation.routes import ROUTERS
from services.orientation.service.en_vigueur import EnVigueur
from services.orientation.service.figures import Memoire
from services.orientation.settings import Settings
from services.orientation.vocabulary import VOCABULAIRES
from shared.database import engine_of
from shared.service_app import build_app
from shared.territoires import arbre_of
from shared.worker import working


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application; settings are read here, not at import."""
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.parcours, app.state.faits = read_parcours(), read_faits()
        app.state.flux, app.state.arbre = read_definitions(), arbre_of(settings.plan_dir)
        app.state.cle_identite, app.state.figures = settings.cle_identite, Memoire()
        app.state.en_vigueur = EnVigueur(app.state.faits, app.state.parcours, app.state.arbre)
        app.state.regles = app.state.en_vigueur.regles
        async with working(TRAVAUX, settings, SCHEMA)(app):
            yield

    return build_app(
        name="orientation",
        title="Orientation",
        routers=ROUTERS,
        identity=settings.identity,
        make_engine=lambda: engine_of(settings, SCHEMA),
        lifespan=lifespan,
        vocabulaires=VOCABULAIRES,
    )
