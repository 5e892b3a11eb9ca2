"""What an adviser sees of the RIO: figures of the year, meetings to come, alerts, and a proposal tried on facts."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.joins import Answered, Asker, Question
from gateway.pages.asking import ask_signed_in
from gateway.pages.rendering import page
from gateway.pages.sessions import check_form
from gateway.pages.views import problem_of
from shared import clock

MOST_MEETINGS, MOST_ALERTS, EVERY = 12, 20, 200
MOST_FIELDS = 80
ANSWERS = {"true": True, "false": False}


async def show_rio(request: Request) -> Response:
    """Show the figures of the year so far, the meetings with seats left, the alerts."""
    seance, asker = ask_signed_in(request)
    today = clock.today()
    figures, meetings, alerts = await asker.ask(
        Question("orientation", "/v1/statistiques/rio", {"debut": date(today.year, 1, 1), "fin": today}),
        Question("orientation", "/v1/rencontres", {"debut": today, "limite": MOST_MEETINGS}),
        Question("orientation", "/v1/alertes", {"limite": MOST_ALERTS}),
    )
    return page(
        request,
        "rio.html",
        keep=False,
        absents=[] if figures.here and meetings.here and alerts.here else ["orientation"],
        chiffres=figures.read(),
        rencontres=meetings.read() and meetings.read()["elements"],
        alertes=alerts.read(),
        annee=today.year,
        seance=seance,
    )


async def show_proposition(request: Request) -> Response:
    """Show the facts that a proposal weighs; with ``POST``, what is proposed for those given, and what to ask next."""
    seance, asker = ask_signed_in(request)
    asked = [
        Question("orientation", "/v1/faits", {"limite": EVERY}),
        Question("orientation", "/v1/parcours", {"limite": EVERY}),
    ]
    faits, parcours = await asker.ask(*asked)
    told: dict[str, Any] = {"proposition": None, "probleme": None, "status": 200}
    given: Mapping[str, str] = {"date_reference": clock.today().isoformat()}
    if request.method == "POST":
        form = await request.form(max_files=0, max_fields=MOST_FIELDS)
        check_form(request, seance, form.get("formulaire"))
        given = {name: value for name, value in form.items() if isinstance(value, str) and value}
        if faits.here:
            told |= await _propose(asker, read_facts(faits.read()["elements"], given))
    return page(
        request,
        "proposition.html",
        keep=False,
        absents=[] if faits.here and parcours.here else ["orientation"],
        faits=faits.read() and faits.read()["elements"],
        parcours={each["code"]: each for each in (parcours.read() or {"elements": []})["elements"]},
        donnes=given,
        seance=seance,
        **told,
    )


async def _propose(asker: Asker, facts: Mapping[str, Any]) -> dict[str, Any]:
    body = json.dumps({"faits": facts}).encode()
    headers = ((b"content-type", b"application/json"),)
    try:
        (answer,) = await asker.ask(
            Question("orientation", "/v1/propositions", {}, method="POST", body=body, headers=headers)
        )
    except Answered as refused:
        return {"probleme": problem_of(refused.corps), "status": refused.statut}
    return {"proposition": answer.read()}


def read_facts(known: Iterable[Mapping[str, Any]], given: Mapping[str, str]) -> dict[str, Any]:
    """Return the facts of a form, each as its type wants; what is left empty is unknown, and what cannot be read is
    sent as it is, for the service to name the fault.
    """
    return {fact["code"]: _read(fact["type"], given[fact["code"]]) for fact in known if given.get(fact["code"])}


def _read(kind: str, text: str) -> Any:
    if kind == "booleen":
        return ANSWERS.get(text, text)
    if kind in ("entier", "montant"):
        try:
            return int(text) if kind == "entier" else float(text.replace(",", "."))
        except ValueError:
            return text
    return text
