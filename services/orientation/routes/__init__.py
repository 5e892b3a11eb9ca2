"""HTTP of the orientation service, by noun."""

from services.orientation.routes import (
    acces,
    alertes,
    dossiers,
    envois,
    evenements,
    faits,
    flux,
    inscriptions,
    orientations,
    presences,
    propositions,
    regles,
    rencontres,
    reorientations,
    simulations,
    statistiques,
)

ROUTERS = (
    acces.router,
    alertes.router,
    dossiers.router,
    envois.router,
    evenements.router,
    faits.router,
    flux.router,
    inscriptions.router,
    orientations.router,
    presences.router,
    propositions.router,
    regles.router,
    rencontres.router,
    reorientations.router,
    simulations.router,
    statistiques.router,
)
