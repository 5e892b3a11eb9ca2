"""Reorientations on the wire."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.orientation.vocabulary_suivi import (
    DecisionReorientation,
    EtatReorientation,
    MotifReorientation,
    SensAvis,
)
from shared.query import Liste, Page
from shared.wire import Sortie

ParcoursVise = Literal["EMPLOI", "SOCIO_PRO", "SOCIAL", "TNS", "JEUNES", "ACCES_DROITS", "GLOBAL"]


class ReorientationIn(BaseModel):
    """Un autre parcours est demandé pour une personne."""

    model_config = ConfigDict(extra="forbid")

    dossier: str = Field(min_length=1, max_length=60)
    vers: ParcoursVise = Field(description="Le parcours demandé.")
    motif: MotifReorientation


class AvisIn(BaseModel):
    """L'avis de l'équipe pluridisciplinaire."""

    model_config = ConfigDict(extra="forbid")

    sens: SensAvis


class DecisionReorientationIn(BaseModel):
    """La décision, et pourquoi."""

    model_config = ConfigDict(extra="forbid")

    decision: DecisionReorientation
    motif: str = Field(min_length=1, max_length=500, description="Sans nom ni détail de santé.")


class AvisOut(Sortie):
    """L'avis de l'équipe : attendu, rendu, ou sans objet."""

    requis: bool
    echeance: str | None = Field(description="Dernier jour de silence ; passé ce jour, l'avis est réputé rendu.")
    sens: SensAvis | None
    rendu_le: str | None


class ReorientationOut(Sortie):
    """Une demande de réorientation."""

    id: str
    dossier: str
    ctm: str | None
    de: str = Field(description="Le parcours en vigueur le jour de la demande.")
    vers: str
    motif: MotifReorientation
    etat: EtatReorientation
    demandee_le: str
    avis: AvisOut
    decidee_le: str | None
    motif_decision: str | None


class FiltresReorientations(Page):
    """Quelles demandes."""

    etat: Annotated[list[EtatReorientation], Liste] = Field([], description="Un ou plusieurs états.")
    ctm: str | None = Field(None, max_length=40, description="Code d'une CTM.")
