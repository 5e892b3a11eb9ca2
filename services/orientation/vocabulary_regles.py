"""The closed lists of the life of rule sets."""

from shared.vocabulary import Terme


class StatutRegles(Terme):
    """Où en est un jeu de règles"""

    BROUILLON = "brouillon", "Brouillon", "Il se corrige, et ne décide de rien"
    PUBLIE = "publie", "Publié", "Il ne change plus, et vaut les jours qu'il dit"


class PopulationSimulee(Terme):
    """Sur quoi des règles sont simulées"""

    CAS = "cas", "Cas donnés", "Les cas que donne l'appelant"
    SUITE = "suite", "Cas d'essai", "Les cas d'essai du produit, et ceux du brouillon"
    DOSSIERS = "dossiers", "Dossiers", "Ce que l'on sait des personnes, sans dire de qui il s'agit"


VOCABULAIRES: dict[str, type[Terme]] = {"population-simulee": PopulationSimulee, "statut-regles": StatutRegles}
