"""The addresses of the pages: they are no part of the contract."""

PORTAL = "portail"
"""The name of the pages among what the door passes requests to."""
PAGES = (
    "/",
    "/fiches/{numero}",
    "/indicateurs/{code}",
    "/recherche",
    "/rio",
    "/rio/proposition",
    "/lots",
    "/lots/{id}",
    "/lots/{id}/rejets.csv",
    "/connexion",
    "/connexion/depart",
    "/connexion/retour",
    "/connexion/sortie",
    "/deconnexion",
    "/accessibilite",
    "/mentions-legales",
    "/statique/{nom}",
)
