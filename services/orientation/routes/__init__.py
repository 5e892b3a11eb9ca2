"""HTTP of the orientation service, by noun."""

from services.orientation.routes import (
    faits,
    flux,
    inscriptions,
    presences,
    propositions,
    regles,
    rencontres,
    statistiques,
)

ROUTERS = (
    faits.router,
    flux.router,
    inscriptions.router,
    presences.router,
    propositions.router,
    regles.router,
    rencontres.router,
    statistiques.router,
)
