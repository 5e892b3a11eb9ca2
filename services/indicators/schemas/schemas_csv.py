"""What crosses the wire of Table Schemas (Frictionless Data)."""

from pydantic import ConfigDict, Field

from services.indicators.schemas.indicateurs import AttenduOut, DefinitionOut
from services.indicators.vocabulary import Nature
from shared.wire import Sortie


class ContraintesOut(Sortie):
    """Ce que le schéma dit d'une colonne."""

    required: bool
    enum: list[str] | None = None
    pattern: str | None = None
    minimum: float | None = None
    minLength: int | None = None  # noqa: N815 - the standard's own name
    maxLength: int | None = None  # noqa: N815 - the standard's own name


class ChampOut(Sortie):
    """Une colonne du CSV."""

    model_config = ConfigDict(populate_by_name=True)

    name: str = Field(examples=["ventilation.sexe"])
    title: str
    description: str
    type: str = Field(examples=["string", "integer", "number"])
    constraints: ContraintesOut
    x_unite: str | None = Field(None, alias="x-unite")


class SchemaLotOut(Sortie):
    """Un Table Schema : les colonnes d'un CSV, à vérifier avec `frictionless` avant de pousser.

    Une colonne peut manquer (`fieldsMatch` : `superset`), sauf celles de la clé : une ventilation vide est le total.
    """

    name: str
    title: str
    description: str
    fields: list[ChampOut]
    fieldsMatch: str  # noqa: N815 - the standard's own name
    missingValues: list[str]  # noqa: N815 - the standard's own name
    primaryKey: list[str]  # noqa: N815 - the standard's own name


class SchemaGrandeurOut(SchemaLotOut):
    """Le Table Schema d'un CSV qui ne porte qu'une grandeur, selon sa définition d'aujourd'hui."""

    x_nature: Nature = Field(alias="x-nature")
    x_unite: str = Field(alias="x-unite")
    x_pour: int = Field(alias="x-pour")
    x_decimales: int = Field(alias="x-decimales")
    x_producteur: str = Field(alias="x-producteur")
    x_attendu: AttenduOut = Field(alias="x-attendu")
    x_definition: DefinitionOut = Field(alias="x-definition")
