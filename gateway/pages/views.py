"""What each page reads, three questions at most, and the template that shows it."""

import asyncio
import json
import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.joins import Answered, Part, Question, away
from gateway.pages.asking import ask_as_anyone
from gateway.pages.boards import map_plan, read_cells
from gateway.pages.frise import draw_frise
from gateway.pages.rendering import page, secured, statics
from gateway.schemas import FiltresTableaux
from gateway.tableaux import join_fiche, join_plan
from shared import clock
from shared.errors import Introuvable, Refus
from shared.responses import ready

FICHE_OF = re.compile(r"(\d{1,4})\.", re.ASCII)
NUMERO = re.compile(r"[1-9]\d{0,3}", re.ASCII)
COMPARED = "69M,69M:ctm,69M:communes"
NOTHING_TOLD: dict[str, Any] = {"titre": None, "detail": None, "erreurs": []}
MOST_CHANGES, MOST_RESULTS, LONGEST = 20, 20, 200


async def show_plan(request: Request) -> Response:
    """Show the plan at a glance: its axes, objectives and fiches, and where each stands."""
    joined = await join_plan(ask_as_anyone(request), FiltresTableaux())
    holes = joined["parties_indisponibles"]
    return page(request, "plan.html", keep=not holes, absents=holes, vue=map_plan(joined), plan=joined["plan"])


async def show_fiche(request: Request) -> Response:
    """Show everything of a fiche, where its indicators stand, and what changed."""
    if not NUMERO.fullmatch(request.path_params["numero"]):
        raise Introuvable
    numero, asker = int(request.path_params["numero"]), ask_as_anyone(request)
    joined, history = await asyncio.gather(
        join_fiche(asker, numero, FiltresTableaux()),
        asker.ask(Question("catalogue", f"/v1/fiches/{numero}/historique", {"limite": MOST_CHANGES})),
    )
    holes = sorted({*joined["parties_indisponibles"], *away(history)})
    return page(
        request,
        "fiche.html",
        keep=not holes,
        absents=holes,
        numero=numero,
        fiche=joined["fiche"],
        indicateurs=joined["indicateurs"],
        frise=joined["fiche"] and draw_frise(joined["fiche"], clock.today()),
        changements=_elements(history[0]),
    )


async def show_indicateur(request: Request) -> Response:
    """Show an indicator: what it means, its trend, its territories or its parts, hidden cells as hidden."""
    code = request.path_params["code"]
    fiche = FICHE_OF.match(code)
    if fiche is None or len(code) > LONGEST:
        raise Introuvable
    asker = ask_as_anyone(request)
    indicateur, board = await asker.ask(
        Question("indicators", f"/v1/indicateurs/{code}", {}),
        Question("indicators", "/v1/tableaux/plan", {"fiche": int(fiche[1])}),
    )
    known = indicateur.read()
    grandeur = _chosen(known["grandeurs"], request.query_params.get("grandeur")) if known else None
    par = _dimension(grandeur, request.query_params.get("par"))
    asked: dict[str, Any] = {}
    valeurs = Part("indicators", None, b"")
    if grandeur is not None:
        asked = {"grandeur": grandeur["code"], "territoire": "69M" if par else COMPARED, "ventiler": par}
        (valeurs,) = await asker.ask(Question("indicators", "/v1/valeurs", asked))
    holes = away([indicateur, board, *([valeurs] if grandeur else [])])
    return page(
        request,
        "indicateur.html",
        keep=not holes,
        absents=holes,
        code=code,
        numero=int(fiche[1]),
        indicateur=known,
        grandeur=grandeur,
        par=par,
        constat=_state_of(board.read(), grandeur),
        valeurs=read_cells(valeurs.read(), par),
        question={name: value for name, value in asked.items() if value is not None},
    )


async def show_recherche(request: Request) -> Response:
    """Show what is found for the words asked for."""
    words = request.query_params.get("q", "").strip()[:LONGEST]
    found: dict[str, Any] | None = {"elements": [], "total": 0}
    holes: list[str] = []
    if words:
        parts = await ask_as_anyone(request).ask(
            Question("catalogue", "/v1/recherche", {"q": words, "limite": MOST_RESULTS})
        )
        found, holes = parts[0].read(), away(parts)
    return page(request, "recherche.html", keep=not holes, absents=holes, mots=words, trouve=found)


async def show_accessibilite(request: Request) -> Response:
    """Show the accessibility statement."""
    return page(request, "accessibilite.html")


async def show_mentions(request: Request) -> Response:
    """Show the legal notice and the licence of the data."""
    return page(request, "mentions.html")


async def show_statique(request: Request) -> Response:
    """Give a file that pages link to."""
    content, media_type = statics().get(request.path_params["nom"], (None, ""))
    if content is None:
        raise Introuvable
    return secured(ready(request, content, media_type=media_type))


async def show_refusal(request: Request, error: Exception) -> Response:
    """Show why a page cannot be shown, in the words of who refused."""
    if isinstance(error, Answered):
        status, told = error.statut, problem_of(error.corps)
    else:
        assert isinstance(error, Refus)
        status, told = error.status, NOTHING_TOLD | {"titre": error.titre.fr, "detail": error.detail.fr}
    return page(request, "erreur.html", status=status, statut=status, probleme=told)


async def show_missing(request: Request, error: Exception) -> Response:
    """Show that there is no such page, or that it only reads."""
    status = getattr(error, "status_code", 404)
    return page(request, "erreur.html", status=status, statut=status, probleme=NOTHING_TOLD)


def problem_of(body: bytes) -> dict[str, Any]:
    """Return what a problem document says that a page shows."""
    try:
        told = json.loads(body)
    except ValueError:
        return NOTHING_TOLD
    if not isinstance(told, dict):
        return NOTHING_TOLD
    return {"titre": told.get("title"), "detail": told.get("detail"), "erreurs": told.get("erreurs") or []}


def _elements(part: Part) -> Any:
    return part.read()["elements"] if part.here else None


def _chosen(grandeurs: list[dict[str, Any]], code: str | None) -> dict[str, Any] | None:
    """Return the quantity asked for, else the first one, ``None`` when the indicator has none."""
    return next((each for each in grandeurs if each["code"] == code), grandeurs[0] if grandeurs else None)


def _dimension(grandeur: dict[str, Any] | None, name: str | None) -> str | None:
    return name if grandeur is not None and name in grandeur["ventilations"] else None


def _state_of(board: Any, grandeur: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return where the quantity stands on the board, ``None`` when that is not known."""
    if board is None or grandeur is None:
        return None
    quantities = (
        each for fiche in board["fiches"] for indicateur in fiche["indicateurs"] for each in indicateur["grandeurs"]
    )
    return next((each for each in quantities if each["code"] == grandeur["code"]), None)
