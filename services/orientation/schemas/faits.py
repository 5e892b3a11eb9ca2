"""Pathways and facts on the wire."""

from typing import Annotated

from pydantic import Field

from services.orientation.vocabulary import NatureParcours, TypeFait
from shared.query import Liste, Page
from shared.wire import Sortie


class ParcoursOut(Sortie):
    """Un parcours, ou ce qui est dit quand aucun n'est proposé."""

    code: str = Field(examples=["SOCIO_PRO"])
    libelle: str
    description: str
    nature: NatureParcours
    categorie_2022: str | None = Field(description="Catégorie de la loi jusqu'au 31 décembre 2024 (CASF L262-29).")
    parcours_2025: str | None = Field(description="Parcours de la loi depuis le 1er janvier 2025.")
    organismes: list[str] = Field(description="Qui accompagne d'ordinaire.")
    fondement: str = Field(description="Ce qui fonde ce parcours : plan, loi ou choix.")


class ValeurOut(Sortie):
    """Une valeur d'un fait."""

    valeur: str
    libelle: str
    description: str
    niveau: int | None = Field(description="Pour un frein : 0 aucun, 1 léger, 2 fort, 3 bloquant.")


class FaitOut(Sortie):
    """Un fait sur la situation d'une personne ; absent ou null, il est inconnu, jamais « non »."""

    code: str = Field(examples=["disponible_emploi"])
    libelle: str
    description: str
    type: TypeFait
    unite: str | None
    obligatoire: bool
    frein: bool
    sources: list[str]
    flux: list[str] = Field(description="Noms de ce fait dans les flux de la CNAF.")
    valeurs: list[ValeurOut]
    fondement: str


class FiltresParcours(Page):
    """Les parcours."""

    nature: Annotated[list[NatureParcours], Liste] = Field([], description="Parcours, ou autres issues.")


class FiltresFaits(Page):
    """Les faits."""

    type: Annotated[list[TypeFait], Liste] = Field([], description="Types de faits.")
    frein: bool | None = Field(None, description="Les freins seulement, ou les autres faits seulement.")
