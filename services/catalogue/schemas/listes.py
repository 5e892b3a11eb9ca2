"""What the lists of the catalogue share."""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.query import Liste, Page, ParametresConnus, ParametresPlan

Code = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Codes = Annotated[list[Code], Field(max_length=100), Liste]


class FiltresPlan(Page, ParametresPlan):
    """Une liste d'un plan."""


class FiltresConnus(Page, ParametresConnus):
    """Une liste d'un plan, telle que connue à un instant."""
