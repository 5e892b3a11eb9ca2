"""What crosses the wire of the plan and its axes."""

from datetime import date

from pydantic import Field

from services.catalogue.vocabulary import NatureAxe
from shared.query import Page, ParametreAu
from shared.wire import Sortie


class PagesOut(Sortie):
    """Pages telles qu'imprimées au sommaire du document."""

    debut: int
    fin: int


class SourceOut(Sortie):
    """Le document d'où vient le plan."""

    document: str
    pages: int


class DecomptesOut(Sortie):
    """Combien le plan compte de chaque chose."""

    axes: int
    objectifs: int
    fiches: int
    actions: int
    indicateurs: int
    objectifs_operationnels: int


class RemarqueOut(Sortie):
    """Une bizarrerie du document, signalée et non corrigée."""

    portee: str
    texte: str


class PlanOut(Sortie):
    """Un plan."""

    code: str = Field(examples=["pmie-2022-2026"])
    titre: str
    collectivite: str
    debut: date
    fin: date
    source: SourceOut
    version: int
    decomptes: DecomptesOut
    remarques: list[RemarqueOut]


class ObjectifOut(Sortie):
    """Un objectif d'un axe."""

    code: str = Field(examples=["2.O1"])
    titre: str
    page: int


class FicheBreve(Sortie):
    """Une fiche nommée."""

    numero: int
    titre: str


class AxeOut(Sortie):
    """Un axe, ses objectifs et ses fiches."""

    code: str = Field(examples=["2"])
    titre: str
    nature: NatureAxe
    page: int
    objectifs: list[ObjectifOut]
    fiches: list[FicheBreve]


class PlanEntierOut(PlanOut):
    """Un plan et ses axes."""

    axes: list[AxeOut]


class FiltresPlans(Page, ParametreAu):
    """Les plans, tels que connus à un instant."""
