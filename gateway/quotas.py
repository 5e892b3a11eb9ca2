"""How many requests a caller may send: a window that slides, in the memory of this process.

Two doors count apart: what one caller may send is then at most twice as much.
"""

import math
import time
from dataclasses import dataclass

from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from gateway.callers import Caller
from gateway.errors import TropDeRequetes

NAME = "defaut"
Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Admission:
    """What is told of a quota with the answer (draft-ietf-httpapi-ratelimit-headers)."""

    headers: Headers
    refus: TropDeRequetes | None = None


FREE = Admission([])


class Quotas:
    """Lets ``most`` requests of a caller in, over ``seconds``; 0: any number."""

    def __init__(self, most: int, seconds: int) -> None:
        self._policy = (b"ratelimit-policy", f'"{NAME}";q={most};w={seconds}'.encode())
        self._item = RateLimitItemPerSecond(most, seconds) if most else None
        self._window = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def admit(self, caller: Caller) -> Admission:
        """Count one request, and say what is left."""
        if self._item is None:
            return FREE
        admitted = await self._window.hit(self._item, caller.name)
        state = await self._window.get_window_stats(self._item, caller.name)
        wait = max(1, math.ceil(state.reset_time - time.time()))
        left = max(0, state.remaining)
        headers = [self._policy, (b"ratelimit", f'"{NAME}";r={left};t={wait}'.encode())]
        return Admission(headers, None if admitted else TropDeRequetes(wait))
