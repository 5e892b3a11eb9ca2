"""The refusals of the orientation service; the common ones are in :mod:`shared.errors`."""

from shared.errors import (
    CODES_FAUTE,
    CodeFaute,
    DonneesRefusees,
    Faute,
    Introuvable,
    Phrase,
    ServiceIndisponible,
    declare,
)


class ReglesInconnues(Introuvable):
    """No rule set has this version."""

    code = "REGLES_INCONNUES"
    titre = Phrase("Ce jeu de règles n'existe pas", "No such rule set")


class FluxInconnu(Introuvable):
    """The caller has no such file."""

    code = "FLUX_INCONNU"
    titre = Phrase("Vous n'avez pas de tel fichier", "You have no such file")


class NombreDifferent(DonneesRefusees):
    """The file does not hold as many lines as its envelope says: it was cut short, or is not the right one."""

    code = "NOMBRE_DIFFERENT"
    titre = Phrase("Le fichier n'a pas le nombre de lignes annoncé", "The file has not the number of lines it says")


class FluxSansLigneAcceptee(DonneesRefusees):
    """Every line of the file is rejected; the report says why."""

    code = "FLUX_SANS_LIGNE_ACCEPTEE"
    titre = Phrase("Aucune ligne du fichier n'est acceptée", "No line of the file is accepted")


class CleIdentiteAbsente(ServiceIndisponible):
    """The key that hides identities is not set: nothing about a person can be taken."""

    code = "CLE_IDENTITE_ABSENTE"
    titre = Phrase("La clé des identités n'est pas configurée", "The key of identities is not set")


declare(
    CodeFaute(
        "CHAMP_REFUSE",
        Phrase("Ce champ n'entre jamais ici : il n'est pas conservé", "This field never comes in: it is not kept"),
    ),
    CodeFaute(
        "EVENEMENT_REFUSE", Phrase("Ce flux ne peut pas dire cet événement", "This feed cannot tell of this event")
    ),
    CodeFaute(
        "IDENTITE_INSUFFISANTE",
        Phrase("Aucun identifiant ne désigne la personne", "No identifier tells who the person is"),
    ),
    CodeFaute(
        "IDENTITE_AMBIGUE",
        Phrase("Les identifiants désignent plusieurs personnes", "The identifiers tell of several persons"),
    ),
    CodeFaute(
        "RAPPROCHEMENT_A_FAIRE",
        Phrase("Une personne est à rapprocher par un agent", "An agent has to tell whether it is a known person"),
    ),
    CodeFaute("PERSONNE_REPETEE", Phrase("La personne est donnée deux fois", "The person is given twice")),
    CodeFaute(
        "EXTRACTION_ANCIENNE",
        Phrase("Une extraction plus récente a donné une autre valeur", "A newer extraction gave another value"),
    ),
)


def fault(champ: str, code: str, attendu: list[str] | str | None = None) -> Faute:
    """Return one fault of a line; its value is never told, for it may say who the person is."""
    return Faute(champ=champ, code=code, message=CODES_FAUTE[code].libelle, attendu=attendu)
