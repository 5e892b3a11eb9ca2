"""Tables of the schema ``orientation``, by noun. Pathways and facts are reviewed files."""

from services.orientation.models.acces import Acces, AccesSegment
from services.orientation.models.alertes import DossierAlerte
from services.orientation.models.comptes import CompteARefaire, CompteDepasse, CompteVersion, DossierCompte
from services.orientation.models.dossiers import Dossier, Evenement
from services.orientation.models.envois import Envoi
from services.orientation.models.flux import FaitRecu, FluxRecu, FluxRejet, Identifiant
from services.orientation.models.idempotence import Idempotence
from services.orientation.models.orientations import Orientation, OrientationDecision
from services.orientation.models.registry import SCHEMA, Table, metadata
from services.orientation.models.regles import JeuRegles
from services.orientation.models.rencontres import Attente, Inscription, Rencontre
from services.orientation.models.reorientations import Reorientation

__all__ = [
    "SCHEMA",
    "Acces",
    "AccesSegment",
    "Attente",
    "CompteARefaire",
    "CompteDepasse",
    "CompteVersion",
    "Dossier",
    "DossierAlerte",
    "DossierCompte",
    "Envoi",
    "Evenement",
    "FaitRecu",
    "FluxRecu",
    "FluxRejet",
    "Idempotence",
    "Identifiant",
    "Inscription",
    "JeuRegles",
    "Orientation",
    "OrientationDecision",
    "Rencontre",
    "Reorientation",
    "Table",
    "metadata",
]
