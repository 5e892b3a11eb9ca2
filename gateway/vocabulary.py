"""The closed lists of the door, served at ``/v1/vocabulaires``."""

from shared.vocabulary import Terme


class PorteeCle(Terme):
    """Ce qu'une clé de partenaire peut ouvrir"""

    INDICATEURS_POUSSER = "indicateurs:pousser", "Pousser des mesures", "Ses propres lots et ses mesures brutes"
    INDICATEURS_LIRE_BRUT = "indicateurs:lire-brut", "Lire les mesures brutes", "Les mesures avant publication"
    ORIENTATION_POUSSER = "orientation:pousser", "Envoyer des fichiers de personnes", "CAF, MSA, France Travail"
    ORIENTATION_STATISTIQUES = "orientation:statistiques", "Lire les chiffres de la RIO", "Aucune personne n'est nommée"
    CATALOGUE_ECRIRE = "catalogue:ecrire", "Dire l'avancement du plan", "Statuts, dates et notes"


VOCABULAIRES: dict[str, type[Terme]] = {"portee-cle": PorteeCle}
