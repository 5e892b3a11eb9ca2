"""Events of a dossier on the wire."""

from datetime import date
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.orientation.episodes import Type
from shared.wire import Sortie


class EvenementIn(BaseModel):
    """Ce qui est arrivé un jour : `date`, `type`, et exactement les champs de ce type."""

    model_config = ConfigDict(extra="allow")

    date: Any = Field(None, description="AAAA-MM-JJ, jamais à venir.", examples=["2026-03-02"])
    type: Any = Field(None, description="Un type d'événement.", examples=["presence"])
    modalite: Any = Field(None, description="De `convocation`, `presence`, `absence`.", examples=["RIO_COLLECTIVE"])


class EvenementOut(Sortie):
    """Un événement ; il ne change plus."""

    id: str
    date: date
    type: Type
    contenu: dict[str, Any] = Field(description="Les champs de ce type.")
    acteur: str
    enregistre_le: AwareDatetime
