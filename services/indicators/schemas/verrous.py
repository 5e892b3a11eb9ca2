"""What crosses the wire of locks."""

from datetime import date
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.problems import FauteError
from shared.query import Jour, Page, ParametresConnus
from shared.wire import Sortie

Code = Annotated[str, StringConstraints(min_length=1, max_length=60)]
CODES_HELP = "Fiches, indicateurs ou grandeurs ; aucun : tout le plan."


class VerrouIn(BaseModel):
    """Des jours dont les mesures ne changent plus."""

    model_config = ConfigDict(extra="forbid")

    codes: list[Code] = Field([], max_length=500, description=CODES_HELP, examples=[["30", "11.I1", "11.I5.a"]])
    debut: Jour
    fin: Jour = Field(description="Inclus.")
    motif: Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.fin < self.debut:
            raise FauteError("DATES_INVERSEES")
        return self


class VerrouOut(Sortie):
    """Un verrou ; les lignes d'un lot dont la période touche ses jours sont refusées, `PERIODE_VERROUILLEE`."""

    id: str
    codes: list[str] = Field(description=CODES_HELP)
    debut: date
    fin: date
    motif: str
    pose_le: AwareDatetime
    leve_le: AwareDatetime | None = Field(description="Depuis quand le verrou ne vaut plus ; null : il vaut.")


class FiltresVerrous(Page, ParametresConnus):
    """Les verrous d'un plan, par premier jour."""

    leve: bool | None = Field(None, description="`false` : ceux qui valent ; `true` : ceux qui furent levés.")
