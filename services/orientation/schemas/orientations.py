"""Orientations on the wire: what the rules proposed, what an agent decided."""

from datetime import date
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.orientation.schemas.propositions import PropositionOut
from services.orientation.vocabulary import Modalite
from services.orientation.vocabulary_dossiers import MotifEcart
from shared.wire import Sortie


class OrientationIn(BaseModel):
    """Une proposition à faire, sur les faits connus aujourd'hui."""

    model_config = ConfigDict(extra="forbid")

    date_reference: Any = Field(None, description="Le jour de la situation, AAAA-MM-JJ ; aujourd'hui par défaut.")


class DecisionIn(BaseModel):
    """Ce que décide un agent."""

    model_config = ConfigDict(extra="forbid")

    parcours: Any = Field(None, description="Un parcours ; `GLOBAL` se choisit depuis `EMPLOI` ou `SOCIO_PRO`.")
    etape: Any = Field(None, description="`DIRECTE`, `APRES_RIO`, `APRES_ENTRETIEN` ou `OFFICE`.")
    organisme: Any = Field(None, description="Qui accompagnera, 120 caractères au plus.")
    motif: Any = Field(None, description="Une note, 500 caractères au plus ; effacée avec l'identité.")
    motif_ecart: Any = Field(None, description="Obligatoire si la décision s'écarte : voir `motif-ecart`.")


class DecisionOut(Sortie):
    """La décision d'un agent, et ce qui est dit à la personne."""

    orientation: str
    dossier: str
    acteur: str
    decide_le: AwareDatetime
    parcours: str
    etape: str
    organisme: str | None
    ecart: bool = Field(description="La décision s'écarte de la proposition.")
    motif_ecart: MotifEcart | None
    motif: str | None
    evenement: str = Field(description="L'événement `orientation` écrit avec la décision.")
    notification: str | None = Field(description="Le texte pour la personne ; null si l'identité fut effacée.")


class OrientationResume(Sortie):
    """Une proposition des règles, et la décision qui l'a suivie."""

    id: str
    cree_le: AwareDatetime
    acteur: str
    date_reference: date
    parcours: str
    modalite: Modalite
    regles_version: str
    empreinte: str = Field(description="SHA-256 des règles, des faits connus et du résultat.")
    decision: DecisionOut | None


class OrientationOut(OrientationResume):
    """Une proposition entière ; ses faits et ses motifs sont null si l'identité fut effacée."""

    dossier: str
    faits: dict[str, Any] | None
    provenance: dict[str, Any] | None = Field(description="D'où vient chaque fait.")
    proposition: PropositionOut | None


class RejeuOut(Sortie):
    """Une proposition rejouée : les mêmes faits, les mêmes règles."""

    orientation: str
    regles_version: str
    identique: bool
    empreinte_enregistree: str
    empreinte_rejouee: str
    parcours_enregistre: str
    parcours_rejoue: str
