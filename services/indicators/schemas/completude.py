"""What crosses the wire of completeness: counts, never values."""

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from services.indicators.schemas.indicateurs import NumeroFiche
from services.indicators.vocabulary import EtatCompletude
from shared.query import Liste, Page, ParametresConnus
from shared.territoires import Niveau
from shared.wire import Sortie

Code = Annotated[str, StringConstraints(min_length=1, max_length=60)]


class CompletudeOut(Sortie):
    """Ce qu'un producteur doit pousser d'une grandeur pour une période, et ce qui est reçu."""

    producteur: str
    grandeur: str
    niveau: Niveau
    periode: str
    echeance: date = Field(description="Dernier jour pour pousser.")
    attendus: int = Field(description="Territoires de ce niveau au dernier jour de la période.")
    recus: int = Field(description="Ceux dont le total est reçu, de n'importe quelle source.")
    part: float
    etat: EtatCompletude
    en_retard_jours: int = Field(description="Jours depuis l'échéance ; 0 quand rien ne manque ou n'est dû.")


class FiltresCompletude(Page, ParametresConnus):
    """Qui doit quoi."""

    producteur: Annotated[list[Code], Liste] = Field([], description="Codes d'organismes.", examples=[["mmie"]])
    fiche: Annotated[list[NumeroFiche], Liste] = Field([], description="Numéros de fiches.")
    indicateur: Annotated[list[Code], Liste] = Field([], description="Codes d'indicateurs.")
    grandeur: Annotated[list[Code], Liste] = Field([], description="Codes de grandeurs.")
    periode: Annotated[list[Code], Liste] = Field(
        [],
        max_length=200,
        description="`2025`, `2025-Q1..2025-Q3` : les périodes finies qui y tiennent ; par défaut, la dernière échue.",
    )
    etat: Annotated[list[EtatCompletude], Liste] = Field([], description="Où cela en est.")
    en_retard: bool | None = Field(None, description="`true` : l'échéance est passée et il manque des valeurs.")
