"""The refusals of the door; the common ones are in :mod:`shared.errors`."""

from shared.errors import Introuvable, Phrase, Refus, RegleEtat, ServiceIndisponible


class CleInconnue(Introuvable):
    """No partner key has this identifier."""

    code = "CLE_INCONNUE"
    titre = Phrase("Cette clé n'existe pas", "No such key")


class CleRevoquee(RegleEtat):
    """The key was revoked or has expired: it gets no new secret."""

    code = "CLE_REVOQUEE"
    titre = Phrase("Cette clé est révoquée ou expirée", "This key is revoked or has expired")


class RotationEnCours(RegleEtat):
    """Two secrets of the key live already."""

    code = "ROTATION_EN_COURS"
    titre = Phrase("Deux secrets de cette clé sont déjà valables", "Two secrets of this key are live already")


class TropDeRequetes(Refus):
    """The caller sent more requests than it may; ``Retry-After`` says when to come back, in seconds."""

    status, code = 429, "TROP_DE_REQUETES"
    titre = Phrase("Trop de requêtes en peu de temps", "Too many requests in a short time")

    def __init__(self, wait: int) -> None:
        super().__init__(headers={"Retry-After": str(wait)})


class AccesNonConfigure(ServiceIndisponible):
    """The door has no database, no pepper or no signing key: it issues and takes no partner key."""

    code = "ACCES_NON_CONFIGURE"
    titre = Phrase("Les clés de partenaire ne sont pas configurées", "Partner keys are not configured")
