"""The closed lists of the indicators service."""

from shared.vocabulary import Terme


class Nature(Terme):
    """Ce qu'une grandeur mesure : sa nature décide de ce qui s'additionne"""

    FLUX = "flux", "Flux", "Actes, événements, entrées, heures ou montants d'une période : ils s'additionnent"
    STOCK = "stock", "Stock", "Ce qui existe à une date : s'additionne sur les territoires, jamais dans le temps"
    RATIO = "ratio", "Ratio", "Numérateur sur dénominateur : on additionne l'un et l'autre, jamais les parts"
    TAUX = "taux", "Taux", "Numérateur rapporté à la population d'un millésime"
    MOYENNE = "moyenne", "Moyenne", "Somme sur effectif : on additionne l'un et l'autre, jamais les moyennes"
    MEDIANE = "mediane", "Médiane", "Valeur fournie à chaque niveau ; se recalcule de ses tranches, ne se moyenne pas"
    PERSONNES_DISTINCTES = (
        "personnes-distinctes",
        "Personnes distinctes",
        "Personnes différentes sur la période : une même personne peut compter à deux endroits, on n'additionne pas",
    )
    CUMUL = "cumul", "Cumul", "Total depuis le 1er janvier : le dernier vaut pour la période"
    QUALITATIF = "qualitatif", "Qualitatif", "Une modalité d'une échelle"
    COHORTE = "cohorte", "Cohorte", "Part des entrants d'une période qui ont réussi N jours après leur entrée"
    INDICE = "indice", "Indice", "Nombre qui ne s'additionne pas"
    TEXTE = "texte", "Texte", "Ce qui se dit en phrases"


class Periodicite(Terme):
    """Les types de périodes, en jours de Paris"""

    JOUR = "jour", "Jour", "2025-06-30"
    SEMAINE = "semaine", "Semaine", "Semaine ISO 8601 : 2025-W26"
    MOIS = "mois", "Mois", "2025-06"
    TRIMESTRE = "trimestre", "Trimestre", "2025-Q2"
    SEMESTRE = "semestre", "Semestre", "2025-S1"
    ANNEE = "annee", "Année", "2025"


class Sens(Terme):
    """Dans quel sens la grandeur progresse"""

    HAUSSE = "hausse", "Hausse", "Plus est mieux"
    BAISSE = "baisse", "Baisse", "Moins est mieux"
    NEUTRE = "neutre", "Neutre", "Ni plus ni moins n'est mieux : la grandeur décrit"


class RegleTemps(Terme):
    """Ce que devient la grandeur sur une période plus longue"""

    SOMME = "somme", "Somme", "Somme des périodes plus fines"
    DERNIER = "dernier", "Dernier", "La dernière période plus fine"


class RegleQualitative(Terme):
    """Comment une modalité se déduit de celles des territoires"""

    PIRE = "pire", "La pire", "La modalité la plus basse de l'échelle"
    MAJORITAIRE = "majoritaire", "La plus fréquente", "La modalité la plus fréquente ; à égalité, la pire"


class StatutMesure(Terme):
    """Ce que l'on sait d'une valeur (codes d'observation SDMX, en usage à Eurostat)"""

    B = "b", "Rupture", "Rupture de série"
    D = "d", "Définition différente", "La définition diffère ; voir le commentaire"
    E = "e", "Estimée", "Valeur estimée"
    F = "f", "Prévision", "Valeur prévue : la seule admise après aujourd'hui"
    I = "i", "Imputée", "Valeur imputée par le producteur"  # noqa: E741 - the code of the standard
    M = "m", "Sans objet", "La valeur ne peut pas exister"
    N = "n", "Non significative", "Valeur non significative"
    P = "p", "Provisoire", "Valeur provisoire"
    U = "u", "Peu fiable", "Valeur peu fiable"


class Confidentialite(Terme):
    """Ce qui empêche de publier une valeur"""

    C = "C", "Secret statistique", "Valeur cachée : elle désignerait des personnes"
    N = "N", "Non destinée à la publication", "Le producteur ne la destine pas au public"
    P = "P", "Secret du producteur", "Le producteur la déclare secrète"


class NatureReference(Terme):
    """Ce qu'est un chiffre donné par le plan"""

    REFERENCE = "reference", "Point de départ", "Situation constatée quand le plan fut écrit"
    CIBLE = "cible", "Cible", "Ce que le plan vise"
    CONTEXTE = "contexte", "Contexte", "Ordre de grandeur, pour comprendre"


class ModeLot(Terme):
    """Ce que devient un lot dont des lignes sont rejetées"""

    PARTIEL = "partiel", "Partiel", "Les bonnes lignes sont écrites, les autres rendues avec leurs fautes"
    ATOMIQUE = "atomique", "Atomique", "Tout ou rien"


class StrategieLot(Terme):
    """Ce qu'un lot fait de ce qui existe"""

    FUSION = "fusion", "Fusion", "Les lignes s'ajoutent ou remplacent celles de même clé"
    REMPLACEMENT = "remplacement", "Remplacement", "De plus, ce qui est dans le périmètre et pas dans le lot disparaît"
    SUPPRESSION = "suppression", "Suppression", "Les lignes nomment ce qui disparaît"


class EtatLot(Terme):
    """Où en est un lot"""

    RECU = "RECU", "Reçu", "Le corps est conservé, son tour viendra"
    EN_COURS = "EN_COURS", "En cours", "Le lot est en train d'être lu"
    TERMINE = "TERMINE", "Terminé", "Le lot est jugé, son rapport est complet"
    ECHEC = "ECHEC", "Échec", "Le lot n'a pas pu être traité ; rien n'en est écrit"


class EncodageCsv(Terme):
    """Les encodages d'un CSV"""

    UTF8 = "utf-8", "UTF-8", "Avec ou sans marque d'ordre"
    LATIN1 = "iso-8859-1", "ISO 8859-1", "Europe de l'Ouest"
    LATIN9 = "iso-8859-15", "ISO 8859-15", "Europe de l'Ouest, avec l'euro"
    CP1252 = "windows-1252", "Windows-1252", "Windows, Europe de l'Ouest"


class MotifCellule(Terme):
    """Pourquoi une cellule n'a pas de valeur"""

    AUCUNE_DONNEE = "AUCUNE_DONNEE", "Aucune donnée", "Rien n'a été reçu"
    COUVERTURE = "COUVERTURE", "Couverture insuffisante", "Trop de territoires ou de périodes manquent"
    NON_AGREGEABLE = "NON_AGREGEABLE", "Non agrégeable", "La nature de la grandeur ne permet pas ce calcul"
    SECRET = "SECRET", "Secret statistique", "La valeur désignerait des personnes"
    IMMATURE = "IMMATURE", "Immature", "Les derniers entrants n'ont pas encore eu leurs jours"
    SOURCE_A_CHOISIR = "SOURCE_A_CHOISIR", "Source à choisir", "Plusieurs sources, aucune ne fait référence"
    PUBLICATION_EN_ATTENTE = "PUBLICATION_EN_ATTENTE", "Publication en attente", "La révision attend d'être validée"
    DENOMINATEUR_NUL = "DENOMINATEUR_NUL", "Dénominateur nul", "Rien à rapporter : le dénominateur est 0"


class TempsStock(Terme):
    """Ce que devient un stock sur une période plus longue"""

    DERNIER = "dernier", "Dernier", "La valeur à la dernière date"
    MOYENNE = "moyenne", "Moyenne", "Moyenne des dates, sans pondération"


class FormatValeurs(Terme):
    """Sous quelle forme les valeurs sont données"""

    JSON = "json", "JSON", "Les cellules, avec tout ce qui en est dit"
    CSV = "csv", "CSV", "Une ligne par cellule, pour un tableur"
    PARQUET = "parquet", "Parquet", "Une ligne par cellule, typée, pour l'analyse"
    SVG = "svg", "SVG", "Une courbe, avec son titre et son tableau en texte"


class OrigineCible(Terme):
    """Qui a fixé une cible"""

    PLAN = "plan", "Plan", "Le plan lui-même ; `page` dit où"
    SAISIE = "saisie", "Saisie", "Fixée ou révisée depuis, dans l'outil"


class EtatCompletude(Terme):
    """Où en est ce qu'un producteur doit pousser"""

    COMPLET = "complet", "Complet", "Tout ce qui est attendu est reçu"
    PARTIEL = "partiel", "Partiel", "Une partie manque, l'échéance est passée"
    ABSENT = "absent", "Absent", "Rien n'est reçu, l'échéance est passée"
    PAS_ENCORE_DU = "pas-encore-du", "Pas encore dû", "La période est finie, l'échéance n'est pas passée"


class Tendance(Terme):
    """Dans quel sens la grandeur a bougé depuis la période d'avant"""

    HAUSSE = "hausse", "En hausse", "Plus qu'à la période d'avant"
    BAISSE = "baisse", "En baisse", "Moins qu'à la période d'avant"
    STABLE = "stable", "Stable", "Autant qu'à la période d'avant"


VOCABULAIRES: dict[str, type[Terme]] = {
    "nature-grandeur": Nature,
    "periodicite": Periodicite,
    "sens": Sens,
    "regle-temps": RegleTemps,
    "regle-qualitative": RegleQualitative,
    "statut-mesure": StatutMesure,
    "confidentialite": Confidentialite,
    "nature-reference": NatureReference,
    "mode-lot": ModeLot,
    "strategie-lot": StrategieLot,
    "etat-lot": EtatLot,
    "encodage-csv": EncodageCsv,
    "motif-cellule": MotifCellule,
    "temps-stock": TempsStock,
    "format-valeurs": FormatValeurs,
    "tendance": Tendance,
    "origine-cible": OrigineCible,
    "etat-completude": EtatCompletude,
}
