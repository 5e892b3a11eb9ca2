"""What crosses the wire of seats, queues and attendance."""

from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from services.orientation.episodes import EtatParcours
from services.orientation.vocabulary_rencontres import (
    IssueInscription,
    ModaliteRencontre,
    MotifAnnulationInscription,
    StatutAttente,
    StatutInscription,
)
from shared.query import Liste, Page
from shared.wire import Sortie

Code = Annotated[str, StringConstraints(min_length=1, max_length=60)]


class PersonneIn(BaseModel):
    """Une personne, par son dossier."""

    model_config = ConfigDict(extra="forbid")

    dossier: Code = Field(description="Identifiant du dossier ; jamais une identité.")


class AnnulationInscriptionIn(BaseModel):
    """Pourquoi une place est rendue."""

    model_config = ConfigDict(extra="forbid")

    motif: MotifAnnulationInscription


class PresenceIn(BaseModel):
    """Ce que fut la venue d'une personne inscrite."""

    model_config = ConfigDict(extra="forbid")

    inscription: Code
    issue: IssueInscription


class InscriptionOut(Sortie):
    """La place d'une personne."""

    id: str
    rencontre: str
    dossier: str
    statut: StatutInscription
    promue: bool = Field(description="La place vient de la liste d'attente.")
    preavis_respecte: bool = Field(description="La convocation laisse dix jours ouvrés avant la rencontre.")
    motif_annulation: MotifAnnulationInscription | None
    issue: IssueInscription | None = Field(description="null : rien n'est noté.")
    issue_le: AwareDatetime | None = Field(description="Quand l'issue fut notée, ou corrigée.")
    inscrite_le: AwareDatetime
    annulee_le: AwareDatetime | None


class PlaceRendueOut(InscriptionOut):
    """La place rendue, et celles que la liste d'attente y a gagnées."""

    promues: list[str] = Field(description="Inscriptions de personnes qui attendaient.")


class AttenteOut(Sortie):
    """Une personne dans la liste d'attente."""

    id: str
    rencontre: str
    dossier: str
    statut: StatutAttente
    position: int | None = Field(description="1 : la prochaine ; null : elle n'attend plus.")
    inscription: str | None = Field(description="La place qu'elle a eue.")
    arrivee_le: AwareDatetime
    sortie_le: AwareDatetime | None


class ReconvocationOut(Sortie):
    """Une personne à reconvoquer."""

    dossier: str
    etat: EtatParcours = Field(description="ABSENT_RIO ou A_RECONVOQUER.")
    depuis: date = Field(description="Jour de l'absence ou de l'annulation.")
    echeance: date = Field(description="Quinze jours après.")
    en_retard: bool = Field(description="L'échéance est passée.")
    absences: int = Field(description="Jours d'absence de l'épisode, excusée ou non.")
    modalite: ModaliteRencontre = Field(description="Entretien individuel à partir de la troisième convocation.")


class FiltresInscriptions(Page):
    """Les places d'une rencontre, par ordre d'arrivée."""

    statut: Annotated[list[StatutInscription], Liste] = Field([], description="Statuts ; par défaut tous.")


class FiltresAttente(Page):
    """La liste d'attente, par ordre d'arrivée."""

    statut: Annotated[list[StatutAttente], Liste] = Field([], description="Statuts ; par défaut `EN_ATTENTE`.")


class FiltresReconvocations(Page):
    """Les personnes à reconvoquer, par échéance."""

    en_retard: bool | None = Field(None, description="`true` : l'échéance est passée.")
