"""``Idempotency-Key``: a write sent twice acts once, and both answers are the same bytes.

**Each schema makes its table** from the mixin, in ``models.py``::

    class Idempotence(Table, Reponse, table=True):
        __tablename__ = "idempotence"

**A route whose body is JSON** takes ``Annotated[Demande[Corps], Depends(keyed_body(Corps))]`` after its right and
before its session: the media type and the size are refused first (415, 413), then a missing key (400), then the rest.
**A route that reads its body itself** calls ``check_media_type``, ``read_bytes``, then ``read_key(request)``, in that
order, and takes one parameter of type ``Cle`` so that the header is documented. Then, in both cases::

    return await once(session, models.Idempotence, request=request, identite=acces, key=demande.cle,
                      body=demande.octets, work=lambda: add_lot(session, ...))

``work`` returns the :class:`Response` to keep, or raises a :class:`Refus`: what it wrote is then undone, and the
refusal is kept like any answer. Answers of 500 and above, and 401, 403, 413, 415, 429, are never kept. All of it stands
in the request's one transaction: what fails leaves neither write nor record.

**A PUT**, or a POST that only computes, takes one parameter of type ``CleIgnoree``, and does nothing with it.
**The retention job** calls ``forget_old(session, models.Idempotence)``.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Header, Request
from pydantic import BaseModel
from sqlalchemy import DateTime, LargeBinary, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel
from starlette.responses import Response

from shared import clock
from shared.body import MAX_BYTES, check_media_type, parse_json, read_bytes, validate
from shared.driver import driver_in_transaction
from shared.errors import CleEnCours, CleRequise, CleReutilisee, DonneesRefusees, Faute, Phrase, Refus
from shared.problems import problem_response
from shared.tokens import Identite

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
VISIBLE = re.compile(r"[\x21-\x7e]{1,255}")
MALFORMED = Phrase("De 1 à 255 caractères ASCII visibles, donnés une fois", "1 to 255 visible ASCII characters, once")
NEVER_KEPT = frozenset({401, 403, 413, 415, 429})
KEPT_DAYS = 30
LARGE = 1 << 20  # from here on, hashing leaves the event loop to the others

KEY_NEEDED = "Obligatoire : une valeur neuve par envoi voulu."
Cle = Annotated[str | None, Header(alias=HEADER, description=KEY_NEEDED)]
CleIgnoree = Annotated[str | None, Header(alias=HEADER, description="Acceptée, sans effet ici.")]
Model = TypeVar("Model", bound=BaseModel)
Work = Callable[[], Awaitable[Response]]


class Reponse(SQLModel):
    """The columns of a kept answer: whose, for which request, and what was answered."""

    acteur: str = Field(sa_type=Text, primary_key=True)
    cle: str = Field(sa_type=Text, primary_key=True)
    empreinte: bytes = Field(sa_type=LargeBinary)
    statut: int = Field(sa_type=SmallInteger)
    entetes: list[list[str]] = Field(sa_type=JSONB)
    corps: bytes = Field(sa_type=LargeBinary)
    cree_le: datetime = Field(sa_type=DateTime(timezone=True), index=True)


@dataclass(frozen=True)
class Demande(Generic[Model]):
    """A body that was read, with its key and its bytes."""

    cle: str
    octets: bytes
    corps: Model


def keyed_body(
    model: type[Model], media_types: tuple[str, ...] = ("application/json",), max_bytes: int = MAX_BYTES
) -> Callable[..., Awaitable[Demande[Model]]]:
    """Return the dependency of a ``POST`` that writes: as ``json_body``, with the key that it must carry.

    Raises what ``json_body`` raises, and :class:`CleRequise`.
    """

    async def read_keyed(request: Request, idempotency_key: Cle = None) -> Demande[Model]:
        check_media_type(request, media_types)
        body = await read_bytes(request, max_bytes)
        key = read_key(request)
        return Demande(key, body, validate(model, parse_json(body)))

    read_keyed.body_model = model  # type: ignore[attr-defined]
    read_keyed.media_types = media_types  # type: ignore[attr-defined]
    return read_keyed


def read_key(request: Request) -> str:
    """Return the request's key. Raises :class:`CleRequise` without one, :class:`DonneesRefusees` on a malformed one."""
    given = request.headers.getlist(HEADER)
    if not given:
        raise CleRequise
    if len(given) > 1 or not VISIBLE.fullmatch(given[0]):
        raise DonneesRefusees(erreurs=[Faute(champ=HEADER, code="VALEUR_INVALIDE", message=MALFORMED)])
    return given[0]


async def once(
    session: AsyncSession,
    table: type[Reponse],
    *,
    request: Request,
    identite: Identite,
    key: str,
    body: bytes,
    work: Work,
) -> Response:
    """Answer the request by ``work``, or by what it answered the first time; see the head of this module.

    Raises :class:`CleEnCours` while another request with this key runs, :class:`CleReutilisee` when it served another.
    """
    whose = (identite.sujet, key)
    seen = await _fingerprint(request, body)
    free = await session.scalar(text("SELECT pg_try_advisory_xact_lock(:number)"), {"number": _lock_of(table, whose)})
    # Looked at in a statement of its own: one that began before the lock was free would not see what its holder wrote.
    driver = await driver_in_transaction(session)
    kept = await driver.fetchrow(
        f"SELECT empreinte, statut, entetes::text, corps FROM {table.__tablename__} WHERE (acteur, cle) = ($1, $2)",
        *whose,
    )
    if kept is not None:
        if kept["empreinte"] != seen:
            raise CleReutilisee
        return _replay(kept)
    if not free:
        raise CleEnCours
    response = await _attempt(session, request, work)
    if _is_kept(response.status_code):
        await driver.execute(
            f"INSERT INTO {table.__tablename__} (acteur, cle, empreinte, statut, entetes, corps, cree_le)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            *(*whose, seen, response.status_code, _headers_of(response), bytes(response.body), clock.now()),
        )
    return response


async def _attempt(session: AsyncSession, request: Request, work: Work) -> Response:
    """Do ``work``; a refusal that is kept undoes what it wrote, and nothing of what stands around."""
    try:
        async with session.begin_nested():
            return await work()
    except Refus as refus:
        if not _is_kept(refus.status):
            raise
        return problem_response(refus, request.headers, request.state.request_id)


async def forget_old(session: AsyncSession, table: type[Reponse], *, days: int = KEPT_DAYS) -> None:
    """Delete the answers that are older than ``days``."""
    driver = await driver_in_transaction(session)
    await driver.execute(f"DELETE FROM {table.__tablename__} WHERE cree_le < $1", clock.now() - timedelta(days=days))


def _is_kept(status: int) -> bool:
    return status < 500 and status not in NEVER_KEPT


async def _fingerprint(request: Request, body: bytes) -> bytes:
    """Return what tells one request from another: method, path, query and body."""
    target = [request.method, request.scope["path"], request.scope["query_string"].decode("latin-1")]
    seen = hashlib.sha256(json.dumps(target).encode())
    if len(body) < LARGE:
        seen.update(body)
    else:
        await asyncio.to_thread(seen.update, body)
    return seen.digest()


def _lock_of(table: type[Reponse], whose: tuple[str, str]) -> int:
    """Return the number of an advisory lock; these are common to the whole database, so the schema is in it."""
    name = "\0".join((table.__table__.fullname, *whose))  # type: ignore[attr-defined]
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


def _headers_of(response: Response) -> str:
    return json.dumps([[name.decode("latin-1"), value.decode("latin-1")] for name, value in response.raw_headers])


def _replay(kept: Any) -> Response:
    response = Response(kept["corps"], kept["statut"])
    response.raw_headers = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in json.loads(kept["entetes"])]
    response.headers[REPLAYED] = "true"
    return response
