"""The closed lists of dossiers and of their orientations."""

from shared.vocabulary import Terme


class OperationAcces(Terme):
    """Ce qui est fait d'un dossier, au journal des accès"""

    LISTE = "liste", "Liste", "Le dossier figure dans une liste lue"
    LECTURE = "lecture", "Lecture", "Le dossier est lu"
    CREATION = "creation", "Création", "Le dossier est ouvert"
    RAPPROCHEMENT = "rapprochement", "Rapprochement", "Une identité donnée est celle du dossier, ou lui ressemble"
    LECTURE_EVENEMENTS = "lecture-evenements", "Lecture des événements", "Ce qui est arrivé est lu"
    AJOUT_EVENEMENT = "ajout-evenement", "Ajout d'un événement", "Un agent dit ce qui est arrivé"
    AJOUT_FAITS = "ajout-faits", "Ajout de faits", "Un agent dit ce qu'il constate"
    PROPOSITION = "proposition", "Proposition", "Les règles proposent un parcours"
    LECTURE_ORIENTATIONS = "lecture-orientations", "Lecture des orientations", "Propositions et décisions sont lues"
    DECISION = "decision", "Décision", "Un agent décide d'une orientation"
    REJEU = "rejeu", "Rejeu", "Une proposition est rejouée"
    REORIENTATION = "reorientation", "Réorientation", "Un autre parcours est demandé, examiné ou décidé"
    INSCRIPTION = "inscription", "Inscription", "Une place à une rencontre est donnée, attendue, rendue ou tenue"
    LECTURE_ACCES = "lecture-acces", "Lecture du journal", "Le journal des accès est lu"
    DONNEES = "donnees", "Données", "Tout ce qui est détenu est lu, pour répondre à la personne"
    EFFACEMENT = "effacement", "Effacement", "L'identité est effacée"


class MotifEcart(Terme):
    """Pourquoi une décision s'écarte de la proposition"""

    SOUHAIT_PERSONNE = (
        "SOUHAIT_PERSONNE",
        "Souhait de la personne",
        "vous avez souhaité un autre parcours que celui qui était suggéré",
    )
    DECLARATION_INEXACTE = (
        "DECLARATION_INEXACTE",
        "Information inexacte",
        "une information de votre dossier n'était pas exacte",
    )
    SITUATION_NON_COUVERTE = (
        "SITUATION_NON_COUVERTE",
        "Situation non prévue",
        "votre situation n'est pas de celles que les règles prévoient",
    )
    APPRECIATION_DIFFERENTE = (
        "APPRECIATION_DIFFERENTE",
        "Autre appréciation",
        "l'entretien a montré qu'un autre parcours vous conviendrait mieux",
    )
    MANQUE_CAPACITE_ACCUEIL = (
        "MANQUE_CAPACITE_ACCUEIL",
        "Manque de places",
        "l'organisme du parcours suggéré ne peut pas vous recevoir assez vite",
    )


class MotifSortie(Terme):
    """Pourquoi un épisode se termine"""

    EMPLOI_DURABLE = "EMPLOI_DURABLE", "Emploi durable", "Un emploi de six mois au moins"
    FORMATION = "FORMATION", "Formation", "Une formation qualifiante"
    CREATION = "CREATION", "Création d'activité", "Une activité indépendante créée"
    FIN_RSA = "FIN_RSA", "Fin du RSA", "Le droit au RSA a pris fin"
    RADIATION = "RADIATION", "Radiation", "La personne a été radiée"
    MUTATION = "MUTATION", "Départ", "La personne vit dans un autre territoire"
    FIN_CONCERTEE = "FIN_CONCERTEE", "Fin concertée", "La fin a été décidée avec la personne"
    RETRAITE = "RETRAITE", "Retraite", "La personne a pris sa retraite"
    DECES = "DECES", "Décès", "La personne est décédée"
    AUTRE = "AUTRE", "Autre", "Une autre raison"


VOCABULAIRES_DOSSIERS: dict[str, type[Terme]] = {
    "motif-ecart": MotifEcart,
    "motif-sortie": MotifSortie,
    "operation-acces": OperationAcces,
}
