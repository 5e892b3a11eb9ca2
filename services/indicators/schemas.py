"""What crosses the wire of the indicators service."""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.query import Liste, Page, ParametresConnus
from shared.wire import Sortie

CodeAxe = Annotated[str, StringConstraints(min_length=1, max_length=60)]
NumeroFiche = Annotated[int, Field(ge=1, le=9999)]


class IndicateurDefinition(Sortie):
    """Un indicateur d'évaluation du plan ; `libelle` est le texte officiel."""

    code: str = Field(examples=["11.I1"])
    libelle: str
    fiche: int
    axe: str


class FiltresIndicateurs(Page, ParametresConnus):
    """Les indicateurs d'un plan."""

    fiche: Annotated[list[NumeroFiche], Liste] = Field([], description="Numéros de fiches.")
    axe: Annotated[list[CodeAxe], Liste] = Field([], description="Codes d'axes.")
