"""The refusals of the catalogue; the common ones are in :mod:`shared.errors`."""

from shared.errors import Introuvable, Phrase


class AxeInconnu(Introuvable):
    """The plan has no such axis."""

    code = "AXE_INCONNU"
    titre = Phrase("Cet axe n'existe pas", "No such axis")


class FicheInconnue(Introuvable):
    """The plan has no such fiche."""

    code = "FICHE_INCONNUE"
    titre = Phrase("Cette fiche n'existe pas", "No such fiche")


class ActionInconnue(Introuvable):
    """The plan has no such action."""

    code = "ACTION_INCONNUE"
    titre = Phrase("Cette action n'existe pas", "No such action")


class OrganismeInconnu(Introuvable):
    """The directory has no such organisation."""

    code = "ORGANISME_INCONNU"
    titre = Phrase("Cet organisme n'existe pas", "No such organisation")


class AbreviationInconnue(Introuvable):
    """The lexicon has no such abbreviation."""

    code = "ABREVIATION_INCONNUE"
    titre = Phrase("Cette abréviation n'existe pas", "No such abbreviation")
