"""The closed lists of the catalogue, served at ``/v1/vocabulaires``.

Thématiques and publics are our reading grid for any insertion plan; the PMI'e itself does not sort its fiches so.
"""

from shared.territoires import Niveau
from shared.vocabulary import Terme


class Statut(Terme):
    """Où en est une fiche ou une action"""

    NON_RENSEIGNE = "non-renseigne", "Non renseigné", "Personne n'a encore dit où en est cette fiche ou cette action"
    A_VENIR = "a-venir", "À venir", "Pas encore commencée"
    EN_COURS = "en-cours", "En cours", "Commencée, pas encore terminée"
    REALISEE = "realisee", "Réalisée", "Terminée comme prévu"
    EN_PAUSE = "en-pause", "En pause", "Interrompue pour un temps"
    ABANDONNEE = "abandonnee", "Abandonnée", "Ne sera pas réalisée"


class Precision(Terme):
    """La finesse d'une date de l'échéancier"""

    JOUR = "jour", "Jour", "Le document donne le jour"
    MOIS = "mois", "Mois", "Le document donne le mois"
    TRIMESTRE = "trimestre", "Trimestre", "Le document donne le trimestre"
    SEMESTRE = "semestre", "Semestre", "Le document donne le semestre"
    ANNEE = "annee", "Année", "Le document donne l'année"
    AUCUNE = "aucune", "Aucune", "Le document ne donne pas de date, ou elle est illisible"


class NatureAxe(Terme):
    """La nature d'un axe"""

    STRATEGIQUE = "strategique", "Stratégique", "Axe qui vise un résultat"
    TRANSVERSAL = "transversal", "Transversal", "Mode de faire qui traverse les autres axes"


class NatureChiffre(Terme):
    """Ce qu'est un chiffre du plan"""

    REFERENCE = "reference", "Référence", "Mesure de départ d'un indicateur ou d'une action"
    CIBLE = "cible", "Cible", "Ce qui est visé"
    CONTEXTE = "contexte", "Contexte", "Chiffre qui situe la fiche, sans être ni un départ ni une cible"


class NatureOrganisme(Terme):
    """La nature d'un organisme de l'annuaire"""

    DIRECTION = (
        "direction-metropolitaine",
        "Direction métropolitaine",
        "Direction, délégation ou service de la collectivité",
    )
    INSTITUTION = "institution", "Institution", "Administration, caisse, établissement public ou chambre"
    COLLECTIVITE = "collectivite", "Collectivité", "Région, commune ou groupement"
    PARTENARIAL = "organisme-partenarial", "Organisme partenarial", "Groupement, réseau ou structure portée à plusieurs"
    ASSOCIATION = "association", "Association ou structure", "Association, structure ou entreprise nommée"
    INSTANCE = "instance", "Instance", "Comité, conférence ou groupe de travail"
    CATEGORIE = "categorie", "Catégorie", "Ensemble d'organismes que le document ne nomme pas un par un"


class Role(Terme):
    """Ce que fait un organisme dans une fiche"""

    PILOTE = "pilote", "Pilote", "Conduit la fiche ou l'action au sein de la collectivité"
    PARTENAIRE = "partenaire", "Partenaire", "Sa contribution est attendue"


class NatureChangement(Terme):
    """L'origine d'un changement dans l'historique"""

    CHARGEMENT = "chargement", "Chargement", "Le fichier relu de la fiche a été chargé ou corrigé"
    SUIVI = "suivi", "Suivi", "Un pilote a changé le statut, les dates ou la note"


class TypeResultat(Terme):
    """Ce que trouve la recherche"""

    FICHE = "fiche", "Fiche", "Une fiche-action"
    ACTION = "action", "Action", "Une action d'une fiche"
    INDICATEUR = "indicateur", "Indicateur", "Un indicateur d'évaluation"
    LEXIQUE = "lexique", "Lexique", "Une abréviation du plan"


class Thematique(Terme):
    """De quoi parle une fiche"""

    LOGEMENT = "logement", "Logement et hébergement", "Accès au logement et maintien dans le logement"
    NUMERIQUE = "numerique", "Numérique", "Inclusion numérique, services en ligne, portail"
    LANGUE = "langue-francaise", "Maîtrise du français", "Apprentissage et usage de la langue française"
    MOBILITE = "mobilite", "Mobilité", "Transports, permis, aides au déplacement"
    FAMILLE = "famille", "Famille et garde d'enfants", "Parentalité, modes de garde, violences intrafamiliales"
    SANTE = "sante", "Santé", "Santé physique et psychique, accès aux soins"
    SPORT = (
        "sport-culture-engagement",
        "Sport, culture et engagement",
        "Remobilisation par le sport, la culture, les associations",
    )
    ORIENTATION = "orientation", "Orientation", "Entrée dans les parcours, diagnostic, rencontres d'orientation"
    ACCOMPAGNEMENT = "accompagnement", "Accompagnement", "Référence de parcours, étapes, outils des professionnels"
    DROITS = "acces-aux-droits", "Accès aux droits", "Recours aux droits, non-recours et invisibilité"
    OFFRE = "offre-insertion", "Offre d'insertion", "Architecture, lisibilité et information sur l'offre"
    EMPLOI = (
        "emploi-employeurs",
        "Emploi et employeurs",
        "Relations avec les entreprises, recrutement, métiers en tension",
    )
    ACHATS = "achats-responsables", "Achats responsables", "Clauses d'insertion, commande publique"
    SIAE = "siae-ess", "SIAE et économie sociale et solidaire", "Structures d'insertion, expérimentations"
    CREATION = "creation-activite", "Création d'activité", "Travail indépendant, entrepreneuriat"
    PARTICIPATION = "participation", "Participation des personnes", "Pouvoir d'agir, expertise d'usage"
    TERRITOIRE = "territorialisation", "Territorialisation", "Coordination locale, initiatives des territoires"


class Public(Terme):
    """À qui s'adresse une fiche"""

    TOUT_PUBLIC = "tout-public", "Tout public en insertion", "Aucun public particulier n'est visé"
    BRSA = "brsa", "Bénéficiaires du RSA", "Allocataires du revenu de solidarité active"
    JEUNES = "jeunes", "Jeunes", "Moins de 26 ans, ou de 30 ans selon la fiche"
    FEMMES = "femmes", "Femmes", "Femmes éloignées de l'emploi ou en insertion"
    FAMILLES = "familles", "Familles", "Parents, familles monoparentales"
    HANDICAP = (
        "personnes-handicapees",
        "Personnes en situation de handicap",
        "Avec ou sans reconnaissance administrative",
    )
    QPV = "habitants-qpv", "Habitants des QPV et QVA", "Quartiers prioritaires ou en veille active"
    MIGRANTS = "migrants", "Publics migrants", "Personnes migrantes, réfugiées ou primo-arrivantes"
    INDEPENDANTS = "travailleurs-independants", "Travailleurs indépendants", "Non-salariés, créateurs d'activité"
    SENIORS = "seniors", "Seniors", "Demandeurs d'emploi et salariés en fin de carrière"
    LONGUE_DUREE = "demandeurs-longue-duree", "Personnes durablement privées d'emploi", "Chômage de longue durée"
    SALARIES_INSERTION = "salaries-en-insertion", "Salariés en insertion", "Salariés des structures d'insertion"
    EMPLOYEURS = "employeurs", "Employeurs", "Entreprises, associations et services publics qui recrutent"
    PROFESSIONNELS = "professionnels", "Professionnels de l'insertion", "Référents, conseillers, structures"


VOCABULAIRES: dict[str, type[Terme]] = {
    "niveau": Niveau,
    "statut": Statut,
    "precision": Precision,
    "nature-axe": NatureAxe,
    "nature-chiffre": NatureChiffre,
    "nature-organisme": NatureOrganisme,
    "role": Role,
    "nature-changement": NatureChangement,
    "type-resultat": TypeResultat,
    "thematique": Thematique,
    "public": Public,
}
