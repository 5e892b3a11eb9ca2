"""What the joined reads are made of: a fiche, or the whole plan, and where the indicators of each stand."""

import json
from collections.abc import Mapping
from typing import Any

from gateway.joins import Asker, Part, Question, away
from gateway.schemas import FiltresTableaux

EVERY = 200
Joined = dict[str, Any]


async def join_fiche(asker: Asker, numero: int, filtres: FiltresTableaux) -> Joined:
    """Return a fiche and its indicators. Raises :class:`gateway.joins.Answered`."""
    fiche, board = await asker.ask(
        Question("catalogue", f"/v1/fiches/{numero}", {"plan": filtres.plan}),
        _board_of(filtres, fiche=numero),
        silent=_knows_no_such_fiche,
    )
    told = board.read() if board.here or board.statut is None else _empty(filtres)
    indicateurs = None if told is None else [each for one in told["fiches"] for each in one["indicateurs"]]
    return {"fiche": fiche.read(), "indicateurs": indicateurs, **_end(told, [fiche, board])}


async def join_plan(asker: Asker, filtres: FiltresTableaux) -> Joined:
    """Return the plan, its axes, its fiches and their indicators. Raises :class:`gateway.joins.Answered`."""
    asked = {"plan": filtres.plan}
    parts = await asker.ask(
        Question("catalogue", "/v1/plan", asked),
        Question("catalogue", "/v1/fiches", asked | {"limite": EVERY}),
        _board_of(filtres),
    )
    plan, fiches, board = parts
    told, head = board.read(), plan.read()
    axes = head and head.pop("axes")
    joined = {"plan": head, "axes": axes, "fiches": _elements(fiches)}
    return {**joined, "tableau": told and told["fiches"], **_end(told, parts)}


def _empty(filtres: FiltresTableaux) -> Joined:
    return {"fiches": [], "territoire": filtres.territoire, "publie_le": None}


def _knows_no_such_fiche(part: Part) -> bool:
    """Tell whether the indicators refused nothing but the fiche: they know only those that have indicators."""
    if part.service != "indicators":
        return False
    try:
        return {fault["champ"] for fault in json.loads(part.corps)["erreurs"]} == {"fiche"}
    except (ValueError, KeyError, TypeError):
        return False


def _board_of(filtres: FiltresTableaux, **more: Any) -> Question:
    return Question("indicators", "/v1/tableaux/plan", {"plan": filtres.plan, "territoire": filtres.territoire, **more})


def _elements(part: Part) -> Any:
    return part.read()["elements"] if part.here else None


def _end(board: Mapping[str, Any] | None, parts: list[Part]) -> Joined:
    return {
        "territoire": board and board["territoire"],
        "publie_le": board and board["publie_le"],
        "parties_indisponibles": away(parts),
    }
