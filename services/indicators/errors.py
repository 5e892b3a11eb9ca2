"""The refusals of the indicators service; the common ones are in :mod:`shared.errors`."""

from shared.body import UNSTORABLE
from shared.errors import CODES_FAUTE, CodeFaute, DonneesRefusees, Faute, Introuvable, Phrase, RegleEtat, declare
from shared.territoires import TerritoireInconnu


class IndicateurInconnu(Introuvable):
    """The plan has no such indicator."""

    code = "INDICATEUR_INCONNU"
    titre = Phrase("Cet indicateur n'existe pas", "No such indicator")


class GrandeurInconnue(Introuvable):
    """The plan has no such quantity."""

    code = "GRANDEUR_INCONNUE"
    titre = Phrase("Cette grandeur n'existe pas", "No such quantity")


class LotInconnu(Introuvable):
    """The caller has no such push."""

    code = "LOT_INCONNU"
    titre = Phrase("Vous n'avez pas de tel lot", "You have no such push")


class MesureInconnue(Introuvable):
    """Nothing was measured there."""

    code = "MESURE_INCONNUE"
    titre = Phrase("Aucune mesure n'a cette clé", "No measurement has this key")


class PeriodeInconnue(Introuvable):
    """No period has this code."""

    code = "PERIODE_INCONNUE"
    titre = Phrase("Cette période n'existe pas", "No such period")


class SourceInconnue(Introuvable):
    """No source has this code."""

    code = "SOURCE_INCONNUE"
    titre = Phrase("Cette source n'existe pas", "No such source")


class VerrouInconnu(Introuvable):
    """No lock has this identifier."""

    code = "VERROU_INCONNU"
    titre = Phrase("Ce verrou n'existe pas", "No such lock")


class CibleInconnue(Introuvable):
    """Nothing is aimed at for this quantity, territory and period."""

    code = "CIBLE_INCONNUE"
    titre = Phrase("Aucune cible n'est fixée ici", "Nothing is aimed at here")


class SeuilRejetDepasse(DonneesRefusees):
    """Too many rows of a push are rejected: nothing is written."""

    code = "SEUIL_REJET_DEPASSE"
    titre = Phrase("Trop de lignes sont rejetées ; rien n'est écrit", "Too many rows are rejected; nothing is written")


class LotAtomiqueRefuse(DonneesRefusees):
    """A row of an all-or-nothing push is rejected."""

    code = "LOT_ATOMIQUE_REFUSE"
    titre = Phrase("Une ligne au moins est rejetée ; rien n'est écrit", "A row is rejected; nothing is written")


class AucuneLigneAcceptee(DonneesRefusees):
    """Every row of a push is rejected."""

    code = "AUCUNE_LIGNE_ACCEPTEE"
    titre = Phrase("Toutes les lignes sont rejetées", "Every row is rejected")


class SuppressionMassive(DonneesRefusees):
    """A replacement would delete more than a tenth of its scope and does not confirm the exact number."""

    code = "SUPPRESSION_MASSIVE"
    titre = Phrase(
        "Plus d'un dixième du périmètre serait supprimé ; donnez le nombre exact dans « confirmer »",
        "More than a tenth of the scope would be deleted; give the exact number in confirmer",
    )


class TropDeCellules(DonneesRefusees):
    """The question asks for more cells than one answer holds."""

    code = "TROP_DE_CELLULES"
    titre = Phrase("La question demande trop de cellules", "The question asks for too many cells")


class TropDeCourbes(DonneesRefusees):
    """A drawing would hold more lines or periods than anyone tells apart."""

    code = "TROP_DE_COURBES"
    titre = Phrase("Un dessin ne montre pas tant de courbes", "A drawing does not show so many lines")

    def __init__(self, courbes: int, periodes: int, *, au_plus: tuple[int, int]) -> None:
        most, longest = au_plus
        super().__init__(
            Phrase(
                f"{courbes} courbes et {periodes} périodes demandées, au plus {most} et {longest} sur un dessin",
                f"{courbes} lines and {periodes} periods asked for, at most {most} and {longest} on a drawing",
            )
        )


class MillesimeExistant(RegleEtat):
    """A frozen publication has this name already."""

    code = "MILLESIME_EXISTANT"
    titre = Phrase("Un millésime porte déjà ce nom", "A frozen publication has this name already")


class ExtractionAncienne(RegleEtat):
    """A newer extraction gave another value: the older one does not replace it."""

    code = "EXTRACTION_ANCIENNE"
    titre = Phrase("Une extraction plus récente a donné une autre valeur", "A newer extraction gave another value")


class ReferenceContraire(RegleEtat):
    """Another source is already published for this indicator on some of these days."""

    code = "REFERENCE_CONTRAIRE"
    titre = Phrase(
        "Une autre source fait déjà référence pour cet indicateur à ces dates",
        "Another source is already the reference for this indicator at these dates",
    )


declare(
    CodeFaute(GrandeurInconnue.code, GrandeurInconnue.titre),
    CodeFaute(TerritoireInconnu.code, TerritoireInconnu.titre),
    CodeFaute(
        "TERRITOIRE_FERME", Phrase("Ce territoire n'existe pas à cette période", "The territory does not exist then")
    ),
    CodeFaute("NIVEAU_NON_ADMIS", Phrase("La grandeur ne se mesure pas à ce niveau", "Not measured at this level")),
    CodeFaute("PERIODE_INVALIDE", Phrase("Cette période n'existe pas", "No such period")),
    CodeFaute(
        "PERIODE_NON_ADMISE", Phrase("La grandeur ne se mesure pas sur ce type de période", "Period type not taken")
    ),
    CodeFaute(
        "PERIODE_FUTURE",
        Phrase("Après aujourd'hui, seule une prévision (statut f) est admise", "After today only a forecast"),
    ),
    CodeFaute(
        "PERIODE_A_CHEVAL",
        Phrase("La période est à cheval sur deux définitions", "The period straddles two definitions"),
    ),
    CodeFaute("PERIODE_VERROUILLEE", Phrase("Cette période est close", "This period is closed")),
    CodeFaute("DROIT_GRANDEUR", Phrase("Votre clé n'a pas cette grandeur", "Your key does not cover this quantity")),
    CodeFaute("DROIT_TERRITOIRE", Phrase("Votre clé n'a pas ce territoire", "Your key does not cover this territory")),
    CodeFaute(
        "VENTILATION_INCONNUE", Phrase("La grandeur ne se ventile pas ainsi", "The quantity has no such breakdown")
    ),
    CodeFaute("MODALITE_INCONNUE", Phrase("Cette modalité n'existe pas", "No such modality")),
    CodeFaute(
        "CHAMP_NON_ADMIS",
        Phrase("La nature de la grandeur n'a pas ce champ", "This kind has no such field"),
    ),
    CodeFaute(
        "VALEUR_SANS_OBJET", Phrase("Le statut m dit qu'il n'y a pas de valeur", "Status m says there is no value")
    ),
    CodeFaute("NOMBRE_INVALIDE", Phrase("Ce n'est pas un nombre exact", "Not an exact number")),
    CodeFaute("VALEUR_NEGATIVE", Phrase("La valeur est négative", "The value is negative")),
    CodeFaute("VALEUR_NON_ENTIERE", Phrase("La valeur n'est pas entière", "The value is not whole")),
    CodeFaute("NUMERATEUR_SUPERIEUR", Phrase("Le numérateur dépasse le dénominateur", "Numerator above denominator")),
    CodeFaute("SOMME_SANS_EFFECTIF", Phrase("Une somme sans effectif", "A sum without a headcount")),
    CodeFaute("NOMBRE_DE_COLONNES", Phrase("Trop de cellules sur la ligne", "Too many cells in the row")),
    CodeFaute("HORS_PERIMETRE", Phrase("La ligne est hors du périmètre du lot", "The row is out of the push's scope")),
    CodeFaute(
        "DOUBLON_CONTRADICTOIRE",
        Phrase("Des lignes du lot se contredisent sur cette clé", "Rows of the push contradict each other on this key"),
    ),
    CodeFaute("DOUBLON_IDENTIQUE", Phrase("La ligne est donnée deux fois", "The row is given twice")),
    CodeFaute(
        "EXTRACTION_ANCIENNE",
        Phrase("Une extraction plus récente a donné une autre valeur", "A newer extraction gave another value"),
    ),
    CodeFaute(
        "TOTAL_DIFFERENT",
        Phrase("Le territoire diffère de la somme de ses parties", "Parent is not its sum"),
    ),
    CodeFaute(
        "VENTILATION_DIFFERENTE", Phrase("Le total diffère de sa ventilation", "Total differs from its breakdown")
    ),
    CodeFaute(
        "SUPPRESSION_SUSPENDUE",
        Phrase(
            "Des lignes sont rejetées : ce que le périmètre contient de plus n'est pas supprimé",
            "Some rows are rejected: what else the scope holds is not deleted",
        ),
    ),
    CodeFaute("VALEUR_ATYPIQUE", Phrase("La valeur est loin de la précédente", "Far from the previous value")),
    CodeFaute(
        "REFERENCE_REPETEE",
        Phrase("La source fait référence deux fois aux mêmes dates", "Twice the reference at the same dates"),
    ),
    CodeFaute("RUPTURE_DE_SERIE", Phrase("La définition change à cette période", "The definition changes here")),
)


def fault(
    champ: str,
    code: str,
    *,
    valeur: str | None = None,
    attendu: list[str] | str | None = None,
    suggestion: str | None = None,
) -> Faute:
    """Return one fault of a row, its value without the characters that nothing can show."""
    shown = None if valeur is None else UNSTORABLE.sub("?", valeur)[:80]
    message = CODES_FAUTE[code].libelle
    return Faute(champ=champ, code=code, message=message, valeur=shown, attendu=attendu, suggestion=suggestion)
