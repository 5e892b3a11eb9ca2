"""A read whose reader has left is of use to nobody: its work is stopped, down to the query."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.types import Message, Receive

EMPTY: Message = {"type": "http.request", "body": b"", "more_body": False}
GONE: Message = {"type": "http.disconnect"}
READS = ("GET", "HEAD")
SHORT_SECONDS = 0.05
"""What ends sooner is not worth stopping: nobody watches the client meanwhile, which costs more than the work."""


async def while_there(work: Callable[[Receive], Awaitable[None]], receive: Receive) -> None:
    """Do ``work``, which is given a request without a body, until it ends or the client leaves; raise what it raises.

    For reads only: a write goes on, so that the one who repeats it with its ``Idempotency-Key`` finds its answer.
    """
    watch = _Watch(receive)
    try:
        await work(watch.receive_nothing)
    except asyncio.CancelledError:
        if not watch.is_why():
            raise
    finally:
        watch.end()


class _Watch:
    """Cancels the present task when the client leaves."""

    def __init__(self, receive: Receive) -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        assert task is not None
        self._receive, self._task = receive, task
        self._given, self._left = False, asyncio.Event()
        self._watching: asyncio.Task[None] | None = None
        self._timer = loop.call_later(SHORT_SECONDS, self._begin)

    async def receive_nothing(self) -> Message:
        """Give the request, then whatever happens to the client."""
        if not self._given:
            self._given = True
            return EMPTY
        await self._left.wait()
        return GONE

    def is_why(self) -> bool:
        """Tell whether the task is cancelled by us, and by nobody else."""
        return self._left.is_set() and self._task.uncancel() == 0

    def end(self) -> None:
        """Watch no longer."""
        self._timer.cancel()
        if self._watching is not None:
            self._watching.cancel()

    def _begin(self) -> None:
        self._watching = asyncio.ensure_future(self._wait())

    async def _wait(self) -> None:
        ended = False
        while (message := await self._receive())["type"] != "http.disconnect":
            if ended:  # whoever calls us does not tell of departures
                return
            ended = not message.get("more_body", False)
        self._left.set()
        self._task.cancel()
