"""What the rows of a push are judged against: definitions, territories, locks, rights, scope."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from services.indicators.definition_files import VentilationFile
from services.indicators.definitions import Definitions, Grandeur
from services.indicators.periods import Periode
from shared.territoires import Arbre


@dataclass(frozen=True)
class Verrouillage:
    """Days whose measurements no longer change, for codes (fiches, indicators or quantities; none: for all)."""

    codes: frozenset[str]
    debut: date
    fin: date

    def holds(self, grandeur: str, periode: Periode) -> bool:
        """Tell whether a measurement of ``grandeur`` at ``periode`` no longer changes."""
        overlap = self.debut <= periode.dernier_jour and periode.debut <= self.fin
        return overlap and (not self.codes or covers(self.codes, grandeur))


@dataclass(frozen=True)
class Portee:
    """The scope that a replacement covers: its rows stand inside, and what it holds besides is deleted."""

    grandeurs: tuple[Grandeur, ...]
    territoires: frozenset[str]
    debut: date
    fin: date

    def holds_grandeur(self, grandeur: Grandeur) -> bool:
        """Tell whether ``grandeur`` is in scope."""
        return any(each.definition == grandeur.definition for each in self.grandeurs)

    def holds_periode(self, periode: Periode) -> bool:
        """Tell whether the whole of ``periode`` is in scope."""
        return self.debut <= periode.debut and periode.dernier_jour <= self.fin


@dataclass(frozen=True)
class Contexte:
    """What rows are judged against."""

    definitions: Definitions
    arbre: Arbre
    ventilations: Mapping[str, VentilationFile]
    verrous: tuple[Verrouillage, ...]
    today: date
    now: datetime
    extrait_le: datetime | None = None
    grandeurs_permises: frozenset[str] | None = None
    territoires_permis: frozenset[str] | None = None
    portee: Portee | None = None
    sans_valeur: bool = False

    def locks(self, grandeur: str, periode: Periode) -> bool:
        """Tell whether a measurement no longer changes."""
        return any(verrou.holds(grandeur, periode) for verrou in self.verrous)


def covers(codes: frozenset[str], grandeur: str) -> bool:
    """Tell whether ``codes`` (of fiches, indicators or quantities) cover the quantity ``grandeur``."""
    fiche, _, _ = grandeur.partition(".")
    return not codes.isdisjoint({grandeur, grandeur.rpartition(".")[0], fiche})
