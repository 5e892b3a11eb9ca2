"""Refusals: named classes, mapped once to ``application/problem+json`` (RFC 9457) by :mod:`shared.problems`.

Texts stand in French and English side by side; the reader's ``Accept-Language`` chooses.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple


class Phrase(NamedTuple):
    """One sentence in both languages."""

    fr: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the sentence in ``fr`` or ``en``."""
        return self.en if language == "en" else self.fr


@dataclass(frozen=True, kw_only=True)
class Faute:
    """One fault of a request. ``champ`` is a JSON pointer into the body, or a parameter's name."""

    champ: str
    code: str
    message: Phrase
    valeur: str | None = None
    attendu: Sequence[str] | str | None = None
    suggestion: str | None = None


class Refus(Exception):
    """A request that is refused; subclasses say with which status, code and title."""

    status: ClassVar[int]
    code: ClassVar[str]
    titre: ClassVar[Phrase]

    def __init__(
        self, detail: Phrase | None = None, *, erreurs: Sequence[Faute] = (), headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(self.code)
        self.detail = detail or self.titre
        self.erreurs = list(erreurs)
        self.headers = headers or {}


class RequeteIllisible(Refus):
    """The body cannot be read: JSON syntax, encoding, a key given twice, NaN, nesting over 64."""

    status, code = 400, "REQUETE_ILLISIBLE"
    titre = Phrase("La requête ne peut pas être lue", "The request cannot be read")


class CleRequise(Refus):
    """A ``POST`` that writes carries no ``Idempotency-Key``: sent twice, it could act twice."""

    status, code = 400, "CLE_REQUISE"
    titre = Phrase("L'en-tête Idempotency-Key est nécessaire", "The Idempotency-Key header is needed")


class NonAuthentifie(Refus):
    """No credential where one is needed, or a credential that is not valid."""

    status, code = 401, "NON_AUTHENTIFIE"
    titre = Phrase("Identification nécessaire ou invalide", "Authentication is needed or invalid")


class DroitInsuffisant(Refus):
    """The credential is valid and does not carry the scope that the operation needs."""

    status, code = 403, "DROIT_INSUFFISANT"
    titre = Phrase("Ce droit n'est pas accordé", "This right is not granted")


class Introuvable(Refus):
    """Nothing stands at this address, or nothing the caller may know of."""

    status, code = 404, "INTROUVABLE"
    titre = Phrase("Rien à cette adresse", "Nothing at this address")


class MethodeRefusee(Refus):
    """The address exists and does not take this method; ``Allow`` lists those it takes."""

    status, code = 405, "METHODE_REFUSEE"
    titre = Phrase("Méthode refusée à cette adresse", "Method not allowed at this address")


class CleEnCours(Refus):
    """A request of the same caller with the same ``Idempotency-Key`` is still running."""

    status, code = 409, "CLE_EN_COURS"
    titre = Phrase("Une requête de même Idempotency-Key est en cours", "A request with this Idempotency-Key is running")

    def __init__(self, detail: Phrase | None = None) -> None:
        super().__init__(detail, headers={"Retry-After": "1"})


class PreconditionEchouee(Refus):
    """``If-Match`` names another state than the present one."""

    status, code = 412, "PRECONDITION_ECHOUEE"
    titre = Phrase("La ressource a changé depuis votre lecture", "The resource changed since you read it")


class CorpsTropGrand(Refus):
    """The body passes the size allowed."""

    status, code = 413, "CORPS_TROP_GRAND"
    titre = Phrase("Le corps de la requête est trop grand", "The request body is too large")


class TypeRefuse(Refus):
    """The body's media type or compression is not taken here."""

    status, code = 415, "TYPE_REFUSE"
    titre = Phrase("Type de contenu refusé", "Media type not supported")


class DonneesRefusees(Refus):
    """The request is read and refused; ``erreurs`` names every fault."""

    status, code = 422, "DONNEES_REFUSEES"
    titre = Phrase("Des données de la requête sont refusées", "Some data of the request are refused")


class CleReutilisee(Refus):
    """The ``Idempotency-Key`` has served for another request of the same caller."""

    status, code = 422, "CLE_REUTILISEE"
    titre = Phrase("Cette Idempotency-Key a servi à une autre requête", "This Idempotency-Key served another request")


class PreconditionRequise(Refus):
    """``If-Match`` is needed to change what people edit."""

    status, code = 428, "PRECONDITION_REQUISE"
    titre = Phrase("L'en-tête If-Match est nécessaire", "The If-Match header is needed")


class ErreurInterne(Refus):
    """The product's own fault."""

    status, code = 500, "ERREUR_INTERNE"
    titre = Phrase("Une erreur interne est survenue", "An internal error happened")


class ReponseIllisible(Refus):
    """A service answered something that cannot be read."""

    status, code = 502, "REPONSE_ILLISIBLE"
    titre = Phrase("Un service a donné une réponse illisible", "A service gave an unreadable answer")


class ServiceIndisponible(Refus):
    """A service or the database cannot be reached; ``Retry-After`` says when to come back."""

    status, code = 503, "SERVICE_INDISPONIBLE"
    titre = Phrase("Le service est momentanément indisponible", "The service is unavailable for the moment")

    def __init__(self, detail: Phrase | None = None) -> None:
        super().__init__(detail, headers={"Retry-After": "5"})


class DelaiDepasse(Refus):
    """A service did not answer within its deadline."""

    status, code = 504, "DELAI_DEPASSE"
    titre = Phrase("Un service n'a pas répondu à temps", "A service did not answer in time")


class RegleEtat(Refus):
    """The present state refuses the change."""

    status, code = 409, "ETAT_CONTRAIRE"
    titre = Phrase("L'état présent s'y oppose", "The present state forbids it")


class CodeFaute(NamedTuple):
    """A kind of fault inside a refused request."""

    code: str
    libelle: Phrase


CODES_FAUTE = {
    faute.code: faute
    for faute in (
        CodeFaute("CHAMP_REQUIS", Phrase("Un champ obligatoire manque", "A required field is missing")),
        CodeFaute("CHAMP_INCONNU", Phrase("Ce champ n'existe pas", "This field does not exist")),
        CodeFaute("PARAMETRE_INCONNU", Phrase("Ce paramètre n'existe pas", "This parameter does not exist")),
        CodeFaute("PARAMETRE_REPETE", Phrase("Ce paramètre ne se donne qu'une fois", "This parameter is given once")),
        CodeFaute("TYPE_INVALIDE", Phrase("Le type n'est pas celui attendu", "The type is not the expected one")),
        CodeFaute("VALEUR_INCONNUE", Phrase("Cette valeur n'est pas dans la liste", "This value is not in the list")),
        CodeFaute("VALEUR_INVALIDE", Phrase("Cette valeur est refusée", "This value is refused")),
        CodeFaute("HORS_BORNES", Phrase("La valeur sort des bornes", "The value is out of range")),
        CodeFaute("LONGUEUR_INVALIDE", Phrase("La longueur est refusée", "The length is refused")),
        CodeFaute("DATE_INVALIDE", Phrase("Cette date n'existe pas", "This date does not exist")),
        CodeFaute("DECALAGE_REQUIS", Phrase("Un instant demande un décalage horaire", "An instant needs an offset")),
        CodeFaute("CARACTERE_INTERDIT", Phrase("Un caractère est interdit", "A character is not allowed")),
        CodeFaute(
            "CURSEUR_INVALIDE", Phrase("Ce curseur n'est pas celui de cette requête", "Not a cursor of this query")
        ),
        CodeFaute("CODE_INCONNU", Phrase("Ce code n'existe pas", "This code does not exist")),
        CodeFaute("DATES_INVERSEES", Phrase("La fin précède le début", "The end comes before the start")),
    )
}


def declare(*codes: CodeFaute) -> None:
    """Add a service's own kinds of fault to the one list. Raises ``ValueError`` when a code has another meaning."""
    for code in codes:
        if CODES_FAUTE.setdefault(code.code, code) != code:
            raise ValueError(code.code)


def iter_refus(base: type[Refus] = Refus) -> Iterator[type[Refus]]:
    """Yield every refusal class known to this process."""
    for refus in base.__subclasses__():
        yield refus
        yield from iter_refus(refus)
