"""The shapes that every answer shares; they are closed, so that a test sees any member the contract does not name."""

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict

Element = TypeVar("Element")


class Sortie(BaseModel):
    """An answer, or a part of one."""

    model_config = ConfigDict(extra="forbid")


class ListeOut(Sortie, Generic[Element]):
    """Une page d'une liste ; `curseur_suivant` est null à la dernière."""

    elements: list[Element]
    curseur_suivant: str | None
    total: int | None
