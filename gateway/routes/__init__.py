"""HTTP of the door's own paths, by noun."""

from gateway.routes import acces, documents

ROUTERS = [documents.router, acces.router]
