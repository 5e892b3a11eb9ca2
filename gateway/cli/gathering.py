"""A transport whose writes of one turn of the loop leave together: the head of an answer and its body, as one."""

import asyncio
from typing import Any

MOST_HELD = 1 << 16
"""Bytes held back at most: who writes more without leaving the loop a turn waits for the client, as without us."""


class Gathering:
    """Stands before a transport: uvloop hands each write to the system at once, which costs more than the bytes."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._held: list[bytes] = []
        self._length = 0

    def __getattr__(self, name: str) -> Any:
        """Return what the transport itself does."""
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Hold ``data`` until the loop's next turn, or until enough is held."""
        if not self._held:
            self._loop.call_soon(self.let_go)
        self._held.append(data)
        self._length += len(data)
        if self._length >= MOST_HELD:
            self.let_go()

    def close(self) -> None:
        """Close once everything has left."""
        self.let_go()
        self._transport.close()

    def let_go(self) -> None:
        """Write what is held."""
        if self._held:
            held, self._held, self._length = self._held, [], 0
            self._transport.writelines(held)
