"""Ready bytes of public reads, in front of the dispatcher.

An answer is served as it is for one second, then revalidated by its ETag. A write that passes through this process
empties the cache at once; a write through another process is seen at the next revalidation.
"""

import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.types import Message, Send

from shared.responses import matches

FRESH_SECONDS = 1.0
MAX_ENTRY = 1 << 20
OVERHEAD = 1024

Headers = list[tuple[bytes, bytes]]
Key = tuple[str, bytes]


@dataclass
class Entry:
    """One representation; ``until`` is when it must be revalidated (monotonic seconds)."""

    headers: Headers
    body: bytes
    etag: bytes
    until: float

    def weight(self, key: Key) -> int:
        """Return what it costs to keep under ``key``, in bytes."""
        headers = sum(len(name) + len(value) for name, value in self.headers)
        return len(self.body) + headers + 2 * len(key[0]) + len(key[1]) + OVERHEAD


class ByteCache:
    """The least recently used answers leave first; ``max_bytes`` 0 keeps none."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._entries: OrderedDict[Key, Entry] = OrderedDict()
        self._bytes = 0
        self.generation = 0

    def get(self, key: Key) -> Entry | None:
        """Return the entry of ``key``, fresh or not."""
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def put(self, key: Key, entry: Entry, *, generation: int) -> None:
        """Keep ``entry``, unless a write passed since ``generation`` was read."""
        if generation != self.generation or entry.weight(key) > self._max_bytes:
            return
        self.drop(key)
        self._entries[key] = entry
        self._bytes += entry.weight(key)
        while self._bytes > self._max_bytes:
            old_key, oldest = self._entries.popitem(last=False)
            self._bytes -= oldest.weight(old_key)

    def drop(self, key: Key) -> None:
        """Forget ``key``."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= entry.weight(key)

    def clear(self) -> None:
        """Forget everything, and what is being read now."""
        self.generation += 1
        self._entries.clear()
        self._bytes = 0


def is_fresh(entry: Entry) -> bool:
    """Tell whether ``entry`` may be served without asking."""
    return time.monotonic() < entry.until


def renew(entry: Entry) -> None:
    """Note that ``entry`` was just found to be right."""
    entry.until = time.monotonic() + FRESH_SECONDS


def without_body(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the headers of a 304: those of the representation, less what describes a body."""
    return [pair for pair in headers if pair[0] not in (b"content-length", b"content-type")]


class Capture:
    """Keeps an answer that may be cached; lets any other one through untouched.

    ``conditional``: we asked whether what we have still is right, and a 304 answers us, not the client. ``condition``
    is the client's own: an answer that is let through is a 304 when the client has it already.
    """

    def __init__(self, send: Send, *, conditional: bool, condition: bytes | None) -> None:
        self._send = send
        self._conditional = conditional
        self._condition = condition
        self._silent = False
        self._start: Message | None = None
        self._chunks: list[bytes] = []
        self._size = 0
        self.entry: Entry | None = None
        self.not_modified = False

    async def __call__(self, message: Message) -> None:
        """Take one ASGI message of the answer."""
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif self._start is not None:
            await self._collect(message)
        elif not self.not_modified:
            await self._let_through(message)

    async def _let_through(self, message: Message) -> None:
        """Send the answer on, or only that the client has it already."""
        if message["type"] == "http.response.start":
            etag = dict(message["headers"]).get(b"etag", b"").decode("latin-1")
            given = self._condition.decode("latin-1") if self._condition is not None else None
            self._silent = message["status"] == 200 and bool(etag) and matches(given, etag, weak=True)
            if self._silent:
                message = {**message, "status": 304, "headers": without_body(message["headers"])}
        elif self._silent:
            message = {**message, "body": b""}
        await self._send(message)

    async def _begin(self, message: Message) -> None:
        headers = dict(message["headers"])
        public = headers.get(b"cache-control") == b"no-cache" and b"vary" not in headers
        if message["status"] == 304 and self._conditional:
            self.not_modified = True
        elif message["status"] == 200 and public and b"etag" in headers:
            self._start = message
        else:
            await self._let_through(message)

    async def _collect(self, message: Message) -> None:
        assert self._start is not None
        chunk = message.get("body", b"")
        self._chunks.append(chunk)
        self._size += len(chunk)
        if not message.get("more_body"):
            body = b"".join(self._chunks)
            headers = [(name, value) for name, value in self._start["headers"] if name != b"x-request-id"]
            self.entry = Entry(headers, body, dict(headers)[b"etag"], time.monotonic() + FRESH_SECONDS)
        elif self._size > MAX_ENTRY:
            start, self._start = self._start, None
            await self._let_through(start)
            whole = b"".join(self._chunks)
            await self._let_through({"type": "http.response.body", "body": whole, "more_body": True})
