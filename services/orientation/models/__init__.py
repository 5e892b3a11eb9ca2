"""Tables of the schema ``orientation``, by noun. Pathways and facts are reviewed files."""

from services.orientation.models.acces import Acces, AccesSegment
from services.orientation.models.dossiers import Dossier, Evenement
from services.orientation.models.flux import FaitRecu, FluxRecu, FluxRejet, Identifiant
from services.orientation.models.idempotence import Idempotence
from services.orientation.models.orientations import Orientation, OrientationDecision
from services.orientation.models.registry import SCHEMA, Table, metadata

__all__ = [
    "SCHEMA",
    "Acces",
    "AccesSegment",
    "Dossier",
    "Evenement",
    "FaitRecu",
    "FluxRecu",
    "FluxRejet",
    "Idempotence",
    "Identifiant",
    "Orientation",
    "OrientationDecision",
    "Table",
    "metadata",
]
