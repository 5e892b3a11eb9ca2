"""The closed lists of the orientation service, served at ``/v1/vocabulaires``."""

from services.orientation.episodes import EtatParcours
from services.orientation.rules import Verdict
from services.orientation.statistics import PerimetreBrsa
from services.orientation.vocabulary_dossiers import VOCABULAIRES_DOSSIERS
from services.orientation.vocabulary_regles import VOCABULAIRES as REGLES
from services.orientation.vocabulary_rencontres import VOCABULAIRES as RENCONTRES
from services.orientation.vocabulary_suivi import SUIVI
from shared.vocabulary import Terme


class Modalite(Terme):
    """Comment une personne est reçue"""

    DIRECTE = (
        "DIRECTE",
        "Orientation directe",
        "Votre situation permet une orientation sans rencontre préalable, une fois vérifiée par un agent.",
    )
    ENTRETIEN_INDIVIDUEL = (
        "ENTRETIEN_INDIVIDUEL",
        "Entretien individuel",
        "Un agent vous reçoit en tête-à-tête pour choisir votre parcours avec vous.",
    )
    RIO_COLLECTIVE = (
        "RIO_COLLECTIVE",
        "Rencontre information et orientation",
        "Vous participez à une information collective, suivie d'un entretien.",
    )
    OFFICE = (
        "OFFICE",
        "Orientation d'office",
        "Le délai légal est passé après une absence sans motif : la loi prévoit une orientation par défaut.",
    )
    A_COMPLETER = (
        "A_COMPLETER",
        "À compléter",
        "Il faut d'abord savoir si vous habitez dans la Métropole ou y avez élu domicile.",
    )
    AUCUNE = (
        "AUCUNE",
        "Aucune",
        "Aucun rendez-vous n'est proposé ici ; un autre contact vous est donné.",
    )


class NatureParcours(Terme):
    """Ce qu'est une proposition"""

    PARCOURS = "parcours", "Parcours", "Un parcours d'insertion"
    ISSUE = "issue", "Autre issue", "Ce qui est dit quand aucun parcours n'est proposé"


class TypeFait(Terme):
    """Le type d'un fait"""

    DATE = "date", "Date", "Un jour, AAAA-MM-JJ"
    BOOLEEN = "booleen", "Oui ou non", "true ou false"
    ENTIER = "entier", "Nombre entier", "Un entier positif ou nul"
    MONTANT = "montant", "Montant", "Un montant en euros"
    COMMUNE = "commune", "Commune", "Un code INSEE de cinq caractères"
    CHOIX = "choix", "Choix", "Une valeur d'une liste fermée"


VOCABULAIRES: dict[str, type[Terme]] = {
    "etat-parcours": EtatParcours,
    "modalite": Modalite,
    "nature-parcours": NatureParcours,
    "perimetre-brsa": PerimetreBrsa,
    "type-fait": TypeFait,
    "verdict": Verdict,
}
VOCABULAIRES |= RENCONTRES
VOCABULAIRES |= SUIVI
VOCABULAIRES |= VOCABULAIRES_DOSSIERS
VOCABULAIRES |= REGLES
