"""Events of a parcours: what each type carries, checked strictly, and the order in which they are read."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from shared.errors import CODES_FAUTE, Faute
from shared.problems import escape_pointer, unknown_value

DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
WORD = re.compile(r"[A-Z][A-Z_]{1,39}", re.ASCII)
EARLIEST, LATEST = date(1950, 1, 1), date(2150, 12, 31)
ECHOED = 80


class Type(StrEnum):
    """Ce qui peut arriver à une personne"""

    STATUT = "statut"
    SIGNALEMENT = "signalement"
    NOTIFICATION = "notification_sdd"
    CONVOCATION = "convocation"
    PRESENCE = "presence"
    ABSENCE = "absence"
    ANNULATION = "annulation_service"
    ORIENTATION = "orientation"
    PREMIER_RDV = "premier_rdv"
    REORIENTATION = "reorientation"
    RECTIFICATION = "rectification"
    CONTACT = "contact"
    DEMANDE = "demande_reorientation"
    AVIS = "avis_ep"
    CONTRAT = "contrat"
    CHANGEMENT = "changement_structure"
    ABANDON = "abandon"
    SORTIE = "sortie"


MODALITES = ("RIO_COLLECTIVE", "ENTRETIEN_INDIVIDUEL")
ETAPES = ("DIRECTE", "APRES_RIO", "APRES_ENTRETIEN", "OFFICE")
PARCOURS = ("EMPLOI", "SOCIO_PRO", "SOCIAL", "TNS", "JEUNES", "ACCES_DROITS", "GLOBAL", "A_DETERMINER")
BOOLEAN, WORDS = "booleen", "mot"
FIELDS: Mapping[Type, Mapping[str, Any]] = {
    Type.STATUT: {"brsa": BOOLEAN, "soumis_dd": BOOLEAN},
    Type.CONVOCATION: {"modalite": MODALITES},
    Type.PRESENCE: {"modalite": MODALITES},
    Type.ABSENCE: {"modalite": MODALITES, "excusee": BOOLEAN},
    Type.ORIENTATION: {"parcours": PARCOURS, "etape": ETAPES},
    Type.PREMIER_RDV: {"honore": BOOLEAN},
    Type.REORIENTATION: {"vers": PARCOURS},
    Type.RECTIFICATION: {"parcours": PARCOURS},
    Type.SORTIE: {"motif": WORDS},
}
"""What each type carries: a boolean, a code of a list, a word in capitals. The status alone may be unknown."""
RANKS = {Type.STATUT: 0, Type.NOTIFICATION: 1, Type.SIGNALEMENT: 1}
OTHERS = 2


@dataclass(frozen=True, slots=True)
class Evenement:
    """Something that happened on a day; ``rang`` is its order of arrival."""

    jour: date
    type: Type
    champs: Mapping[str, Any] = field(default_factory=dict)
    rang: int = 0

    @property
    def order(self) -> tuple[date, int, int]:
        """What events are sorted by: the day, status first, then notification and signalement, then arrival."""
        return self.jour, RANKS.get(self.type, OTHERS), self.rang

    @property
    def content(self) -> tuple[Any, ...]:
        """What makes an event the double of another."""
        return self.jour, self.type, tuple(sorted(self.champs.items()))


def check_evenement(given: Any, pointer: str, rang: int = 0) -> Evenement | list[Faute]:
    """Return the event that ``given`` tells, or every fault in it: type, day, fields of its type and no other."""
    if not isinstance(given, Mapping):
        return [_fault(pointer, "TYPE_INVALIDE", "un objet {date, type, …}")]
    faults: list[Faute] = []
    day = read_day(given.get("date"), f"{pointer}/date", faults)
    kind = _read_code(given.get("type"), tuple(each.value for each in Type), f"{pointer}/type", faults)
    if kind is None:
        return faults
    wanted = FIELDS.get(Type(kind), {})
    known = ("date", "type", *wanted)
    for name in given:
        if name not in known:
            place = f"{pointer}/{escape_pointer(name[:ECHOED])}"
            faults.append(unknown_value(place, name[:ECHOED], known, code="CHAMP_INCONNU"))
    champs = {name: _read_field(given, name, shape, pointer, faults) for name, shape in wanted.items()}
    return faults if faults or day is None else Evenement(day, Type(kind), champs, rang)


def read_day(value: Any, champ: str, faults: list[Faute]) -> date | None:
    """Return the day that ``value`` writes, or add its fault."""
    if value is None:
        faults.append(_fault(champ, "CHAMP_REQUIS", "AAAA-MM-JJ"))
        return None
    if not isinstance(value, str):
        faults.append(_fault(champ, "TYPE_INVALIDE", "AAAA-MM-JJ"))
        return None
    try:
        day = date.fromisoformat(value) if DAY.fullmatch(value) else None
    except ValueError:
        day = None
    if day is None:
        faults.append(_fault(champ, "DATE_INVALIDE", "AAAA-MM-JJ, un jour qui existe"))
    elif not EARLIEST <= day <= LATEST:
        faults.append(_fault(champ, "HORS_BORNES", f"de {EARLIEST} à {LATEST}"))
        return None
    return day


def _read_field(given: Mapping[str, Any], name: str, shape: Any, pointer: str, faults: list[Faute]) -> Any:
    value, champ = given.get(name), f"{pointer}/{name}"
    if value is None and name in FIELDS[Type.STATUT]:
        return None
    if shape == BOOLEAN:
        if value is None:
            faults.append(_fault(champ, "CHAMP_REQUIS", "true ou false"))
        elif not isinstance(value, bool):
            faults.append(_fault(champ, "TYPE_INVALIDE", "true ou false"))
        return value
    if shape == WORDS:
        if value is None:
            faults.append(_fault(champ, "CHAMP_REQUIS", "un code en capitales"))
        elif not isinstance(value, str) or not WORD.fullmatch(value):
            faults.append(_fault(champ, "VALEUR_INVALIDE", "un code en capitales, EMPLOI_DURABLE par exemple"))
        return value
    return _read_code(value, shape, champ, faults)


def _read_code(value: Any, known: Collection[str], champ: str, faults: list[Faute]) -> str | None:
    if value is None:
        faults.append(_fault(champ, "CHAMP_REQUIS", "un code de la liste"))
    elif not isinstance(value, str):
        faults.append(_fault(champ, "TYPE_INVALIDE", "un code, en texte"))
    elif value not in known:
        faults.append(unknown_value(champ, value[:ECHOED], list(known), code="VALEUR_INCONNUE"))
    else:
        return value
    return None


def _fault(champ: str, code: str, attendu: str) -> Faute:
    return Faute(champ=champ, code=code, message=CODES_FAUTE[code].libelle, attendu=attendu)
