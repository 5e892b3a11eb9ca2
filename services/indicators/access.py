"""The rights of the indicators service, by name: definitions are public."""

from typing import Annotated

from fastapi import Depends

from shared.tokens import Identite, public

Lecture = Annotated[Identite | None, Depends(public)]
