"""A read whose reader has left is of use to nobody: its work is stopped, down to the query."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.types import Message, Receive

EMPTY: Message = {"type": "http.request", "body": b"", "more_body": False}
GONE: Message = {"type": "http.disconnect"}
READS = ("GET", "HEAD")


async def while_there(work: Callable[[Receive], Awaitable[None]], receive: Receive) -> None:
    """Do ``work``, which is given a request without a body, until it ends or the client leaves; raise what it raises.

    For reads only: a write goes on, so that the one who repeats it with its ``Idempotency-Key`` finds its answer.
    """
    given, gone = False, asyncio.Event()

    async def receive_nothing() -> Message:
        nonlocal given
        if not given:
            given = True
            return EMPTY
        await gone.wait()
        return GONE

    working = asyncio.ensure_future(work(receive_nothing))
    watching = asyncio.ensure_future(_departure(receive))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone.set()
        for each in (working, watching):
            each.cancel()
        await asyncio.wait({working, watching})
    if not working.cancelled():
        working.result()


async def _departure(receive: Receive) -> None:
    ended = False
    while (message := await receive())["type"] != "http.disconnect":
        if ended:  # whoever calls us does not tell of departures
            await asyncio.Event().wait()
        ended = not message.get("more_body", False)
