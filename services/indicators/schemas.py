"""What crosses the wire of the indicators service."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.query import Liste, Page, ParametresConnus

CodeAxe = Annotated[str, StringConstraints(min_length=1, max_length=60)]
NumeroFiche = Annotated[int, Field(ge=1, le=9999)]


class IndicateurDefinition(BaseModel):
    """Un indicateur d'évaluation du plan ; `libelle` est le texte officiel."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(examples=["11.I1"])
    libelle: str
    fiche: int
    axe: str


class ListeIndicateurs(BaseModel):
    """Une page d'indicateurs ; `curseur_suivant` est null à la dernière."""

    model_config = ConfigDict(extra="forbid")

    elements: list[IndicateurDefinition]
    curseur_suivant: str | None
    total: int | None


class FiltresIndicateurs(Page, ParametresConnus):
    """Les indicateurs d'un plan."""

    fiche: Annotated[list[NumeroFiche], Liste] = Field([], description="Numéros de fiches.")
    axe: Annotated[list[CodeAxe], Liste] = Field([], description="Codes d'axes.")
