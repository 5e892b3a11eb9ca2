"""Public reads: from the cache, from a service that confirms them, or anew; asked once for all who wait."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.types import Scope, Send

from gateway.cache import ByteCache, Capture, Entry, Key, is_fresh, renew, without_body
from gateway.client import Client
from shared.errors import ReponseIllisible
from shared.metrics import CACHE
from shared.responses import matches

PassOn = Callable[[Scope, Send], Awaitable[None]]
RawHeaders = list[tuple[bytes, bytes]]
SERVED, CONFIRMED, READ = (CACHE.labels(issue) for issue in ("servie", "confirmee", "lue"))


@dataclass(frozen=True)
class Question:
    """A read: its request, the ETag that the client has, its id."""

    scope: Scope
    condition: bytes | None
    request_id: bytes


class PublicReads:
    """What anyone may read, kept as bytes, ``max_bytes`` in all."""

    def __init__(self, max_bytes: int) -> None:
        self._cache = ByteCache(max_bytes)
        self.keeps = max_bytes > 0
        self._asked: dict[Key, asyncio.Event] = {}

    def clear(self) -> None:
        """Forget everything: something was written."""
        self._cache.clear()

    async def serve(self, question: Question, client: Client, pass_on: PassOn) -> None:
        """Answer a read. Raises what ``pass_on`` raises, ``ReponseIllisible`` for an answer that is cut."""
        key = (question.scope["path"], question.scope["query_string"])
        entry = self._cache.get(key)
        if (entry is None or not is_fresh(entry)) and key in self._asked:
            await self._asked[key].wait()
            entry = self._cache.get(key)
        if entry is not None and is_fresh(entry):
            SERVED.inc()
        else:
            entry = await self._ask(key, entry, question, client, pass_on)
        if entry is not None:
            await _send(entry, question, client)

    async def _ask(
        self, key: Key, entry: Entry | None, question: Question, client: Client, pass_on: PassOn
    ) -> Entry | None:
        """Return what the service answers, ``None`` when the client has its answer already, or has left."""
        alone = key in self._asked
        answered = asyncio.Event() if alone else self._asked.setdefault(key, asyncio.Event())
        generation = self._cache.generation
        capture = Capture(client, conditional=entry is not None, condition=question.condition)
        try:
            await pass_on(_unconditional(question.scope, entry), capture)
            if capture.not_modified and entry is not None:
                renew(entry)
                CONFIRMED.inc()
                return entry
            READ.inc()
            self._cache.drop(key)
            if client.started or client.gone:
                return None
            if capture.entry is None:
                raise ReponseIllisible
            self._cache.put(key, capture.entry, generation=generation)
            return capture.entry
        finally:
            if not alone:
                del self._asked[key]
            answered.set()


def _unconditional(scope: Scope, entry: Entry | None) -> Scope:
    """Ask for the whole representation, or only whether ``entry`` still is it."""
    headers: RawHeaders = [pair for pair in scope["headers"] if pair[0] not in (b"if-none-match", b"if-modified-since")]
    if entry is not None:
        headers.append((b"if-none-match", entry.etag))
    return {**scope, "headers": headers, "method": "GET"}


async def _send(entry: Entry, question: Question, client: Client) -> None:
    status, body, condition = 200, entry.body, question.condition
    headers: Any = [*entry.headers, (b"x-request-id", question.request_id)]
    if condition is not None and matches(condition.decode("latin-1"), entry.etag.decode("latin-1"), weak=True):
        status, body = 304, b""
        headers = without_body(headers)
    elif question.scope["method"] == "HEAD":
        body = b""
    await client({"type": "http.response.start", "status": status, "headers": headers})
    await client({"type": "http.response.body", "body": body})
