"""What crosses the wire of territories."""

from datetime import date
from typing import Annotated

from pydantic import Field

from services.catalogue.schemas.listes import Codes
from shared.query import JourEcrit, Liste, Page, Parametres
from shared.territoires import Niveau
from shared.wire import Sortie

JourOuRien = JourEcrit | None


class TerritoireOut(Sortie):
    """Un territoire à une date."""

    code: str = Field(examples=["69266"])
    nom: str
    niveau: Niveau
    parent: str | None
    partition: bool = Field(description="Les territoires de ce niveau couvrent leur parent sans se recouvrir.")
    certitude: str = Field(description="D'où vient la composition : `certain`, `documented` ou `inferred`.")
    population: int | None
    valide_du: date | None
    valide_au: date | None
    successeur: str | None
    ancien_code: str | None = Field(description="Le code demandé, quand il a été remplacé par celui-ci.")


class FiltresTerritoires(Page):
    """Les territoires à une date."""

    date: JourOuRien = Field(None, description="Le jour où lire l'arbre ; par défaut aujourd'hui.")
    niveau: Annotated[list[Niveau], Liste] = Field([], description="Niveaux.")
    parent: Codes = Field([], description="Codes des territoires qui contiennent directement.")


class FiltreDate(Parametres):
    """Un territoire à une date."""

    date: JourOuRien = Field(None, description="Le jour où lire l'arbre ; par défaut aujourd'hui.")
