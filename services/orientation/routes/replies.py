"""What routes of dossiers share: who asks and why, and answers of which nothing personal is kept for a replay.

``once`` keeps ``{id}`` alone: the body that goes out is read again each time, the first one included.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Path, Request, Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.errors_dossiers import hide_values
from services.orientation.service.acces import MOST_MOTIF
from shared.database import get_session
from shared.errors import CODES_FAUTE, DonneesRefusees, Faute
from shared.idempotency import REPLAYED, Cle, Demande, keyed_body
from shared.responses import written

Model = TypeVar("Model", bound=BaseModel)
MOTIF = "Pourquoi le dossier est ouvert, 120 caractères au plus ; jamais le nom de la personne."


async def read_motif(x_motif: Annotated[str | None, Header(alias="X-Motif", description=MOTIF)] = None) -> str | None:
    """Return why the dossier is opened. Raises :class:`DonneesRefusees`, which never tells it back."""
    if x_motif is None or not x_motif.strip():
        return None
    try:
        told = x_motif.encode("latin-1").decode("utf-8")  # headers are read as latin-1, callers write UTF-8
    except UnicodeError:
        told = x_motif
    told = told.strip()
    if len(told) > MOST_MOTIF or not told.isprintable():
        message = CODES_FAUTE["LONGUEUR_INVALIDE" if len(told) > MOST_MOTIF else "CARACTERE_INTERDIT"]
        attendu = f"au plus {MOST_MOTIF} caractères"
        raise DonneesRefusees(
            erreurs=[Faute(champ="X-Motif", code=message.code, message=message.libelle, attendu=attendu)]
        )
    return told


def private_body(model: type[Model]) -> Callable[..., Awaitable[Demande[Model]]]:
    """Return ``keyed_body(model)`` whose refusals tell no value: a misplaced one may say who a person is."""
    read_keyed = keyed_body(model)

    async def read_private(request: Request, idempotency_key: Cle = None) -> Demande[Model]:
        try:
            return await read_keyed(request)
        except DonneesRefusees as refus:
            raise DonneesRefusees(refus.detail, erreurs=hide_values(refus.erreurs)) from None

    read_private.body_model = model  # type: ignore[attr-defined]
    read_private.media_types = ("application/json",)  # type: ignore[attr-defined]
    return read_private


Motif = Annotated[str | None, Depends(read_motif)]
Session = Annotated[AsyncSession, Depends(get_session, scope="function")]
IdDossier = Annotated[str, Path(alias="id", max_length=60, description="Identifiant du dossier.")]


def keep(identifiant: str, location: str) -> Response:
    """Return what is kept of an answer: an id, and where to read it."""
    response = written(json.dumps({"id": identifiant}).encode(), status=201)
    response.headers["Location"] = location
    return response


async def tell(kept: Response, read: Callable[[str], Awaitable[str]]) -> Response:
    """Return the answer to what was kept; a refusal goes as it is."""
    if kept.status_code >= 300:
        return kept
    identifiant = json.loads(bytes(kept.body))["id"]
    response = written((await read(identifiant)).encode(), status=kept.status_code)
    for name in ("Location", REPLAYED):
        if name in kept.headers:
            response.headers[name] = kept.headers[name]
    return response
