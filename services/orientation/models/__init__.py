"""Tables of the schema ``orientation``, by noun. Pathways and facts are reviewed files."""

from services.orientation.models.dossiers import Dossier, Evenement
from services.orientation.models.flux import FaitRecu, FluxRecu, FluxRejet, Identifiant
from services.orientation.models.idempotence import Idempotence
from services.orientation.models.registry import SCHEMA, Table, metadata
from services.orientation.models.regles import JeuRegles

__all__ = [
    "SCHEMA",
    "Dossier",
    "Evenement",
    "FaitRecu",
    "FluxRecu",
    "FluxRejet",
    "Idempotence",
    "Identifiant",
    "JeuRegles",
    "Table",
    "metadata",
]
