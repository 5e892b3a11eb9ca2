"""HTTP of the orientation service, by noun."""

from services.orientation.routes import (
    alertes,
    envois,
    faits,
    flux,
    inscriptions,
    presences,
    propositions,
    regles,
    rencontres,
    reorientations,
    statistiques,
)

ROUTERS = (
    alertes.router,
    envois.router,
    faits.router,
    flux.router,
    inscriptions.router,
    presences.router,
    propositions.router,
    regles.router,
    rencontres.router,
    reorientations.router,
    statistiques.router,
)
