"""HTTP of the orientation service, by noun."""

from services.orientation.routes import alertes, envois, faits, flux, propositions, regles, reorientations, statistiques

ROUTERS = (
    alertes.router,
    envois.router,
    faits.router,
    flux.router,
    propositions.router,
    regles.router,
    reorientations.router,
    statistiques.router,
)
