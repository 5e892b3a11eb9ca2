"""The refusals about reorientations."""

from datetime import date

from shared.errors import Introuvable, Phrase, RegleEtat


class ReorientationInconnue(Introuvable):
    """There is no such request that the caller may see."""

    code = "REORIENTATION_INCONNUE"
    titre = Phrase("Cette demande de réorientation n'existe pas", "No such request for another pathway")


class ReorientationImpossible(RegleEtat):
    """The person has no pathway in force to leave, or already follows the one that is asked for."""

    code = "REORIENTATION_IMPOSSIBLE"
    titre = Phrase("Aucun autre parcours à quitter ce jour", "No other pathway to leave today")


class ReorientationEnCours(RegleEtat):
    """Another request for this dossier is not decided yet."""

    code = "REORIENTATION_EN_COURS"
    titre = Phrase("Une demande est déjà en cours pour ce dossier", "A request is already pending for this dossier")


class ReorientationDecidee(RegleEtat):
    """The request is decided: it takes no opinion and no decision any more."""

    code = "REORIENTATION_DECIDEE"
    titre = Phrase("Cette demande est déjà décidée", "This request is decided already")


class AvisDejaRendu(RegleEtat):
    """The team has given its opinion."""

    code = "AVIS_EP_RENDU"
    titre = Phrase("L'équipe pluridisciplinaire a déjà rendu son avis", "The team has given its opinion already")


class AvisAttendu(RegleEtat):
    """The team's opinion is due, and its month of silence is not over (CASF L262-39, R262-71)."""

    code = "AVIS_EP_ATTENDU"
    titre = Phrase("L'avis de l'équipe pluridisciplinaire est attendu", "The team's opinion is awaited")

    def __init__(self, echeance: date) -> None:
        super().__init__(
            Phrase(
                f"L'avis de l'équipe est attendu jusqu'au {echeance} ; passé ce jour, il est réputé rendu",
                f"The team's opinion is awaited until {echeance}; after that day it is deemed given",
            )
        )
