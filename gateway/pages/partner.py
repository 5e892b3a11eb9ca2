"""A partner's own batches: what was received, what was refused and why, and the file to mend."""

import re
import secrets
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from gateway.joins import Answered, Asker, Question
from gateway.pages.asking import ask_signed_in
from gateway.pages.rendering import language_of, page, secured, see_other
from gateway.pages.sessions import Seance, check_form
from gateway.pages.views import problem_of
from shared import clock
from shared.errors import CorpsTropGrand, Introuvable, Phrase, RequeteIllisible

LOT = re.compile(r"lot-[0-9a-f]{24}", re.ASCII)
ENVOI = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
MOST_LOTS, MOST_FAULTS = 50, 100
MOST_BYTES = 64 << 20
CHOICES = ("separateur", "decimale", "encodage", "source", "extrait_le")
NO_FILE = Phrase("Choisissez un fichier CSV à envoyer", "Choose a CSV file to send")


async def show_lots(request: Request) -> Response:
    """Show one's own batches and the form to send one; with ``POST``, send it."""
    seance, asker = ask_signed_in(request)
    if request.method == "POST":
        return await _send(request, seance, asker)
    return await _list(request, seance, asker)


async def _list(request: Request, seance: Seance, asker: Asker, **told: Any) -> Response:
    (lots,) = await asker.ask(Question("indicators", "/v1/lots", {"limite": MOST_LOTS}))
    known = lots.read()
    return page(
        request,
        "lots.html",
        keep=False,
        absents=[] if lots.here else ["indicators"],
        lots=known and known["elements"],
        seance=seance,
        envoi=secrets.token_urlsafe(24),
        maintenant=clock.write_instant(clock.now()),
        **{"probleme": None, "status": 200} | told,
    )


async def _send(request: Request, seance: Seance, asker: Asker) -> Response:
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > MOST_BYTES:
        raise CorpsTropGrand
    async with request.form(max_files=1, max_fields=12) as form:
        check_form(request, seance, form.get("formulaire"))
        file, envoi = form.get("fichier"), str(form.get("envoi"))
        if not isinstance(file, UploadFile) or not file.size or not ENVOI.fullmatch(envoi):
            raise RequeteIllisible(NO_FILE)
        content = await file.read()
        given = {name: str(form[name]) for name in CHOICES if form.get(name)}
    question = Question(
        "indicators",
        "/v1/lots",
        given,
        method="POST",
        body=content,
        headers=((b"content-type", b"text/csv"), (b"idempotency-key", envoi.encode())),
    )
    try:
        (lot,) = await asker.ask(question)
    except Answered as answered:
        return await _list(request, seance, asker, probleme=problem_of(answered.corps), status=answered.statut)
    if not lot.here:
        return await _list(request, seance, asker)
    query = "?langue=en" if language_of(request) == "en" else ""
    return see_other(f"/lots/{lot.read()['lot']}{query}")


async def show_lot(request: Request) -> Response:
    """Show a batch: its counts, and each refused row with why."""
    lot = request.path_params["id"]
    if not LOT.fullmatch(lot):
        raise Introuvable
    seance, asker = ask_signed_in(request)
    known, faults = await asker.ask(
        Question("indicators", f"/v1/lots/{lot}", {}),
        Question("indicators", f"/v1/lots/{lot}/rejets", {"limite": MOST_FAULTS}),
    )
    return page(
        request,
        "lot.html",
        keep=False,
        absents=[] if known.here and faults.here else ["indicators"],
        lot=known.read(),
        rejets=faults.read(),
        seance=seance,
    )


async def give_rejets(request: Request) -> Response:
    """Give the refused rows as CSV, to be mended and sent again."""
    lot = request.path_params["id"]
    if not LOT.fullmatch(lot):
        raise Introuvable
    _, asker = ask_signed_in(request)
    content = await asker.read_bytes(Question("indicators", f"/v1/lots/{lot}/rejets.csv", {}))
    headers = {"Content-Disposition": f'attachment; filename="rejets-{lot}.csv"', "Cache-Control": "no-store"}
    return secured(Response(content, headers=headers, media_type="text/csv; charset=utf-8"))
