"""The closed lists of the door, served at ``/v1/vocabulaires``."""

from shared.vocabulary import Terme


class PorteeCle(Terme):
    """Ce qu'une clé de partenaire peut ouvrir"""

    INDICATEURS_POUSSER = "indicateurs:pousser", "Pousser des mesures", "Ses propres lots et ses mesures brutes"
    INDICATEURS_LIRE_BRUT = "indicateurs:lire-brut", "Lire les mesures brutes", "Les mesures avant publication"
    ORIENTATION_POUSSER = "orientation:pousser", "Envoyer des fichiers de personnes", "CAF, MSA, France Travail"
    ORIENTATION_STATISTIQUES = "orientation:statistiques", "Lire les chiffres de la RIO", "Aucune personne n'est nommée"
    CATALOGUE_ECRIRE = "catalogue:ecrire", "Dire l'avancement du plan", "Statuts, dates et notes"


class GenreAppelant(Terme):
    """Qui appelle, par ce que sa clé ouvre"""

    ANONYME = "anonyme", "Anonyme", "Sans clé, ou d'une clé qui n'ouvre rien de connu"
    LECTEUR = "lecteur", "Lecteur", "Une clé sans droit : un portail"
    PARTENAIRE = "partenaire", "Partenaire", "Une clé qui pousse des données"
    AGENT = "agent", "Agent", "Une clé qui lit ou écrit des dossiers"
    PILOTE = "pilote", "Pilote", "Une clé qui suit le plan, les valeurs ou les règles"
    ADMIN = "admin", "Administration", "Une clé qui gère les accès"


VOCABULAIRES: dict[str, type[Terme]] = {"portee-cle": PorteeCle, "genre-appelant": GenreAppelant}
