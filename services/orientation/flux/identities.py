"""The identifiers of a line, normalised to be hashed: what tells of a person for sure, and what only resembles."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

from services.orientation.errors import fault
from shared.errors import Faute

FIELDS = (
    "nir",
    "matricule",
    "numorg",
    "numdemrsa",
    "identifiant_ft",
    "nom",
    "prenom",
    "date_naissance",
    "commune",
)
ALWAYS = ("nom", "prenom", "date_naissance", "commune")
FORMS = {
    "nir": (re.compile(r"[12345678]\d{5}[\dAB]\d{6}(\d{2})?"), "13 ou 15 caractères"),
    "matricule": (re.compile(r"\d{7}(0{8})?"), "7 chiffres, ou 15 complétés de zéros"),
    "numorg": (re.compile(r"[\dA-Z]{3}"), "3 caractères"),
    "numdemrsa": (re.compile(r"[\dA-Z]{11}"), "11 caractères"),
    "identifiant_ft": (re.compile(r"[\dA-Z]{8}|\d{11}"), "8 ou 11 caractères"),
    "commune": (re.compile(r"\d[\dAB]\d{3}"), "un code INSEE"),
}
Key = tuple[str, ...]


def read_identity(identite: Mapping[str, Any]) -> tuple[dict[str, str], list[Faute]]:
    """Return the identifiers, normalised, and the faults of those that cannot be; no value is ever told."""
    clean: dict[str, str] = {}
    faults = []
    for name, given in identite.items():
        if given is None:
            continue
        found = _read(name, given)
        if isinstance(found, Faute):
            faults.append(found)
        else:
            clean[name] = found
    return clean, faults


def _read(name: str, given: Any) -> str | Faute:
    champ = f"/identite/{name}"
    if not isinstance(given, str):
        return fault(champ, "TYPE_INVALIDE", "un texte")
    if name == "date_naissance":
        return given if read_day(given) else fault(champ, "DATE_INVALIDE", "un jour AAAA-MM-JJ")
    if name in ("nom", "prenom"):
        return _fold(given) or fault(champ, "VALEUR_INVALIDE", "des lettres")
    pattern, told = FORMS[name]
    text = re.sub(r"[\s.-]", "", given).upper()
    if not pattern.fullmatch(text) or not text.isascii() or (name == "nir" and not is_nir(text)):
        return fault(champ, "VALEUR_INVALIDE", told)
    return text[:7] if name == "matricule" else text[:13] if name == "nir" else text


def is_nir(text: str) -> bool:
    """Tell whether the key of a NIR, when it has one, is right (2A counts as 19, 2B as 18)."""
    if len(text) == 13:
        return True
    departement = {"2A": "19", "2B": "18"}.get(text[5:7], text[5:7])
    number = text[:5] + departement + text[7:13]
    if not number.isdigit():
        return False
    return int(text[13:]) == 97 - int(number) % 97


def read_day(text: str) -> date | None:
    """Return a day written AAAA-MM-JJ, ``None`` when it does not exist."""
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else None
    except ValueError:
        return None


def _fold(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in letters if letter.isalpha())


def strong_keys(identite: Mapping[str, str]) -> list[Key]:
    """Return what tells of one person for sure, the surest first."""
    born = identite.get("date_naissance")
    keys: list[Key] = []
    if "identifiant_ft" in identite:
        keys.append(("identifiant_ft", identite["identifiant_ft"]))
    if "matricule" in identite and born:
        keys.append(("matricule", identite["matricule"], identite.get("numorg", ""), born))
    if "numdemrsa" in identite and born:
        keys.append(("numdemrsa", identite["numdemrsa"], born))
    if "nir" in identite:
        keys.append(("nir", identite["nir"]))
    return keys


def weak_key(identite: Mapping[str, str]) -> Key | None:
    """Return what only resembles: name, birth date and commune."""
    names = ("nom", "prenom", "date_naissance", "commune")
    return ("civil", *(identite[name] for name in names)) if all(name in identite for name in names) else None
