"""The rights of the orientation service, by name: pathways and facts are public."""

from typing import Annotated

from fastapi import Depends

from shared.tokens import Identite, public

Lecture = Annotated[Identite | None, Depends(public)]
