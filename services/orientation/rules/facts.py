"""Facts as they are given, and as rules read them: strict types, known codes; what is wrong is refused first."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import Any

from shared.errors import CODES_FAUTE, Faute
from shared.problems import NEVER_ECHOED, escape_pointer, unknown_value

Faits = dict[str, Any]
"""The known facts, by name: dates, booleans, whole numbers, amounts, codes."""
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
COMMUNE = re.compile(r"\d[0-9AB]\d{3}", re.ASCII)
MOST = 10**6
EARLIEST, LATEST = date(1850, 1, 1), date(2150, 12, 31)
ECHOED = 80


@dataclass(frozen=True)
class Definition:
    """A fact as it is checked."""

    code: str
    nature: str
    valeurs: frozenset[str]
    ordre: tuple[str, ...]
    obligatoire: bool


def define(faits: Sequence[Any]) -> dict[str, Definition]:
    """Return the definitions that :func:`check_faits` looks things up in, from the file of facts."""
    return {
        fait.code: Definition(
            fait.code,
            str(fait.type.value),
            frozenset(valeur.valeur for valeur in fait.valeurs),
            tuple(valeur.valeur for valeur in fait.valeurs),
            fait.obligatoire,
        )
        for fait in faits
    }


def check_faits(given: Any, definitions: Mapping[str, Definition], pointer: str = "/faits") -> Faits | list[Faute]:
    """Return the known facts typed, or every fault: an unknown name, a wrong type, a code or a day that does not exist.

    ``null`` is unknown, as what is absent. A value is told back only where it tells nothing of a person.
    """
    if not isinstance(given, Mapping):
        return [_fault(pointer, "TYPE_INVALIDE", attendu="un objet")]
    known: Faits = {}
    faults: list[Faute] = []
    for name, value in given.items():
        definition = definitions.get(name)
        if definition is None:
            faults.append(unknown_value(_place(pointer, name), name[:ECHOED], list(definitions), code="CHAMP_INCONNU"))
        elif value is not None:
            if value.__class__ is str and value in definition.valeurs:
                known[name] = value
                continue
            read = READERS[definition.nature]
            found = read(value, definition, "")
            if isinstance(found, Faute):  # only then is its place worth writing
                again = read(value, definition, _place(pointer, name))
                faults += [again] if isinstance(again, Faute) else []
            else:
                known[name] = found
    faults += [
        _fault(_place(pointer, code), "CHAMP_REQUIS")
        for code, each in definitions.items()
        if each.obligatoire and given.get(code) is None
    ]
    return faults or known


def _place(pointer: str, name: str) -> str:
    return f"{pointer}/{escape_pointer(name[:ECHOED])}"


def _fault(champ: str, code: str, valeur: Any = None, attendu: str | None = None) -> Faute:
    shown = None
    if isinstance(valeur, str | int | float | Decimal) and champ.rpartition("/")[2] not in NEVER_ECHOED:
        shown = ("true" if valeur else "false") if isinstance(valeur, bool) else str(valeur)[:ECHOED]
    return Faute(champ=champ, code=code, message=CODES_FAUTE[code].libelle, valeur=shown, attendu=attendu)


def _read_date(value: Any, definition: Definition, champ: str) -> date | Faute:
    if not isinstance(value, str):
        return _fault(champ, "TYPE_INVALIDE", attendu="AAAA-MM-JJ")
    try:
        day = _day_of(value)
    except ValueError:
        return _fault(champ, "DATE_INVALIDE", attendu="AAAA-MM-JJ, un jour qui existe")
    return day if EARLIEST <= day <= LATEST else _fault(champ, "HORS_BORNES", attendu=f"de {EARLIEST} à {LATEST}")


@lru_cache(maxsize=1 << 15)
def _day_of(value: str) -> date:
    """Return a day. Raises ``ValueError``, and keeps nothing, when it is not written ``AAAA-MM-JJ``."""
    if not DAY.fullmatch(value):
        raise ValueError(value)
    return date.fromisoformat(value)


def _read_bool(value: Any, definition: Definition, champ: str) -> bool | Faute:
    return value if isinstance(value, bool) else _fault(champ, "TYPE_INVALIDE", value, "true ou false")


def _read_integer(value: Any, definition: Definition, champ: str) -> int | Faute:
    if isinstance(value, bool) or not isinstance(value, int):
        return _fault(champ, "TYPE_INVALIDE", value, "un nombre entier")
    return value if 0 <= value <= MOST else _fault(champ, "HORS_BORNES", value, f"de 0 à {MOST}")


def _read_amount(value: Any, definition: Definition, champ: str) -> Decimal | Faute:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return _fault(champ, "TYPE_INVALIDE", attendu="un nombre")
    if not isfinite(value) or not 0 <= value <= MOST:
        return _fault(champ, "HORS_BORNES", attendu=f"de 0 à {MOST}")
    return Decimal(str(value))  # 430.5 and 430.50 are one amount, however they were read


def _read_commune(value: Any, definition: Definition, champ: str) -> str | Faute:
    if not isinstance(value, str):
        return _fault(champ, "TYPE_INVALIDE", attendu="un code INSEE, en texte")
    return (
        value if COMMUNE.fullmatch(value) else _fault(champ, "VALEUR_INVALIDE", attendu="cinq caractères, code INSEE")
    )


def _read_choice(value: Any, definition: Definition, champ: str) -> str | Faute:
    if not isinstance(value, str):
        return _fault(champ, "TYPE_INVALIDE", value, "un code de la liste")
    if value in definition.valeurs:
        return value
    return unknown_value(champ, value[:ECHOED], definition.ordre, code="VALEUR_INCONNUE")


READERS = {
    "date": _read_date,
    "booleen": _read_bool,
    "entier": _read_integer,
    "montant": _read_amount,
    "commune": _read_commune,
    "choix": _read_choice,
}
