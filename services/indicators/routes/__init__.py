"""HTTP of the indicators service, by noun."""

from services.indicators.routes import (
    cibles,
    completude,
    indicateurs,
    lots,
    mesures,
    schemas_csv,
    sources,
    tableaux,
    valeurs,
    verrous,
)

ROUTERS = (
    cibles.router,
    completude.router,
    indicateurs.router,
    lots.router,
    mesures.router,
    schemas_csv.router,
    sources.router,
    tableaux.router,
    valeurs.router,
    verrous.router,
)
