"""The board of the plan: for each quantity, where it stands and where it goes."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from services.indicators.schemas.indicateurs import CodeAxe, NumeroFiche
from services.indicators.schemas.valeurs import CodeLong, CouvertureOut, Nombre
from services.indicators.vocabulary import MotifCellule, Nature, Sens, StatutMesure, Tendance
from shared.query import Liste, ParametresPlan
from shared.wire import Sortie


class DerniereValeurOut(Sortie):
    """La dernière valeur publiée, ou pourquoi il n'y en a pas."""

    periode: str | None
    valeur: Nombre | None
    statut: StatutMesure | None
    couverture: CouvertureOut | None
    motif: MotifCellule | None


class EvolutionOut(Sortie):
    """D'où la grandeur vient ; `favorable` est null quand ni plus ni moins n'est mieux, ou que rien n'a bougé."""

    periode: str
    valeur: Nombre
    tendance: Tendance
    favorable: bool | None


class ProgressionOut(Sortie):
    """Où en est la cible : `part` du chemin fait (1 : atteinte), mesurée sur la valeur de la période de la cible.

    Sans elle, sur la dernière valeur qui s'y compare : un flux d'un mois ne dit rien de la cible d'une année.
    """

    periode: str
    cible: Nombre
    valeur: Nombre | None
    periode_valeur: str | None = Field(description="La période de `valeur`.")
    part: float | None
    atteinte: bool | None


class GrandeurTableau(Sortie):
    """Une grandeur du tableau."""

    code: str
    libelle: str
    nature: Nature
    unite: str
    sens: Sens
    constat: DerniereValeurOut
    evolution: EvolutionOut | None
    cibles: list[ProgressionOut]


class IndicateurTableau(Sortie):
    """Un indicateur du tableau."""

    code: str
    libelle: str
    grandeurs: list[GrandeurTableau]


class FicheTableau(Sortie):
    """Les indicateurs d'une fiche."""

    fiche: int
    axe: str
    indicateurs: list[IndicateurTableau]


class TableauOut(Sortie):
    """Les indicateurs du plan, par fiche."""

    territoire: str
    fiches: list[FicheTableau]
    publie_le: AwareDatetime | None


class FiltresTableau(ParametresPlan):
    """De quelles fiches, et pour quel territoire."""

    fiche: Annotated[list[NumeroFiche], Liste] = Field([], description="Numéros de fiches.")
    axe: Annotated[list[CodeAxe], Liste] = Field([], description="Codes d'axes.")
    territoire: CodeLong = Field("69M", description="Code d'un territoire.")
