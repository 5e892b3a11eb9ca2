"""The refusals of the indicators service; the common ones are in :mod:`shared.errors`."""

from shared.errors import Introuvable, Phrase


class IndicateurInconnu(Introuvable):
    """The plan has no such indicator."""

    code = "INDICATEUR_INCONNU"
    titre = Phrase("Cet indicateur n'existe pas", "No such indicator")
