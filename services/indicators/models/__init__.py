"""Tables of the schema ``indicators``, by noun."""

from services.indicators.models.definitions import Cible, Definition, GrandeurVersion, IndicateurVersion, PlanVersion
from services.indicators.models.lots import Idempotence, Lot, LotCorps, LotRejet
from services.indicators.models.mesures import (
    Agregat,
    Ecriture,
    Mesure,
    PeriodeRecue,
    Presence,
    Revision,
    Source,
    SourceReference,
    Verrou,
)
from services.indicators.models.publication import Millesime, Publication, UnitePublication
from services.indicators.models.registry import SCHEMA, Table, metadata

__all__ = [
    "SCHEMA",
    "Agregat",
    "Cible",
    "Definition",
    "Ecriture",
    "GrandeurVersion",
    "Idempotence",
    "IndicateurVersion",
    "Lot",
    "LotCorps",
    "LotRejet",
    "Mesure",
    "Millesime",
    "PeriodeRecue",
    "PlanVersion",
    "Presence",
    "Publication",
    "Revision",
    "Source",
    "SourceReference",
    "Table",
    "UnitePublication",
    "Verrou",
    "metadata",
]
