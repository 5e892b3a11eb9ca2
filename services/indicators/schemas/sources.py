"""What crosses the wire of sources: who pushes, and which one is published."""

from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.indicators.schemas.lots import CodeSource
from shared.problems import FauteError
from shared.query import Jour, Liste, Page, ParametresPlan
from shared.wire import Sortie

CodeIndicateur = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Libelle = Annotated[str, StringConstraints(min_length=1, max_length=200)]
SEUIL_HELP = "Les nombres de personnes de 1 à ce seuil moins un sont cachés ; 11 par défaut pour `orientation`."


class ReferenceSource(BaseModel):
    """L'indicateur pour lequel cette source est publiée, et les jours, inclus ; null : sans limite."""

    model_config = ConfigDict(extra="forbid")

    indicateur: CodeIndicateur = Field(examples=["30.I1"])
    valide_du: Jour | None = None
    valide_au: Jour | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valide_du and self.valide_au and self.valide_au < self.valide_du:
            raise FauteError("DATES_INVERSEES")
        return self

    def overlaps(self, other: "ReferenceSource") -> bool:
        """Tell whether both speak of one indicator on some day."""
        begins = (self.valide_du or date.min) <= (other.valide_au or date.max)
        return (
            self.indicateur == other.indicateur
            and begins
            and (other.valide_du or date.min) <= (self.valide_au or date.max)
        )


class SourceMesuresIn(BaseModel):
    """Tout ce que l'on dit d'une source ; ce qui est absent est effacé. `code`, s'il est donné, est celui du chemin."""

    model_config = ConfigDict(extra="forbid")

    code: CodeSource | None = None
    libelle: Libelle | None = None
    organisme: Libelle | None = None
    seuil_secret: int | None = Field(None, ge=2, le=1000, description=SEUIL_HELP)
    references: list[ReferenceSource] = Field([], max_length=1000)


class ReferenceSourceOut(Sortie):
    """L'indicateur pour lequel cette source est publiée, et les jours, inclus ; null : sans limite."""

    indicateur: str
    valide_du: date | None
    valide_au: date | None


class SourceMesuresOut(Sortie):
    """Un système qui pousse des mesures ; `references` dit ce qui est publié de lui, dans ce plan."""

    code: str
    libelle: str | None
    organisme: str | None
    seuil_secret: int | None = Field(description=SEUIL_HELP)
    references: list[ReferenceSourceOut]


class FiltresSources(Page, ParametresPlan):
    """Les sources, dans l'ordre de leur code."""

    indicateur: Annotated[list[CodeIndicateur], Liste] = Field([], description="Qui y font référence.")
