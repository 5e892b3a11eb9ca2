"""HTTP of the orientation service, by noun."""

from services.orientation.routes import faits, flux, inscriptions, propositions, regles, rencontres, statistiques

ROUTERS = (
    faits.router,
    flux.router,
    inscriptions.router,
    propositions.router,
    regles.router,
    rencontres.router,
    statistiques.router,
)
