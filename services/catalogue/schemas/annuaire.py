"""What crosses the wire of the directory and the lexicon."""

from typing import Annotated

from pydantic import Field

from services.catalogue.schemas.listes import FiltresConnus
from services.catalogue.vocabulary import NatureOrganisme, Role
from shared.query import Liste
from shared.wire import Sortie


class PlaceOut(Sortie):
    """Où un organisme tient un rôle."""

    fiche: int
    portee: str


class OrganismeOut(Sortie):
    """Un organisme, et où il pilote ou contribue."""

    code: str = Field(examples=["die"])
    nom: str
    sigle: str | None
    nature: NatureOrganisme
    formes: list[str] = Field(description="Les autres façons dont le document le nomme.")
    note: str | None
    pilote: list[PlaceOut]
    partenaire: list[PlaceOut]


class LexiqueOut(Sortie):
    """Une abréviation du plan."""

    code: str
    sigle: str
    developpe: str
    groupe: str


class FiltresOrganismes(FiltresConnus):
    """L'annuaire."""

    nature: Annotated[list[NatureOrganisme], Liste] = Field([], description="Natures d'organismes.")
    role: Annotated[list[Role], Liste] = Field([], description="Ceux qui tiennent ce rôle quelque part.")
