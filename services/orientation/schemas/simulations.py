"""Simulations on the wire: what a rule set would change."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from services.orientation.schemas.propositions import EXAMPLE
from services.orientation.schemas.regles import JeuIn
from services.orientation.vocabulary import Modalite
from services.orientation.vocabulary_regles import PopulationSimulee
from shared.wire import Sortie

MOST_CASES, MOST_DOSSIERS, MOST_SHOWN = 5_000, 5_000, 1_000
JourReference = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2150, 12, 31))]


class SimulationIn(BaseModel):
    """Un jeu candidat, et sur quoi le jouer : des cas, les cas d'essai, ou ce que l'on sait des personnes."""

    model_config = ConfigDict(extra="forbid")

    version: str | None = Field(None, max_length=60, description="Celle d'un jeu.", examples=["rio-2022.1"])
    jeu: JeuIn | None = Field(None, description="Ou un jeu entier, qui n'est pas gardé.")
    population: PopulationSimulee | None = Field(None, description="`cas` si des cas sont donnés, sinon `suite`.")
    cas: list[Any] | None = Field(
        None,
        min_length=1,
        max_length=MOST_CASES,
        description="De 1 à 5 000 cas `{ref, faits}`.",
        examples=[[{"ref": "a-1", "faits": EXAMPLE}]],
    )
    date_reference: JourReference | None = Field(
        None, description="Des dossiers seulement ; par défaut le premier jour du jeu, au plus tôt aujourd'hui."
    )


class IssueOut(Sortie):
    """Ce que des règles proposent d'un cas."""

    parcours: str
    modalite: Modalite
    motifs: list[str]
    signalements: list[str]
    question_suivante: str | None


class CasChangeOut(Sortie):
    """Un cas donné dont la proposition change ; jamais ses faits."""

    ref: str | None
    avant: IssueOut
    apres: IssueOut


class PassageOut(Sortie):
    """Les cas qui passent d'un parcours et d'une modalité à d'autres."""

    avant: dict[str, str] = Field(description="Parcours et modalité.")
    apres: dict[str, str] = Field(description="Parcours et modalité.")
    nombre: int


class SimulationOut(Sortie):
    """Ce qu'un jeu changerait aux propositions de ceux qui valent le jour de chaque cas."""

    version: str = Field(description="Celle du candidat.")
    empreinte: str
    reference: list[str] = Field(description="Les jeux auxquels il est comparé.")
    population: PopulationSimulee
    total: int = Field(description="Les cas joués.")
    inchanges: int
    changes: int = Field(description="Les cas dont la proposition change, ne serait-ce que d'un signalement.")
    injouables: int = Field(description="Les cas d'un jour pour lequel le candidat n'a pas de seuil ou de règle.")
    matrice: dict[str, dict[str, int]] = Field(description="Parcours d'avant, parcours d'après, nombre de cas.")
    groupes: list[PassageOut] = Field(description="Les parcours et modalités qui changent, du plus au moins nombreux.")
    changements: list[CasChangeOut] = Field(description="Les 1 000 premiers cas changés ; aucun pour les dossiers.")
    enregistree: bool = Field(description="Vrai si elle est gardée avec le brouillon, pour sa publication.")
