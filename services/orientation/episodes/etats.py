"""Where a person stands in a parcours (§5.8 of our specification)."""

from shared.vocabulary import Terme


class EtatParcours(Terme):
    """Où en est une personne dans son parcours"""

    SIGNALE = "SIGNALE", "Signalée", "Un partenaire l'a signalée, ou elle est venue d'elle-même"
    CONVOQUE = "CONVOQUE", "Convoquée", "Elle est attendue à une rencontre ou à un entretien"
    PRESENT_RIO = "PRESENT_RIO", "Reçue", "Elle est venue ; l'orientation reste à décider"
    ABSENT_RIO = "ABSENT_RIO", "Absente", "Elle n'est pas venue, sans excuse"
    A_RECONVOQUER = "A_RECONVOQUER", "À reconvoquer", "Elle s'est excusée, ou le service a annulé"
    ORIENTE = "ORIENTE", "Orientée", "Un parcours est décidé ; le premier rendez-vous n'est pas encore honoré"
    ENTRE = "ENTRE", "Entrée", "Le premier rendez-vous qui suit la décision est honoré"
    REORIENTE = (
        "REORIENTE",
        "Réorientée",
        "Un autre parcours est décidé ; son premier rendez-vous n'est pas encore honoré",
    )
    ABANDON = "ABANDON", "Abandon", "Une personne sans RSA ne donne plus suite"
    SORTI = "SORTI", "Sortie", "L'épisode est clos"
