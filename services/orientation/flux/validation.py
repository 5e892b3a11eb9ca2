"""Judging a line: every fault at once, no value told. What is refused by nature is named, and the rest is taken."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.orientation.errors import fault
from services.orientation.flux.definitions import Definitions, FluxFile
from services.orientation.flux.events import EvenementLu, check_event
from services.orientation.flux.identities import ALWAYS, FIELDS, Key, read_day, read_identity, strong_keys, weak_key
from services.orientation.flux.reading import LigneLue
from services.orientation.load import FaitFile
from services.orientation.vocabulary import TypeFait
from shared.errors import Faute

MEMBERS = ("ref", "identite", "faits", "evenement")
REF = re.compile(r"[A-Za-z0-9._-]{1,40}", re.ASCII)
NIR_LIKE = re.compile(r"\d{5}[\dABab]\d{7}|\d{5}[\dABab]\d{9}")
FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
COMMUNE = re.compile(r"\d[\dAB]\d{3}", re.ASCII)
UNNAMED = "?"
TELLING = ("nir", "matricule", "numdemrsa", "identifiant_ft", "nom", "prenom", "date_naissance")
REF_TOLD = "un rang ou un numéro d'envoi : lettres, chiffres, . _ -, 40 caractères au plus, jamais un identifiant"


@dataclass(frozen=True, slots=True)
class Ligne:
    """A good line: who it tells of, and what it tells."""

    indice: int
    cles: list[Key]
    civil: Key | None
    faits: dict[str, Any]
    evenement: EvenementLu | None


@dataclass(frozen=True, slots=True)
class Jugement:
    """What is found of a line: the line when nothing is wrong, its faults, its warnings."""

    ligne: Ligne | None
    ref: str | None
    fautes: list[Faute]
    avertissements: list[Faute]


class Juge:
    """Judges the lines of one file."""

    def __init__(self, definitions: Definitions, flux: str, jour: date) -> None:
        self._definitions = definitions
        self._flux: FluxFile = definitions.flux[flux]
        self._jour = jour
        self._accepted = frozenset(self._flux.faits)

    def judge(self, lue: LigneLue) -> Jugement:
        """Return what is found of a line."""
        row = lue.contenu
        if not isinstance(row, dict):
            return Jugement(None, None, [fault("", "TYPE_INVALIDE", "{ref, identite, faits, evenement}")], [])
        fautes: list[Faute] = []
        warned: list[Faute] = []
        for name in row:
            if name not in MEMBERS:
                self._sort_unknown("", name, fautes, warned)
        faits = self._read_faits(row.get("faits"), fautes, warned)
        identite = self._read_identite(row.get("identite"), faits, fautes, warned)
        ref = _read_ref(row.get("ref"), identite, fautes)
        evenement = self._read_evenement(row.get("evenement"), fautes)
        if evenement is not None and evenement.type == "statut":
            fautes += _merge_statut(faits, evenement)
        if fautes:
            return Jugement(None, ref, fautes, warned)
        return Jugement(
            Ligne(lue.indice, strong_keys(identite), weak_key(identite), faits, evenement), ref, fautes, warned
        )

    def _sort_unknown(self, parent: str, name: str, fautes: list[Faute], warned: list[Faute]) -> None:
        """Warn of a field that is refused by nature, reject one that nobody knows."""
        refused = name.lower() in self._definitions.refuses or name in self._definitions.faits
        champ = f"{parent}/{name if refused or FIELD_NAME.fullmatch(name) else UNNAMED}"
        if refused:
            warned.append(fault(champ, "CHAMP_REFUSE"))
        else:
            fautes.append(fault(champ, "CHAMP_INCONNU"))

    def _read_faits(self, given: Any, fautes: list[Faute], warned: list[Faute]) -> dict[str, Any]:
        if given is None:
            return {}
        if not isinstance(given, dict):
            fautes.append(fault("/faits", "TYPE_INVALIDE", "un objet"))
            return {}
        read = {}
        for name, valeur in given.items():
            if name not in self._accepted:
                self._sort_unknown("/faits", name, fautes, warned)
                continue
            found = check_fact(self._definitions.faits[name], valeur, self._jour)
            if found is not None:
                fautes.append(found)
            read[name] = valeur
        return read

    def _read_identite(
        self, given: Any, faits: Mapping[str, Any], fautes: list[Faute], warned: list[Faute]
    ) -> dict[str, str]:
        if not isinstance(given, dict):
            code = "CHAMP_REQUIS" if given is None else "TYPE_INVALIDE"
            fautes.append(fault("/identite", code, "un objet"))
            return {}
        kept = {}
        for name, valeur in given.items():
            if name not in FIELDS:
                self._sort_unknown("/identite", name, fautes, warned)
            elif name in ALWAYS or self._takes(name, faits):
                kept[name] = valeur
            elif valeur is not None:
                warned.append(fault(f"/identite/{name}", "CHAMP_REFUSE"))
        identite, own = read_identity(kept)
        fautes += own
        if not own and not strong_keys(identite) and weak_key(identite) is None:
            fautes.append(fault("/identite", "IDENTITE_INSUFFISANTE", [*self._flux.identifiants]))
        return identite

    def _takes(self, name: str, faits: Mapping[str, Any]) -> bool:
        """Tell whether this feed may name this identifier; a NIR never serves for who has no RSA."""
        return name in self._flux.identifiants and not (name == "nir" and faits.get("brsa") is False)

    def _read_evenement(self, given: Any, fautes: list[Faute]) -> EvenementLu | None:
        if given is None:
            return None
        found = check_event(given, self._flux.evenements, self._definitions.parcours, self._jour)
        if isinstance(found, list):
            fautes += found
            return None
        return found


def _merge_statut(faits: dict[str, Any], evenement: EvenementLu) -> list[Faute]:
    """Add to the facts what a status says, as of its day; return a fault where both are said and differ."""
    faults = []
    for name, valeur in evenement.contenu.items():
        if faits.setdefault(name, valeur) is not valeur:
            faults.append(fault(f"/evenement/{name}", "VALEUR_INVALIDE", f"la même valeur que /faits/{name}"))
    return faults


def _read_ref(given: Any, identite: Mapping[str, str], fautes: list[Faute]) -> str | None:
    """Return the reference, ``None`` when it is not one, or could say who the person is: it is told in the report."""
    if given is None:
        return None
    if isinstance(given, str) and REF.fullmatch(given) and not NIR_LIKE.search(given):
        told = re.sub(r"[._-]", "", given).casefold()
        secret = [identite[name].replace("-", "").casefold() for name in TELLING if name in identite]
        if not any(len(part) > 2 and part in told for part in secret):
            return given
    fautes.append(fault("/ref", "VALEUR_INVALIDE", REF_TOLD))
    return None


def check_fact(fait: FaitFile, valeur: Any, jour: date) -> Faute | None:
    """Return the fault of a fact's value; ``None`` for a good one, and for null, which says that it is unknown."""
    champ = f"/faits/{fait.code}"
    if valeur is None:
        return None
    if fait.type is TypeFait.CHOIX:
        known = [each.valeur for each in fait.valeurs]
        return None if isinstance(valeur, str) and valeur in known else fault(champ, "VALEUR_INCONNUE", known)
    if fait.type is TypeFait.BOOLEEN:
        return None if isinstance(valeur, bool) else fault(champ, "TYPE_INVALIDE", "true ou false")
    if fait.type in (TypeFait.ENTIER, TypeFait.MONTANT):
        return _check_number(champ, valeur, whole=fait.type is TypeFait.ENTIER)
    return _check_text(champ, valeur, fait.type, jour)


def _check_text(champ: str, valeur: Any, kind: TypeFait, jour: date) -> Faute | None:
    if not isinstance(valeur, str):
        return fault(champ, "TYPE_INVALIDE", "un texte")
    if kind is TypeFait.COMMUNE:
        return None if COMMUNE.fullmatch(valeur) else fault(champ, "VALEUR_INVALIDE", "un code INSEE de 5 caractères")
    day = read_day(valeur)
    if day is None:
        return fault(champ, "DATE_INVALIDE", "un jour AAAA-MM-JJ")
    return None if day.year >= 1900 and day <= jour else fault(champ, "HORS_BORNES", "un jour passé, depuis 1900")


def _check_number(champ: str, valeur: Any, *, whole: bool) -> Faute | None:
    if isinstance(valeur, bool) or not isinstance(valeur, int if whole else int | float):
        return fault(champ, "TYPE_INVALIDE", "un entier" if whole else "un nombre")
    good = math.isfinite(valeur) and 0 <= valeur <= 1_000_000
    return None if good else fault(champ, "HORS_BORNES", "de 0 à 1 000 000")
