"""The refusals of meetings."""

from shared.errors import Introuvable, Phrase, RegleEtat


class RencontreInconnue(Introuvable):
    """No meeting that the caller may see has this identifier."""

    code = "RENCONTRE_INCONNUE"
    titre = Phrase("Cette rencontre n'existe pas", "No such meeting")


class InscriptionInconnue(Introuvable):
    """The meeting has no such seat, of a person whom the caller may see."""

    code = "INSCRIPTION_INCONNUE"
    titre = Phrase("Cette inscription n'existe pas", "No such registration")


class AttenteInconnue(Introuvable):
    """Nobody whom the caller may see waits under this identifier."""

    code = "ATTENTE_INCONNUE"
    titre = Phrase("Cette place d'attente n'existe pas", "No such place in the queue")


class Complet(RegleEtat):
    """No seat is left. Nobody is put in the queue by that: one asks for it."""

    code = "COMPLET"
    titre = Phrase("Il ne reste aucune place", "No seat is left")


class InscriptionChevauchante(RegleEtat):
    """The person has a seat elsewhere at the same time."""

    code = "INSCRIPTION_CHEVAUCHANTE"
    titre = Phrase(
        "La personne est déjà inscrite ailleurs à cette heure", "The person has a seat elsewhere at that time"
    )


class DejaInscrite(RegleEtat):
    """The person has a seat in this meeting."""

    code = "DEJA_INSCRITE"
    titre = Phrase("La personne a déjà une place", "The person has a seat already")


class DejaEnAttente(RegleEtat):
    """The person waits for a seat of this meeting."""

    code = "DEJA_EN_ATTENTE"
    titre = Phrase("La personne est déjà dans la liste d'attente", "The person is in the queue already")


class PlaceLibre(RegleEtat):
    """A seat is free: one enrols, one does not wait."""

    code = "PLACE_LIBRE"
    titre = Phrase("Il reste une place : inscrivez la personne", "A seat is left: enrol the person")


class RencontreAnnulee(RegleEtat):
    """The meeting is cancelled."""

    code = "RENCONTRE_ANNULEE"
    titre = Phrase("La rencontre est annulée", "The meeting is cancelled")


class RencontreTerminee(RegleEtat):
    """The meeting is over."""

    code = "RENCONTRE_TERMINEE"
    titre = Phrase("La rencontre est terminée", "The meeting is over")


class RencontreAVenir(RegleEtat):
    """The day of the meeting has not come: nobody came yet, and nobody is absent."""

    code = "RENCONTRE_A_VENIR"
    titre = Phrase("Le jour de la rencontre n'est pas venu", "The day of the meeting has not come")


class RencontreAvecInscrits(RegleEtat):
    """Persons were convened to this kind of meeting."""

    code = "RENCONTRE_AVEC_INSCRITS"
    titre = Phrase(
        "Des personnes y sont convoquées : sa modalité ne change plus", "Persons are convened to it: its kind stays"
    )


class CapaciteInsuffisante(RegleEtat):
    """More persons are enrolled than the capacity asked for."""

    code = "CAPACITE_INSUFFISANTE"
    titre = Phrase("Plus de personnes sont inscrites", "More persons are enrolled")


class InscriptionAnnulee(RegleEtat):
    """The seat was given back."""

    code = "INSCRIPTION_ANNULEE"
    titre = Phrase("Cette inscription est annulée", "This registration is cancelled")


class AttenteTerminee(RegleEtat):
    """The person no longer waits."""

    code = "ATTENTE_TERMINEE"
    titre = Phrase("La personne n'attend plus", "The person no longer waits")


class IssueNotee(RegleEtat):
    """Somebody's coming, or absence, is noted: the meeting took place."""

    code = "ISSUE_NOTEE"
    titre = Phrase("Une présence ou une absence y est déjà notée", "A presence or an absence is noted already")


class CorrectionRefusee(RegleEtat):
    """What was noted is an event, and events are not withdrawn: it is only mended in the person's favour."""

    code = "CORRECTION_REFUSEE"
    titre = Phrase(
        "Une issue notée ne se corrige qu'en faveur de la personne",
        "What was noted is only corrected in the person's favour",
    )
