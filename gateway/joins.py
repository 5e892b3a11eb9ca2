"""Reads that join several services: each is asked as anyone would, all at once; one that is away leaves a hole."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.types import Message, Scope

from gateway.upstreams import Upstream
from shared.errors import DelaiDepasse, ReponseIllisible, ServiceIndisponible

AWAY, REFUSED = 500, 300
"""From this status on, a service did not do its part, whatever the caller asked."""
PASSED_ON = (b"authorization", b"accept-language", b"x-request-id")
MOST_BYTES = 32 << 20


@dataclass(frozen=True)
class Part:
    """What a service answered: its status, its bytes and what they say; no status when it is away."""

    service: str
    statut: int | None
    corps: bytes
    valeur: Any = None

    @property
    def here(self) -> bool:
        """Tell whether the service gave what it was asked for."""
        return self.statut is not None and self.statut < REFUSED

    def read(self) -> Any:
        """Return the value of the answer, ``None`` when the service is away."""
        return self.valeur


@dataclass(frozen=True)
class Question:
    """What a service is asked; a parameter that is ``None`` is not given."""

    service: str
    path: str
    parameters: Mapping[str, Any]
    method: str = "GET"
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Answered(Exception):
    """A service refused the question: its own answer is the answer."""

    def __init__(self, statut: int, corps: bytes) -> None:
        super().__init__(statut)
        self.statut, self.corps = statut, corps


class Asker:
    """Asks services on behalf of the caller of ``request``, or of who signed in with the token ``jeton``."""

    def __init__(
        self, upstreams: Mapping[str, Upstream], request: Request, seconds: float, jeton: str | None = None
    ) -> None:
        self._upstreams, self._seconds = upstreams, seconds
        self._headers = [pair for pair in request.scope["headers"] if pair[0] in PASSED_ON]
        if jeton is not None:
            self._headers = [pair for pair in self._headers if pair[0] != b"authorization"]
            self._headers.append((b"authorization", f"Bearer {jeton}".encode()))

    async def ask(self, *questions: Question, silent: Callable[[Part], bool] = lambda _: False) -> list[Part]:
        """Return the answer to each question; a refusal for which ``silent`` holds says that there is nothing to say.

        Raises :class:`Answered` when one is refused for another reason than that, or the absence of its service.
        """
        parts = await asyncio.gather(*(self._ask(question) for question in questions))
        for part in parts:
            if not part.here and part.statut is not None and not silent(part):
                raise Answered(part.statut, part.corps)
        return list(parts)

    async def read_bytes(self, question: Question) -> bytes:
        """Return the body of an answer that is no JSON.

        Raises :class:`Answered` when it is refused, ``ServiceIndisponible`` when the service is away.
        """
        status, body = await self._receive(question)
        if status >= REFUSED:
            raise Answered(status, body)
        return body

    async def _ask(self, question: Question) -> Part:
        try:
            return _part(question.service, *await self._receive(question))
        except (ServiceIndisponible, DelaiDepasse, ReponseIllisible):
            return Part(question.service, None, b"")

    async def _receive(self, question: Question) -> tuple[int, bytes]:
        status, body = 0, bytearray()

        async def send(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            body.extend(message.get("body", b""))
            if len(body) > MOST_BYTES:
                raise ReponseIllisible

        async def receive() -> Message:
            return {"type": "http.request", "body": question.body, "more_body": False}

        try:
            async with asyncio.timeout(self._seconds):
                await self._upstreams[question.service](self._scope(question), receive, send)
        except TimeoutError as error:
            raise DelaiDepasse from error
        return status, bytes(body)

    def _scope(self, question: Question) -> Scope:
        given = {name: value for name, value in question.parameters.items() if value is not None}
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": question.method,
            "scheme": "http",
            "path": question.path,
            "raw_path": quote(question.path).encode(),
            "query_string": urlencode(given).encode(),
            "root_path": "",
            "headers": [*self._headers, *question.headers, *_length_of(question.body)],
            "client": None,
            "server": None,
            "state": {},
        }


def _length_of(body: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"content-length", str(len(body)).encode())] if body else []


def _part(service: str, status: int, body: bytes) -> Part:
    """Return what was answered; what cannot be read is as good as nothing."""
    if not status or status >= AWAY:
        return Part(service, None, b"")
    if status >= REFUSED:
        return Part(service, status, body)
    try:
        return Part(service, status, body, json.loads(body))
    except ValueError:
        return Part(service, None, b"")


def away(parts: list[Part]) -> list[str]:
    """Return the names of the services that are away."""
    return sorted({part.service for part in parts if part.statut is None})
