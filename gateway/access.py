"""The rights of the door's own pages, by name: all are public."""

from typing import Annotated

from fastapi import Depends

from shared.tokens import Identite, public

Lecture = Annotated[Identite | None, Depends(public)]
