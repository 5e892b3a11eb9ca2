"""HTTP of the joined reads: a fiche or the whole plan, with where its indicators stand."""

import json
from collections.abc import Awaitable
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from gateway.access import Lecture
from gateway.joins import Answered, Asker
from gateway.schemas import FiltresTableaux, TableauFicheOut, TableauPlanOut
from gateway.tableaux import Joined, join_fiche, join_plan
from shared.problems import PROBLEM_JSON
from shared.responses import JSON, ready

router = APIRouter(prefix="/v1")
Filtres = Annotated[FiltresTableaux, Query()]
Numero = Annotated[int, Path(ge=1, le=9999, description="Numéro de la fiche.", examples=[11])]


@router.get("/fiches/{numero}/tableau", response_model=TableauFicheOut, summary="Une fiche et ses indicateurs")
async def read_tableau_fiche(request: Request, acces: Lecture, numero: Numero, filtres: Filtres) -> Response:
    """La fiche et, pour chacun de ses indicateurs, la dernière valeur publiée, la cible, la tendance, la couverture.

    Un service absent laisse sa part à null, et son nom dans `parties_indisponibles`.
    """
    return await _answer(request, join_fiche(_asker(request), numero, filtres))


@router.get("/plan/tableau", response_model=TableauPlanOut, summary="Le plan et ses indicateurs")
async def read_tableau_plan(request: Request, acces: Lecture, filtres: Filtres) -> Response:
    """Le plan, ses axes, ses fiches et, par fiche, où en sont ses indicateurs : tout en une lecture."""
    return await _answer(request, join_plan(_asker(request), filtres))


def _asker(request: Request) -> Asker:
    return Asker(request.app.state.upstreams, request, request.app.state.join_seconds)


async def _answer(request: Request, joining: Awaitable[Joined]) -> Response:
    """Answer with a whole join as any public read; one with a hole is not to be kept by anyone."""
    try:
        joined = await joining
    except Answered as answered:  # what is wrong with the question is told in the service's own words
        headers = {"Cache-Control": "no-store", "Vary": "Accept-Language"}
        return Response(answered.corps, answered.statut, headers, media_type=PROBLEM_JSON)
    body = json.dumps(joined, ensure_ascii=False, separators=(",", ":")).encode()
    if joined["parties_indisponibles"]:
        return Response(body, headers={"Cache-Control": "no-store"}, media_type=JSON)
    return ready(request, body)
