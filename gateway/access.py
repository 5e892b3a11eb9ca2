"""The rights of the door's own paths, by name: its pages are public, partner keys are not."""

from typing import Annotated

from fastapi import Depends

from shared.tokens import Identite, exige, public

Lecture = Annotated[Identite | None, Depends(public)]
Gerer = Annotated[Identite, Depends(exige("acces:gerer"))]
