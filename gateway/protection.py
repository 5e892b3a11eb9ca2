"""What protects a service from the door, and the door from a service: a bound, a breaker, one more try of a read."""

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager

from pybreaker import STATE_CLOSED, STATE_OPEN, CircuitBreaker, CircuitBreakerError
from starlette.types import Message, Receive, Scope, Send

from gateway.settings import Settings
from gateway.upstreams import Upstream
from shared.departure import READS
from shared.errors import DelaiDepasse, Phrase, ServiceIndisponible
from shared.metrics import FAILURES, RESTING

TRIES, REST_SECONDS = 5, 5.0
"""After so many failures in a row a service is left alone for so long; then one request tries it."""
WAIT_SECONDS = 1.0
"""How long a request waits for its turn when a service is given as many as it may have."""
BUSY = Phrase("Le service est saturé", "The service is saturated")
AT_REST = Phrase(
    "Le service ne répond plus ; il est laissé en repos", "The service no longer answers; it is given rest"
)
PUSHES = ("/v1/lots", "/v1/flux")


def protect(upstreams: Mapping[str, Upstream], settings: Settings) -> dict[str, Upstream]:
    """Return the same ways, each protected."""
    return {name: Protected(upstream, name, settings) for name, upstream in upstreams.items()}


class Protected:
    """One service, asked at most ``most`` things at once."""

    def __init__(self, upstream: Upstream, name: str, settings: Settings) -> None:
        self._upstream, self._name, self._settings = upstream, name, settings
        self._turns = asyncio.Semaphore(settings.simultanees)
        self._breaker = CircuitBreaker(TRIES, REST_SECONDS, exclude=[_is_answer], name=name)
        RESTING.labels(name).set_function(lambda: self._breaker.current_state == STATE_OPEN)

    def running(self) -> AbstractAsyncContextManager[None]:
        """Keep the way to the service open."""
        return self._upstream.running()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request.

        Raises what the way raises, ``DelaiDepasse`` without a first byte in time, ``ServiceIndisponible`` for a service
        that is busy or given rest.
        """
        await self._take_turn()
        try:
            await self._guard(scope, receive, send)
        except (ServiceIndisponible, DelaiDepasse):
            FAILURES.labels(self._name).inc()
            raise
        finally:
            self._turns.release()

    async def _guard(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask the breaker only when something failed lately: it costs as much as a short read."""
        breaker = self._breaker
        try:
            if breaker.fail_counter or breaker.current_state != STATE_CLOSED:
                with breaker.calling():
                    await self._in_time(scope, receive, send)
                return
            try:
                await self._in_time(scope, receive, send)
            except (ServiceIndisponible, DelaiDepasse) as error:
                breaker.call(_raise, error)
        except CircuitBreakerError:
            raise ServiceIndisponible(AT_REST) from None

    async def _in_time(self, scope: Scope, receive: Receive, send: Send) -> None:
        push = scope["method"] == "POST" and scope["path"] in PUSHES
        seconds = self._settings.push_first_byte_seconds if push else self._settings.first_byte_seconds

        started = False

        async def send_on(message: Message) -> None:
            nonlocal started
            if not started:
                started = True
                deadline.reschedule(None)
            await send(message)

        try:
            async with asyncio.timeout(seconds) as deadline:
                try:
                    await self._upstream(scope, receive, send_on)
                except ServiceIndisponible:
                    if started or scope["method"] not in READS:
                        raise
                    await self._upstream(scope, receive, send_on)
        except TimeoutError:
            raise DelaiDepasse from None

    async def _take_turn(self) -> None:
        if not self._turns.locked():
            await self._turns.acquire()  # at once
            return
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._turns.acquire()
        except TimeoutError:
            raise ServiceIndisponible(BUSY) from None


def _raise(error: Exception) -> None:
    raise error


def _is_answer(error: BaseException) -> bool:
    """Tell whether a failure says nothing of the service: only one that is away or too slow counts against it."""
    return not isinstance(error, ServiceIndisponible | DelaiDepasse)
