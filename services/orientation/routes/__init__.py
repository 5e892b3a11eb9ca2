"""HTTP of the orientation service, by noun."""

from services.orientation.routes import (
    acces,
    dossiers,
    evenements,
    faits,
    flux,
    orientations,
    propositions,
    regles,
    statistiques,
)

ROUTERS = (
    acces.router,
    dossiers.router,
    evenements.router,
    faits.router,
    flux.router,
    orientations.router,
    propositions.router,
    regles.router,
    statistiques.router,
)
