"""HTTP of the orientation service, by noun."""

from services.orientation.routes import dossiers, evenements, faits, flux, propositions, regles, statistiques

ROUTERS = (
    dossiers.router,
    evenements.router,
    faits.router,
    flux.router,
    propositions.router,
    regles.router,
    statistiques.router,
)
