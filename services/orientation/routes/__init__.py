"""HTTP of the orientation service, by noun."""

from services.orientation.routes import faits, flux, propositions, regles, simulations, statistiques

ROUTERS = (faits.router, flux.router, propositions.router, regles.router, simulations.router, statistiques.router)
