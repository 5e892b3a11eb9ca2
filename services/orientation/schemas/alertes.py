"""Alerts on the wire."""

from typing import Annotated

from pydantic import Field

from services.orientation.episodes.alertes import TypeAlerte
from services.orientation.vocabulary_suivi import NiveauAlerte
from shared.query import Liste, Page
from shared.wire import Sortie


class AlerteOut(Sortie):
    """Ce qui demande une attention, et pour quand."""

    type: TypeAlerte
    niveau: NiveauAlerte
    echeance: str
    depuis: str = Field(description="Le jour depuis lequel l'alerte vaut.")
    objet: str = Field(description="Dossier, demande de réorientation, version de règles ou envoi, selon le type.")
    dossier: str | None
    ctm: str | None


class FiltresAlertes(Page):
    """Quelles alertes."""

    type: Annotated[list[TypeAlerte], Liste] = Field([], description="Un ou plusieurs types.")
    ctm: str | None = Field(
        None, max_length=40, description="Code d'une CTM ; ce qui n'est d'aucun territoire n'est alors pas dit."
    )
