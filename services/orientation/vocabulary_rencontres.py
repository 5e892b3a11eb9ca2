"""The closed lists of meetings."""

from services.orientation.langues import Langue
from shared.vocabulary import Terme


class ModaliteRencontre(Terme):
    """Comment une rencontre se tient"""

    RIO_COLLECTIVE = (
        "RIO_COLLECTIVE",
        "Rencontre information et orientation",
        "Une information collective, suivie d'un entretien.",
    )
    ENTRETIEN_INDIVIDUEL = "ENTRETIEN_INDIVIDUEL", "Entretien individuel", "Un agent reçoit chaque personne seule."


class Accessibilite(Terme):
    """Ce qu'une rencontre offre pour que chacun puisse y venir"""

    FAUTEUIL_ROULANT = "FAUTEUIL_ROULANT", "Fauteuil roulant", "Entrée, salle et toilettes accessibles en fauteuil"
    STATIONNEMENT_ADAPTE = "STATIONNEMENT_ADAPTE", "Stationnement adapté", "Une place réservée à proximité"
    BOUCLE_MAGNETIQUE = "BOUCLE_MAGNETIQUE", "Boucle magnétique", "Pour les appareils auditifs"
    LANGUE_DES_SIGNES = "LANGUE_DES_SIGNES", "Langue des signes", "Un interprète en langue des signes française"
    FACILE_A_LIRE = "FACILE_A_LIRE", "Facile à lire", "Documents en facile à lire et à comprendre"
    GUIDAGE_VISUEL = (
        "GUIDAGE_VISUEL",
        "Guidage visuel",
        "Bande de guidage, ou accueil à l'entrée des personnes malvoyantes",
    )
    TRANSPORT_COMMUN = "TRANSPORT_COMMUN", "Transports en commun", "Un arrêt à moins de dix minutes à pied"
    GARDE_ENFANTS = "GARDE_ENFANTS", "Garde d'enfants", "Les enfants sont gardés sur place"


class StatutRencontre(Terme):
    """Si une rencontre se tient"""

    PREVUE = "PREVUE", "Prévue", "Elle se tient, ou s'est tenue"
    ANNULEE = "ANNULEE", "Annulée", "Le service l'a annulée ; chaque inscrit est à reconvoquer"


class MotifAnnulationRencontre(Terme):
    """Pourquoi une rencontre est annulée"""

    ANIMATEUR_ABSENT = "ANIMATEUR_ABSENT", "Animateur absent", "Personne ne peut l'animer"
    LIEU_INDISPONIBLE = "LIEU_INDISPONIBLE", "Lieu indisponible", "La salle ne peut pas accueillir"
    INSCRITS_INSUFFISANTS = "INSCRITS_INSUFFISANTS", "Trop peu d'inscrits", "Trop peu de personnes sont inscrites"
    AUTRE = "AUTRE", "Autre", "Une autre raison du service"


class StatutInscription(Terme):
    """Si une personne a une place"""

    INSCRITE = "INSCRITE", "Inscrite", "Elle a une place, et sa convocation"
    ANNULEE = "ANNULEE", "Annulée", "Elle n'a plus de place"


class MotifAnnulationInscription(Terme):
    """Pourquoi une place est rendue"""

    DEMANDE_PERSONNE = "DEMANDE_PERSONNE", "Demande de la personne", "Elle a prévenu : c'est une absence excusée"
    SERVICE = "SERVICE", "Décision du service", "Le service déplace, annule, ou s'est trompé"


class IssueInscription(Terme):
    """Ce que fut la venue d'une personne inscrite"""

    PRESENT = "present", "Présente", "Elle est venue"
    ABSENT_EXCUSE = "absent_excuse", "Absente, excusée", "Elle n'est pas venue, et a une raison"
    ABSENT = "absent", "Absente", "Elle n'est pas venue, sans excuse"


class StatutAttente(Terme):
    """Où en est une place dans une liste d'attente"""

    EN_ATTENTE = "EN_ATTENTE", "En attente", "Elle aura la prochaine place libre qui convient"
    INSCRITE = "INSCRITE", "Inscrite", "Elle a eu une place"
    RETIREE = "RETIREE", "Retirée", "Elle n'attend plus, ou la rencontre est annulée"


VOCABULAIRES: dict[str, type[Terme]] = {
    "accessibilite": Accessibilite,
    "issue-inscription": IssueInscription,
    "langue": Langue,
    "modalite-rencontre": ModaliteRencontre,
    "motif-annulation-inscription": MotifAnnulationInscription,
    "motif-annulation-rencontre": MotifAnnulationRencontre,
    "statut-attente": StatutAttente,
    "statut-inscription": StatutInscription,
    "statut-rencontre": StatutRencontre,
}
