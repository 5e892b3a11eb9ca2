"""What a row says, by the nature of its quantity: exact decimals, never floats."""

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from services.indicators.definitions import Grandeur
from services.indicators.errors import fault
from services.indicators.row_faults import SHOWN, shown
from services.indicators.vocabulary import Nature, StatutMesure
from shared.body import UNSTORABLE
from shared.errors import Faute
from shared.problems import unknown_value

NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,15})?", re.ASCII)
PLAIN = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
SPACES = re.compile(r"\s")
THOUSANDS = re.compile(r",\d{3}$")
BOUND = 10**30
BOUNDS_TOLD = "au plus 30 chiffres avant la virgule et 15 après"
MAX_TEXTE = 10_000
COUNTS = frozenset({Nature.FLUX, Nature.STOCK, Nature.CUMUL, Nature.PERSONNES_DISTINCTES})
VALEUR = ("valeur",)
FIELDS_OF: Mapping[Nature, tuple[str, ...]] = {
    Nature.RATIO: ("numerateur", "denominateur"),
    Nature.COHORTE: ("numerateur", "denominateur"),
    Nature.TAUX: ("numerateur",),
    Nature.MOYENNE: ("somme", "effectif"),
    Nature.QUALITATIF: ("modalite",),
    Nature.TEXTE: ("texte",),
}
OPTIONAL: Mapping[Nature, tuple[str, ...]] = {Nature.MEDIANE: ("effectif",)}
"""What may come with the value: without its headcount a median of persons is never published."""
VALUE_FIELDS = ("valeur", "numerateur", "denominateur", "somme", "effectif", "modalite", "texte")
OTHERS = {
    nature: frozenset(VALUE_FIELDS) - {*FIELDS_OF.get(nature, ("valeur",)), *OPTIONAL.get(nature, ())}
    for nature in Nature
}


class Contenu(NamedTuple):
    """What a measurement says; ``valeur`` holds a numerator or a sum too, ``diviseur`` its denominator or headcount."""

    valeur: Decimal | None
    diviseur: Decimal | None
    texte: str | None
    statut: str | None
    confidentialite: str | None
    commentaire: str | None


def fields_of(nature: Nature) -> tuple[str, ...]:
    """Return the fields that carry the value of a quantity of this nature."""
    return FIELDS_OF.get(nature, VALEUR)


def read_contenu(
    row: Mapping[str, Any], grandeur: Grandeur, faults: list[Faute], *, optional: bool = False
) -> Contenu | None:
    """Return what the row says of ``grandeur``, adding a fault for each thing that its nature refuses.

    The value may be absent when it cannot exist (``statut`` m), when its producer keeps it secret, or if ``optional``.
    """
    before, nature = len(faults), grandeur.nature
    names = FIELDS_OF.get(nature, VALEUR)
    if not OTHERS[nature].isdisjoint(row):
        _refuse_foreign(row, nature, faults)
    missing = [name for name in names if row.get(name) is None]
    if row.get("statut") == StatutMesure.M:
        faults += [fault(f"/{name}", "VALEUR_SANS_OBJET") for name in names if name not in missing]
    elif missing and (len(missing) < len(names) or not (optional or row.get("confidentialite") is not None)):
        faults += [fault(f"/{name}", "CHAMP_REQUIS", attendu="obligatoire") for name in missing]
    if nature in OPTIONAL and len(missing) < len(names):
        names += tuple(name for name in OPTIONAL[nature] if row.get(name) is not None)
    numbers = [_read(row, name, grandeur, faults) if row.get(name) is not None else None for name in names]
    if len(faults) > before:
        return None
    first, second = (*numbers, None)[:2]
    texte = first if isinstance(first, str) else None
    valeur = first if isinstance(first, Decimal) else None
    diviseur = second if isinstance(second, Decimal) else None
    if valeur is not None and diviseur is not None and not _holds_together(grandeur, valeur, diviseur, faults):
        return None
    return Contenu(
        valeur, diviseur, texte, row.get("statut") or None, row.get("confidentialite") or None, row.get("commentaire")
    )


def _refuse_foreign(row: Mapping[str, Any], nature: Nature, faults: list[Faute]) -> None:
    foreign = sorted(name for name in OTHERS[nature] & row.keys() if row[name] is not None)
    faults += [fault(f"/{name}", "CHAMP_NON_ADMIS", attendu=list(fields_of(nature))) for name in foreign]


def _read(row: Mapping[str, Any], name: str, grandeur: Grandeur, faults: list[Faute]) -> Decimal | str | None:
    given = row[name]
    if name == "modalite":
        return _read_modalite(given, grandeur, faults)
    if name == "texte":
        return _read_texte(given, faults)
    number = read_number(given)
    if number is None:
        faults.append(_number_fault(name, given))
        return None
    _check_number(name, number, grandeur, faults)
    return number


def read_number(given: Any) -> Decimal | None:
    """Return ``given`` as an exact decimal, ``None`` when it is not a plain number within bounds."""
    if isinstance(given, str):
        return Decimal(given) if NUMBER.fullmatch(given) else None
    if isinstance(given, bool) or not isinstance(given, int | Decimal) or not -BOUND < given < BOUND:
        return None
    if isinstance(given, int):
        return Decimal(given)
    return given if int(given.as_tuple().exponent) >= -15 else None


def _number_fault(name: str, given: Any) -> Faute:
    plain = isinstance(given, int | Decimal) and not isinstance(given, bool)
    if plain or (isinstance(given, str) and PLAIN.fullmatch(given)):
        return fault(f"/{name}", "HORS_BORNES", valeur=shown(given), attendu=BOUNDS_TOLD)
    return fault(
        f"/{name}",
        "NOMBRE_INVALIDE",
        valeur=shown(given),
        attendu="un nombre, 12.5 ou « 12.5 »",
        suggestion=_suggest_number(given),
    )


def _suggest_number(given: Any) -> str | None:
    """Return what a French hand meant: a decimal comma, spaces between thousands; « 1,234 » may mean either."""
    if not isinstance(given, str) or len(given) > SHOWN or THOUSANDS.search(given):
        return None
    plain = SPACES.sub("", given).replace(",", ".")
    return plain if NUMBER.fullmatch(plain) else None


def _check_number(name: str, number: Decimal, grandeur: Grandeur, faults: list[Faute]) -> None:
    signed, whole = _rule_of(name, grandeur)
    if not signed and number < 0:
        faults.append(fault(f"/{name}", "VALEUR_NEGATIVE", valeur=str(number), attendu="au moins 0"))
    if whole and number != number.to_integral_value():
        faults.append(fault(f"/{name}", "VALEUR_NON_ENTIERE", valeur=str(number), attendu="un nombre entier"))


@lru_cache(maxsize=4096)
def _rule_of(name: str, grandeur: Grandeur) -> tuple[bool, bool]:
    """Tell whether the number may be negative, and whether it is whole.

    Counts are whole; so are the numerators, denominators and headcounts that count persons.
    """
    signed = name in ("valeur", "somme", "numerateur") and (grandeur.negatif or grandeur.nature == Nature.INDICE)
    if name == "valeur":
        return signed, grandeur.nature in COUNTS and grandeur.decimales == 0
    return signed, name == "effectif" or (name != "somme" and grandeur.seuil_secret is not None)


def _holds_together(grandeur: Grandeur, valeur: Decimal, diviseur: Decimal, faults: list[Faute]) -> bool:
    part = grandeur.nature in (Nature.RATIO, Nature.COHORTE)
    if part and not grandeur.depasse and valeur > diviseur:
        expected = f"au plus le dénominateur ({diviseur})"
        faults.append(fault("/numerateur", "NUMERATEUR_SUPERIEUR", valeur=str(valeur), attendu=expected))
        return False
    if grandeur.nature == Nature.MOYENNE and diviseur == 0 and valeur != 0:
        faults.append(fault("/somme", "SOMME_SANS_EFFECTIF", valeur=str(valeur), attendu="0 quand l'effectif est 0"))
        return False
    return True


def _read_modalite(given: Any, grandeur: Grandeur, faults: list[Faute]) -> str | None:
    if not isinstance(given, str):
        faults.append(fault("/modalite", "TYPE_INVALIDE", attendu="un texte"))
        return None
    if given not in grandeur.modalites:
        word = UNSTORABLE.sub("?", given)[:80]
        faults.append(unknown_value("/modalite", word, grandeur.modalites, code="MODALITE_INCONNUE"))
        return None
    return given


def _read_texte(given: Any, faults: list[Faute]) -> str | None:
    if not isinstance(given, str):
        faults.append(fault("/texte", "TYPE_INVALIDE", attendu="un texte"))
        return None
    if not 0 < len(given) <= MAX_TEXTE:
        faults.append(fault("/texte", "LONGUEUR_INVALIDE", attendu=f"de 1 à {MAX_TEXTE} caractères"))
    elif UNSTORABLE.search(given):
        faults.append(fault("/texte", "CARACTERE_INTERDIT"))
    return given
