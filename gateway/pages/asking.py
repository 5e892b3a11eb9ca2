"""On whose behalf a page asks the services: of anyone, or of who signed in."""

from starlette.requests import Request

from gateway.joins import Asker
from gateway.pages.sessions import Seance


def ask_as_anyone(request: Request) -> Asker:
    """Return what asks for public reads."""
    return Asker(request.app.state.upstreams, request, request.app.state.join_seconds)


def ask_signed_in(request: Request) -> tuple[Seance, Asker]:
    """Return who signed in, and what asks in their name. Raises ``NonAuthentifie``."""
    state = request.app.state
    seance: Seance = state.signin.sessions.require(request)
    return seance, Asker(state.upstreams, request, state.join_seconds, seance.jeton)
