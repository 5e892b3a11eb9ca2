"""What a quantity's definition says, as the rules need it: read once from its document, then only looked at."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from services.indicators.definition_files import DATA, VentilationFile, read_ventilations
from services.indicators.periods import Periode
from services.indicators.vocabulary import Nature, Periodicite, RegleQualitative, RegleTemps

SEPARATOR = "|"
COVERAGE_OF_PARTS = frozenset({Nature.RATIO, Nature.MOYENNE, Nature.COHORTE, Nature.TAUX})
ADDITIVE = frozenset({Nature.FLUX, Nature.STOCK, Nature.CUMUL}) | COVERAGE_OF_PARTS
"""Natures whose components add up over territories: those that have rollups."""


@dataclass(frozen=True, slots=True, eq=False)
class Grandeur:
    """One definition version of a quantity. ``definition`` is the number its measurements are keyed with."""

    definition: int
    code: str
    indicateur: str
    version: int
    valide_du: date | None
    valide_au: date | None
    nature: Nature
    periodes: tuple[Periodicite, ...]
    niveaux: frozenset[str]
    ventilations: frozenset[str]
    decimales: int
    sens: str
    pour: int
    couverture_minimale: Decimal
    temps: RegleTemps | None
    modalites: tuple[str, ...]
    regle: RegleQualitative | None
    horizon_jours: int | None
    tranches: Mapping[str, str] | None
    negatif: bool
    depasse: bool
    seuil_secret: int | None
    document: Mapping[str, Any]

    def holds(self, periode: Periode) -> bool:
        """Tell whether this version is the one in force on the first day of ``periode``."""
        return (self.valide_du is None or self.valide_du <= periode.debut) and (
            self.valide_au is None or periode.debut <= self.valide_au
        )

    def straddles(self, periode: Periode) -> bool:
        """Tell whether ``periode`` begins under this version and ends under the next one."""
        return self.valide_au is not None and periode.debut <= self.valide_au < periode.dernier_jour

    @property
    def additive(self) -> bool:
        """Whether the components add up over territories."""
        return self.nature in ADDITIVE


@lru_cache(maxsize=4096)
def parse_grandeur(definition: int, text: str) -> Grandeur:
    """Return the definition written in the JSON document ``text``."""
    document = json.loads(text)
    nature = Nature.of(document["nature"])
    dates = document["definition"]
    minimum = document["couverture_minimale"]
    return Grandeur(
        definition=definition,
        code=document["code"],
        indicateur=document["code"].rpartition(".")[0],
        version=dates["version"],
        valide_du=_day(dates["valide_du"]),
        valide_au=_day(dates["valide_au"]),
        nature=nature,
        periodes=tuple(Periodicite.of(genre) for genre in document["periodes"]),
        niveaux=frozenset(document["niveaux"]),
        ventilations=frozenset(document["ventilations"]),
        decimales=document["decimales"],
        sens=document["sens"],
        pour=document["pour"],
        couverture_minimale=Decimal(str(minimum)),
        temps=RegleTemps.of(document["temps"]) if document["temps"] else None,
        modalites=tuple(document["modalites"]),
        regle=RegleQualitative.of(document["regle"]) if document["regle"] else None,
        horizon_jours=document["horizon_jours"],
        tranches=document["tranches"],
        negatif=document["negatif"],
        depasse=document["depasse"],
        seuil_secret=document["seuil_secret"],
        document=document,
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


class Definitions:
    """The definitions of one plan, by code; each code has one version or more."""

    def __init__(self, grandeurs: Iterable[Grandeur]) -> None:
        self._versions: dict[str, list[Grandeur]] = {}
        for grandeur in sorted(grandeurs, key=lambda each: each.version):
            self._versions.setdefault(grandeur.code, []).append(grandeur)

    @property
    def codes(self) -> list[str]:
        """Every code, in no promised order."""
        return list(self._versions)

    def versions(self, code: str) -> list[Grandeur]:
        """Return the versions of ``code``, oldest first, none when it does not exist."""
        return self._versions.get(code, [])

    def find(self, code: str, periode: Periode) -> Grandeur:
        """Return the version in force on the first day of ``periode``. Raises ``KeyError``."""
        return next(each for each in reversed(self._versions[code]) if each.holds(periode))


@cache
def ventilations_of(plan_dir: Path | None) -> Mapping[str, VentilationFile]:
    """Return the dimensions of breakdown by code: those that come with a plan, else our own."""
    folder = plan_dir / "indicators" if plan_dir else DATA
    return {each.code: each for each in read_ventilations(folder)}


def canonical(ventilation: Mapping[str, str]) -> str:
    """Return the one way to write a breakdown: ``age:25-49|sexe:F``, empty for the total."""
    return SEPARATOR.join(f"{dimension}:{ventilation[dimension]}" for dimension in sorted(ventilation))


def split_canonical(text: str) -> dict[str, str]:
    """Return the breakdown that :func:`canonical` wrote."""
    return dict(part.split(":", 1) for part in text.split(SEPARATOR)) if text else {}
