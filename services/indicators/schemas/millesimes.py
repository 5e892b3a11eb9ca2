"""Frozen publications."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from shared.query import EARLIEST, CodePlan, Instant
from shared.wire import Sortie


class MillesimeIn(BaseModel):
    """Ce que l'on fige ; ce qui attendait un accord est publié d'abord."""

    model_config = ConfigDict(extra="forbid")

    nom: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")] = Field(examples=["bilan-2025"])
    libelle: Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]
    plan: CodePlan | None = None
    au: Instant | None = Field(
        None,
        ge=EARLIEST,
        description="Un instant passé à nommer ; par défaut maintenant, après avoir publié ce qui attendait.",
    )


class MillesimeOut(Sortie):
    """Une publication figée, citable : `?millesime=` la relit."""

    nom: str
    libelle: str
    au: AwareDatetime
    cree_le: AwareDatetime
