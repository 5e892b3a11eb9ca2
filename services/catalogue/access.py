"""The rights of the catalogue, by name: the plan is public, its progress is written by who pilots it."""

from typing import Annotated

from fastapi import Depends

from shared.tokens import Identite, exige, public

Lecture = Annotated[Identite | None, Depends(public)]
Ecriture = Annotated[Identite, Depends(exige("catalogue:ecrire"))]
