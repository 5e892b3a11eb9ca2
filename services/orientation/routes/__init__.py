"""HTTP of the orientation service, by noun."""

from services.orientation.routes import alertes, faits, flux, propositions, regles, reorientations, statistiques

ROUTERS = (
    alertes.router,
    faits.router,
    flux.router,
    propositions.router,
    regles.router,
    reorientations.router,
    statistiques.router,
)
