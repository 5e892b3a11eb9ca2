"""Dossiers on the wire: an identity comes in, none comes out."""

from datetime import date
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.orientation.episodes import EtatParcours
from services.orientation.schemas.flux import IdentiteIn
from services.orientation.schemas.orientations import OrientationResume
from shared.query import Liste, Page
from shared.wire import Sortie


class DossierIn(BaseModel):
    """Une personne, et ce qu'on sait d'elle."""

    model_config = ConfigDict(extra="forbid")

    identite: IdentiteIn
    commune: str | None = Field(None, description="Code INSEE ; le fait `commune_residence_insee`.", examples=["69266"])
    faits: dict[str, Any] = Field({}, description="Constatés par l'agent, par nom de fait : voir `/v1/faits`.")
    personne_distincte: bool = Field(
        False, description="Un dossier ressemblant a été vu : ce n'est pas la même personne."
    )


class ConstatIn(BaseModel):
    """Ce qu'un agent constate ; un fait à null est devenu inconnu, un fait absent ne change pas."""

    model_config = ConfigDict(extra="forbid")

    faits: dict[str, Any] = Field(min_length=1, examples=[{"disponible_emploi": True, "logement": "HEBERGE"}])
    confirme: bool = Field(True, description="false : la personne l'a seulement déclaré.")
    constate_le: AwareDatetime | None = Field(None, description="Maintenant, sauf si un instant passé est donné.")


class FiltresDossiers(Page):
    """Les dossiers de son territoire."""

    etat: Annotated[list[EtatParcours], Liste] = Field([], description="État du parcours, aujourd'hui.")
    ctm: Annotated[list[str], Liste] = Field([], max_length=60, description="Conférences territoriales des maires.")
    commune: Annotated[list[str], Liste] = Field([], max_length=100, description="Codes INSEE.")


class DossierResume(Sortie):
    """Un dossier ; rien n'y dit qui est la personne."""

    id: str
    commune: str | None
    ctm: str | None
    etat: EtatParcours | None = Field(description="null tant que rien n'a ouvert d'épisode.")
    cree_le: AwareDatetime
    modifie_le: AwareDatetime


class DecisionEpisode(Sortie):
    """Un parcours décidé, et le premier rendez-vous honoré qui l'a suivi."""

    jour: date
    parcours: str
    etape: str
    entree: date | None


class EpisodeOut(Sortie):
    """Du signalement ou de la notification jusqu'à la sortie ou l'abandon."""

    etat: EtatParcours
    ouverture: date
    notification: date | None = Field(description="La première : elle ouvre le délai légal.")
    debut: date = Field(description="Le départ du délai d'entrée.")
    entree: date | None
    fin: date | None
    decisions: list[DecisionEpisode]


class ProvenanceOut(Sortie):
    """D'où vient une valeur."""

    source: str = Field(description="`agent` pour une saisie, `dossier` pour ce qui suit des événements.")
    flux: str
    confirme: bool
    extrait_le: AwareDatetime | None
    recu_le: AwareDatetime | None


class ValeurDite(ProvenanceOut):
    """Ce que dit une source."""

    valeur: Any


class FaitDossier(Sortie):
    """Un fait : la valeur retenue, et ce que chaque source en dit."""

    code: str
    valeur: Any = Field(description="null : inconnu.")
    en_conflit: bool = Field(description="Des sources disent des valeurs différentes.")
    sources: list[ValeurDite] = Field(
        description="La retenue d'abord : confirmée avant déclarée, puis la plus récemment extraite."
    )


class FaitsDossier(Sortie):
    """Les faits d'un dossier."""

    faits: list[FaitDossier]


class DossierOut(DossierResume, FaitsDossier):
    """Un dossier entier."""

    efface_le: AwareDatetime | None = Field(description="Quand l'identité fut effacée ; les comptes restent.")
    episodes: list[EpisodeOut]
    anomalies: list[str] = Field(description="Événements refusés ou étranges de l'histoire.")
    derniere_orientation: OrientationResume | None
