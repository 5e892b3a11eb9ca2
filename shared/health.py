"""``/sante/vivant`` and ``/sante/pret``: is the process up, and can it serve."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from shared.database import transaction
from shared.reading import read_scalar
from shared.tokens import Identite, public


class Sante(BaseModel):
    """The state of one service."""

    service: str
    etat: str


def health_router() -> APIRouter:
    """Return the two health routes of a service."""
    router = APIRouter(prefix="/sante", include_in_schema=False)
    caller = Annotated[Identite | None, Depends(public)]

    @router.get("/vivant")
    async def read_vivant(request: Request, acces: caller) -> Sante:
        """Tell that the process answers."""
        return Sante(service=request.app.state.name, etat="vivant")

    @router.get("/pret")
    async def read_pret(request: Request, acces: caller) -> Sante:
        """Tell that the service can serve: its database answers."""
        async with transaction(request.app.state.engine) as session:
            await read_scalar(session, "SELECT 1")
        return Sante(service=request.app.state.name, etat="pret")

    return router
