"""The shapes every answer and every list share."""

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints

from shared.query import Liste, Page, ParametresConnus, ParametresPlan

Element = TypeVar("Element")
Code = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Codes = Annotated[list[Code], Liste]


class Sortie(BaseModel):
    """An answer: closed, so that a test sees any member the contract does not name."""

    model_config = ConfigDict(extra="forbid")


class ListeOut(BaseModel, Generic[Element]):
    """Une page d'une liste ; `curseur_suivant` est null à la dernière."""

    model_config = ConfigDict(extra="forbid")

    elements: list[Element]
    curseur_suivant: str | None
    total: int | None


class FiltresPlan(Page, ParametresPlan):
    """Une liste d'un plan."""


class FiltresConnus(Page, ParametresConnus):
    """Une liste d'un plan, telle que connue à un instant."""
