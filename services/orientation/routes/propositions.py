"""HTTP of proposals: what the rules say of a case; nothing is stored."""

import asyncio
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from services.orientation.access import Lire
from services.orientation.routes.en_vigueur import ReglesEnVigueur
from services.orientation.schemas import propositions as schemas
from services.orientation.service.propositions import propose_all
from shared.body import json_body
from shared.idempotency import CleIgnoree
from shared.problems import pick_language
from shared.responses import written

router = APIRouter(prefix="/v1")
MAX_BYTES = 16 << 20
Corps = Annotated[schemas.PropositionIn, Depends(json_body(schemas.PropositionIn))]
Lot = Annotated[schemas.LotPropositionsIn, Depends(json_body(schemas.LotPropositionsIn, max_bytes=MAX_BYTES))]
Parametres = Annotated[schemas.ParametresProposition, Query()]


@router.post("/propositions", response_model=schemas.PropositionOut, summary="Proposer un parcours")
async def propose(
    request: Request,
    acces: Lire,
    corps: Corps,
    regles: ReglesEnVigueur,
    parametres: Parametres,
    idempotency_key: CleIgnoree = None,
) -> Response:
    """Le parcours et la modalité que les règles proposent, leurs motifs, et la question qui peut les changer."""
    return written(regles.write(regles.propose(corps.faits, parametres.trace)))


@router.post(
    "/propositions/lot",
    response_model=schemas.LotPropositionsOut,
    summary="Proposer des parcours",
    responses={207: {"model": schemas.LotPropositionsOut, "description": "Des cas sont refusés, pas les autres."}},
)
async def propose_lot(
    request: Request,
    acces: Lire,
    corps: Lot,
    regles: ReglesEnVigueur,
    parametres: Parametres,
    idempotency_key: CleIgnoree = None,
) -> Response:
    """Une proposition par cas, dans l'ordre ; un cas refusé a son problème, et n'arrête pas les autres."""
    langue = pick_language(request.headers.get("accept-language", ""))
    work = partial(propose_all, langue=langue, request_id=request.state.request_id)
    reponses = await asyncio.to_thread(work, regles, corps.cas, parametres.trace)
    return written(reponses.corps, status=207 if reponses.refusees else 200)
