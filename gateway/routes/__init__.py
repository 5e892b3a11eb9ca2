"""HTTP of the door's own paths, by noun."""

from gateway.routes import acces, documents, tableaux, usages

ROUTERS = [documents.router, acces.router, tableaux.router, usages.router]
