"""What crosses the wire of targets."""

from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from services.indicators.row_values import read_number
from services.indicators.schemas.indicateurs import NumeroFiche
from services.indicators.vocabulary import OrigineCible
from shared.errors import Phrase
from shared.problems import FauteError
from shared.query import Liste, Page, ParametresConnus
from shared.wire import Sortie

EXACT_DIGITS = 15
Code = Annotated[str, StringConstraints(min_length=1, max_length=60)]
INEXACT = Phrase("Au-delà de 15 chiffres, un nombre se donne en texte", "Beyond 15 digits, give the number as a text")
MAX_UNDER = Phrase("valeur_max est sous valeur", "valeur_max is under valeur")


def read_exact(given: Any) -> Decimal:
    """Return ``given`` as an exact decimal. Raises :class:`FauteError`."""
    if isinstance(given, float):
        given = Decimal(repr(given))
        if len(given.normalize().as_tuple().digits) > EXACT_DIGITS:
            raise FauteError("NOMBRE_INVALIDE", INEXACT)
    number = read_number(given)
    if number is None:
        raise FauteError("NOMBRE_INVALIDE")
    return number


Valeur = Annotated[Decimal, BeforeValidator(read_exact)]


class CibleIn(BaseModel):
    """Ce que l'on vise : une valeur, ou un intervalle."""

    model_config = ConfigDict(extra="forbid")

    valeur: Valeur = Field(examples=[80])
    valeur_max: Valeur | None = None
    commentaire: str | None = Field(None, min_length=1, max_length=2000)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valeur_max is not None and self.valeur_max < self.valeur:
            raise FauteError("HORS_BORNES", MAX_UNDER)
        return self


class CibleOut(Sortie):
    """Ce que l'on vise pour une grandeur, un territoire et une période."""

    grandeur: str
    indicateur: str
    fiche: int
    territoire: str
    periode: str
    valeur: int | float | str = Field(description="Nombre exact jusqu'à 15 chiffres, texte au-delà.")
    valeur_max: int | float | str | None
    commentaire: str | None
    origine: OrigineCible
    page: int | None = Field(description="Page du plan, quand la cible est la sienne.")
    fixee_le: AwareDatetime


class FiltresCibles(Page, ParametresConnus):
    """Les cibles d'un plan."""

    grandeur: Annotated[list[Code], Liste] = Field([], description="Codes de grandeurs.")
    indicateur: Annotated[list[Code], Liste] = Field([], description="Codes d'indicateurs.")
    fiche: Annotated[list[NumeroFiche], Liste] = Field([], description="Numéros de fiches.")
    territoire: Annotated[list[Code], Liste] = Field([], description="Codes de territoires.")
    periode: Annotated[list[Code], Liste] = Field([], description="Périodes : 2025, 2025-Q2…")
