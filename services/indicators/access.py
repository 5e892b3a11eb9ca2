"""The rights of the indicators service, by name: definitions and published values are public."""

import logging
from typing import Annotated

from fastapi import Depends, Request

from shared.tokens import Identite, exige, public

POUSSER, LIRE_BRUT, VALIDER = "indicateurs:pousser", "indicateurs:lire-brut", "indicateurs:valider"
log = logging.getLogger("spie")
_may_read = exige(LIRE_BRUT, POUSSER)


async def read_raw(request: Request) -> Identite:
    """Let in who may read raw values: everyone's, or those that one pushes; the read is logged."""
    identite = await _may_read(request)
    note_raw_read(request, identite)
    return identite


def note_raw_read(request: Request, identite: Identite) -> None:
    """Log who reads values that secrecy did not filter: one line a request, nothing of what was read."""
    log.info("%s lecture brute %s %s", request.state.request_id, identite.sujet, request.scope["path"])


read_raw.portees = (LIRE_BRUT, POUSSER)  # type: ignore[attr-defined]

Lecture = Annotated[Identite | None, Depends(public)]
Pousser = Annotated[Identite, Depends(exige(POUSSER))]
LireBrut = Annotated[Identite, Depends(exige(LIRE_BRUT))]
LireMesures = Annotated[Identite, Depends(read_raw)]
Valider = Annotated[Identite, Depends(exige(VALIDER))]
