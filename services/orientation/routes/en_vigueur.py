"""The rules in force, as a dependency: renewed when another process published some."""

from typing import Annotated

from fastapi import Depends, Request

from services.orientation.service.en_vigueur import EnVigueur
from services.orientation.service.propositions import Regles


async def renew(request: Request) -> EnVigueur:
    """Return what is in force; ``app.state.regles`` follows, for whoever reads it there."""
    state = request.app.state
    en_vigueur: EnVigueur = state.en_vigueur
    state.regles = await en_vigueur.renew(state.engine)
    return en_vigueur


async def read_regles(en_vigueur: Annotated[EnVigueur, Depends(renew)]) -> Regles:
    """Return the rule sets in force."""
    return en_vigueur.regles


ReglesEnVigueur = Annotated[Regles, Depends(read_regles)]
Vigueur = Annotated[EnVigueur, Depends(renew)]
