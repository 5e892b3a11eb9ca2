"""Answers made of ready bytes: a strong ETag, 304 when the reader has them already."""

import hashlib
from dataclasses import dataclass
from typing import Annotated

from fastapi import Header
from starlette.requests import Request
from starlette.responses import Response

from shared.errors import Introuvable, Phrase, PreconditionEchouee, PreconditionRequise

JSON = "application/json"
CREATION_TOLD = Phrase(
    "Donnez If-Match avec l'ETag lu, ou If-None-Match: * pour créer",
    "Give If-Match with the ETag you read, or If-None-Match: * to create",
)
EXISTING_TOLD = Phrase("La ressource existe déjà", "The resource exists already")
ABSENT_TOLD = Phrase("La ressource n'existe pas encore", "The resource does not exist yet")


def etag_of(body: bytes) -> str:
    """Return the strong entity tag of one representation."""
    return f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'


def matches(header: str | None, etag: str, *, weak: bool) -> bool:
    """Tell whether ``If-Match`` (strong) or ``If-None-Match`` (weak comparison) names ``etag`` (RFC 9110 §13.1)."""
    if header is None:
        return False
    tags = [tag.strip() for tag in header.split(",")]
    if weak:
        tags = [tag.removeprefix("W/") for tag in tags]
    return "*" in tags or etag in tags


def found(body: str | None, absent: type[Introuvable]) -> bytes:
    """Return the bytes of what was read; raise ``absent`` when nothing was."""
    if body is None:
        raise absent
    return body.encode()


def ready(request: Request, body: bytes, *, media_type: str = JSON, public: bool = True) -> Response:
    """Answer a read with ``body``, or 304. ``public``: anyone would get these bytes."""
    etag = etag_of(body)
    headers = {"ETag": etag, "Cache-Control": "no-cache" if public else "no-store"}
    if matches(request.headers.get("if-none-match"), etag, weak=True):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)


def written(body: bytes, *, status: int = 200) -> Response:
    """Answer a write with the new representation and its ETag."""
    headers = {"ETag": etag_of(body), "Cache-Control": "no-store"}
    return Response(body, status, headers=headers, media_type=JSON)


def check_if_match(header: str | None, body: bytes) -> None:
    """Refuse a change that does not name the present state: 428 without ``If-Match``, 412 when it is stale."""
    if header is None:
        raise PreconditionRequise
    if not matches(header, etag_of(body), weak=False):
        raise PreconditionEchouee


@dataclass(frozen=True)
class Preconditions:
    """What a ``PUT`` says of the state it replaces. A route takes it by ``Depends(read_preconditions)``."""

    if_match: str | None = None
    if_none_match: str | None = None

    def check(self, body: bytes | None) -> None:
        """Let through what names the present state ``body``, or creates where there is none (``None``).

        Raises :class:`PreconditionRequise` (428) when neither is said, :class:`PreconditionEchouee` (412).
        """
        creates = (self.if_none_match or "").strip() == "*"
        if self.if_match is None and not creates:
            raise PreconditionRequise(CREATION_TOLD)
        if creates and body is not None:
            raise PreconditionEchouee(EXISTING_TOLD)
        if self.if_match is not None:
            if body is None:
                raise PreconditionEchouee(ABSENT_TOLD)
            check_if_match(self.if_match, body)


def read_preconditions(
    if_match: Annotated[str | None, Header(description="L'ETag lu ; refusé s'il a changé.")] = None,
    if_none_match: Annotated[str | None, Header(description="`*` : créer, refusé si la ressource existe.")] = None,
) -> Preconditions:
    """Return what the request says of the present state; nothing is refused yet."""
    return Preconditions(if_match, if_none_match)
