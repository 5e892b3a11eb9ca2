"""The addresses of the pages: they are no part of the contract."""

PORTAL = "portail"
"""The name of the pages among what the door passes requests to."""
PAGES = (
    "/",
    "/fiches/{numero}",
    "/indicateurs/{code}",
    "/recherche",
    "/accessibilite",
    "/mentions-legales",
    "/statique/{nom}",
)
