"""What stands of the persons that a file may tell of."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.orientation.flux.events import EvenementLu
from services.orientation.flux.identities import Key


@dataclass(frozen=True, slots=True)
class FaitConnu:
    """What this source last said of a fact, and in which extraction."""

    valeur: Any
    extrait_le: datetime


@dataclass
class Etat:
    """What stands, of the persons that a file may tell of; the plan keeps it up to date as it goes."""

    dossiers: dict[Key, set[str]] = field(default_factory=lambda: defaultdict(set))
    faits: dict[str, dict[str, FaitConnu]] = field(default_factory=lambda: defaultdict(dict))
    evenements: dict[str, list[EvenementLu]] = field(default_factory=lambda: defaultdict(list))
