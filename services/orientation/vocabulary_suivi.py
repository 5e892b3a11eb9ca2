"""The closed lists of what follows an orientation: reorientations, alerts, sendings of figures."""

from services.orientation.episodes.alertes import TypeAlerte
from shared.vocabulary import Terme


class EtatReorientation(Terme):
    """Où en est une demande de réorientation"""

    DEMANDEE = "DEMANDEE", "Demandée", "Elle attend un avis ou une décision"
    ACCEPTEE = "ACCEPTEE", "Acceptée", "Le nouveau parcours est décidé"
    REFUSEE = "REFUSEE", "Refusée", "Le parcours reste ce qu'il était"


class MotifReorientation(Terme):
    """Pourquoi un autre parcours est demandé"""

    ORGANISME_MIEUX_PLACE = "ORGANISME_MIEUX_PLACE", "Organisme mieux placé", "Un autre organisme aiderait mieux"
    RADIATION = "RADIATION", "Radiation", "Radiée de France Travail depuis plus de deux mois (CASF D262-73)"
    REEXAMEN_SOCIAL = "REEXAMEN_SOCIAL", "Réexamen", "Parcours social depuis six mois ou plus (CASF L262-31)"
    SITUATION_CHANGEE = "SITUATION_CHANGEE", "Situation changée", "Les besoins de la personne ne sont plus les mêmes"
    SOUHAIT = "SOUHAIT", "Souhait de la personne", "La personne demande un autre parcours"
    ORIENTATION_INADAPTEE = "ORIENTATION_INADAPTEE", "Orientation inadaptée", "Le parcours décidé ne convenait pas"


class SensAvis(Terme):
    """L'avis de l'équipe pluridisciplinaire"""

    FAVORABLE = "FAVORABLE", "Favorable", "L'équipe approuve le nouveau parcours"
    DEFAVORABLE = "DEFAVORABLE", "Défavorable", "L'équipe ne l'approuve pas ; la décision reste libre"


class DecisionReorientation(Terme):
    """Ce qui est décidé d'une demande de réorientation"""

    ACCEPTER = "accepter", "Accepter", "Le nouveau parcours est décidé ce jour"
    REFUSER = "refuser", "Refuser", "Le parcours ne change pas"


class NiveauAlerte(Terme):
    """Où en est une échéance"""

    PROCHE = "PROCHE", "Proche", "L'échéance vient"
    DEPASSEE = "DEPASSEE", "Dépassée", "L'échéance est passée"


class EtatEnvoi(Terme):
    """Où en est un envoi d'indicateurs"""

    A_ENVOYER = "A_ENVOYER", "À envoyer", "Il attend, ou sera essayé de nouveau"
    ENVOYE = "ENVOYE", "Envoyé", "Le service des indicateurs l'a reçu"
    REFUSE = "REFUSE", "Refusé", "Le service des indicateurs l'a refusé : il faut une correction"


SUIVI: dict[str, type[Terme]] = {
    "decision-reorientation": DecisionReorientation,
    "etat-envoi": EtatEnvoi,
    "etat-reorientation": EtatReorientation,
    "motif-reorientation": MotifReorientation,
    "niveau-alerte": NiveauAlerte,
    "sens-avis": SensAvis,
    "type-alerte": TypeAlerte,
}
