"""The refusals of dossiers, their events and their orientations."""

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from shared.errors import CodeFaute, Faute, Introuvable, Phrase, RegleEtat, declare

FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
UNNAMED = "?"
MOST_FAULTS = 1_000


class DossierInconnu(Introuvable):
    """No dossier has this id, or the caller may not see its territory."""

    code = "DOSSIER_INCONNU"
    titre = Phrase("Ce dossier n'existe pas, ou n'est pas de votre territoire", "No such dossier in your territory")


class DossierExistant(RegleEtat):
    """The identifiers tell of a person who has a dossier; its id is told when the caller may see it."""

    code = "DOSSIER_EXISTANT"
    titre = Phrase("Cette personne a déjà un dossier", "This person has a dossier already")


class DossierRessemblant(RegleEtat):
    """Only a name, a birth date and a commune resemble those of a dossier: a person has to tell."""

    code = "DOSSIER_RESSEMBLANT"
    titre = Phrase(
        "Un dossier ressemble à celui-ci : vérifiez, puis envoyez personne_distincte",
        "A dossier resembles this one: check, then send personne_distincte",
    )


class DossierEfface(RegleEtat):
    """The identity was erased: nothing more is written there."""

    code = "DOSSIER_EFFACE"
    titre = Phrase("L'identité de ce dossier a été effacée", "The identity of this dossier was erased")


class EvenementContraire(RegleEtat):
    """What the history already holds refuses this event; ``erreurs`` names the anomaly that it would make."""

    code = "EVENEMENT_CONTRAIRE"
    titre = Phrase("L'histoire du dossier s'oppose à cet événement", "The history of the dossier forbids this event")


class FaitPerime(RegleEtat):
    """A later statement of an agent already says otherwise."""

    code = "FAIT_PERIME"
    titre = Phrase("Un constat plus récent est déjà enregistré", "A later statement is kept already")


class OrientationInconnue(Introuvable):
    """The dossier has no such orientation."""

    code = "ORIENTATION_INCONNUE"
    titre = Phrase("Ce dossier n'a pas de telle orientation", "The dossier has no such orientation")


class DecisionPrise(RegleEtat):
    """An orientation is decided once."""

    code = "DECISION_PRISE"
    titre = Phrase("Cette orientation est déjà décidée", "This orientation is decided already")


class RejeuImpossible(RegleEtat):
    """The facts were erased, or the rules that served are no longer here."""

    code = "REJEU_IMPOSSIBLE"
    titre = Phrase(
        "Les faits sont effacés, ou les règles ne sont plus là", "The facts were erased, or the rules are gone"
    )


ANOMALIES = {
    "ABANDON_BRSA": Phrase("Un bénéficiaire du RSA n'abandonne pas", "A recipient of the RSA never abandons"),
    "RDV_SANS_ORIENTATION": Phrase("Un premier rendez-vous suit une orientation", "An appointment follows a decision"),
    "DOUBLE_ORIENTATION": Phrase("L'épisode est déjà orienté", "The episode is oriented already"),
    "REORIENTATION_SANS_ORIENTATION": Phrase("Une réorientation suit une orientation", "Nothing to change yet"),
    "REORIENTATION_SANS_CHANGEMENT": Phrase("Ce parcours est déjà en vigueur", "This pathway is in force already"),
    "EVENEMENT_SANS_EPISODE": Phrase("Aucun épisode n'est ouvert ce jour-là", "No episode is open on that day"),
    "DOUBLON": Phrase("Cet événement est déjà enregistré", "This event is kept already"),
}
"""What the machine of states refuses (``episodes/``), as faults."""
declare(*(CodeFaute(code, libelle) for code, libelle in ANOMALIES.items()))
declare(
    CodeFaute("ECART_A_MOTIVER", Phrase("S'écarter de la proposition demande un motif", "A departure needs a reason")),
    CodeFaute("ECART_ABSENT", Phrase("La décision suit la proposition", "The decision follows the proposal")),
)


def hide_values(faults: Iterable[Faute]) -> list[Faute]:
    """Return faults without what was sent: a value, or the name of a field that no programmer would give.

    Those beyond the first thousand are not told, so that an answer stays readable.
    """
    return [replace(each, valeur=None, champ=_plain(each)) for each in islice(faults, MOST_FAULTS)]


def _plain(faute: Faute) -> str:
    above, _, name = faute.champ.rpartition("/")
    if faute.code not in ("CHAMP_INCONNU", "CARACTERE_INTERDIT") or FIELD_NAME.fullmatch(name):
        return faute.champ
    return f"{above}/{UNNAMED}"
