"""``/sante/vivant`` and ``/sante/pret``: is the process up, and can it serve."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from sqlalchemy import text

from shared.database import UNREACHABLE
from shared.errors import ServiceIndisponible
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
        try:
            async with request.app.state.engine.connect() as connection:
                await connection.execute(text("select 1"))
        except UNREACHABLE as error:
            raise ServiceIndisponible from error
        return Sante(service=request.app.state.name, etat="pret")

    return router
