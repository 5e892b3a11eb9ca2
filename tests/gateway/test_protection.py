"""A service that fails, hangs or is overwhelmed hurts nobody else; a reader who left costs nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from gateway import protection
from gateway.client import NOTHING_RUNS
from gateway.protection import Protected
from gateway.settings import Settings
from shared.errors import DelaiDepasse, ServiceIndisponible
from tests.gateway.servers import Listener, gateway_before, no_body, scope_of

Act = Callable[[Scope, Receive, Send], Awaitable[None]]


class Service:
    """A service that acts as told, and remembers what it was asked."""

    def __init__(self, act: Act) -> None:
        self.act, self.calls, self.cancelled = act, 0, 0

    def running(self) -> Any:
        return nullcontext()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.calls += 1
        try:
            await self.act(scope, receive, send)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"fait"})


async def be_away(scope: Scope, receive: Receive, send: Send) -> None:
    raise ServiceIndisponible


async def hang(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.Event().wait()


def protected(service: Service, **settings: Any) -> Protected:
    return Protected(service, "essai", Settings(**settings))


async def ask(way: Protected, method: str = "GET") -> bytes:
    listener = Listener()
    await way(scope_of(method=method), no_body, listener)
    return listener.body


async def test_a_read_that_was_not_heard_is_tried_once_more() -> None:
    service = Service(be_away)

    async def recover(scope: Scope, receive: Receive, send: Send) -> None:
        service.act = answer
        raise ServiceIndisponible

    service.act = recover
    assert await ask(protected(service)) == b"fait"
    assert service.calls == 2


async def test_a_write_is_never_tried_again() -> None:
    service = Service(be_away)
    with pytest.raises(ServiceIndisponible):
        await ask(protected(service), "POST")
    assert service.calls == 1


async def test_an_answer_that_has_begun_is_not_asked_again() -> None:
    async def break_off(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ServiceIndisponible

    service = Service(break_off)
    with pytest.raises(ServiceIndisponible):
        await ask(protected(service))
    assert service.calls == 1


async def test_a_service_that_keeps_failing_is_given_rest_then_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protection, "REST_SECONDS", 0.05)
    service = Service(be_away)
    way = protected(service)
    for _ in range(protection.TRIES):
        with pytest.raises(ServiceIndisponible):
            await ask(way, "POST")
    with pytest.raises(ServiceIndisponible) as refused:
        await ask(way)
    assert service.calls == protection.TRIES
    assert refused.value.headers["Retry-After"]
    service.act = answer
    await asyncio.sleep(0.06)
    assert await ask(way) == b"fait"
    assert await ask(way) == b"fait"


async def test_refusals_and_departures_say_nothing_against_a_service() -> None:
    async def fail(scope: Scope, receive: Receive, send: Send) -> None:
        raise ArithmeticError

    service = Service(fail)
    way = protected(service)
    for _ in range(protection.TRIES * 2):
        with pytest.raises(ArithmeticError):
            await ask(way)
    assert service.calls == protection.TRIES * 2


async def test_a_service_that_hangs_is_too_slow_in_time_then_given_rest() -> None:
    service = Service(hang)
    way = protected(service, first_byte_seconds=0.01)
    for _ in range(protection.TRIES - 1):
        with pytest.raises(DelaiDepasse):
            await ask(way)
    with pytest.raises(ServiceIndisponible):  # the last one opens the breaker
        await ask(way)
    assert service.cancelled == protection.TRIES


async def test_more_than_a_service_may_have_waits_its_turn_then_is_told_to_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(protection, "WAIT_SECONDS", 0.02)
    service = Service(hang)
    way = protected(service, simultanees=2)
    held = [asyncio.create_task(ask(way)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(ServiceIndisponible):
        await ask(way)
    assert service.calls == 2
    for task in held:
        task.cancel()
    await asyncio.wait(held)
    service.act = answer
    assert await ask(way) == b"fait"


async def test_every_answer_tells_browsers_to_guess_and_run_nothing() -> None:
    listener = Listener()
    await gateway_before(Service(answer), hsts_secondes=60)(scope_of(method="POST"), no_body, listener)
    told = dict(listener.headers)
    assert told[b"x-content-type-options"] == b"nosniff"
    assert told[b"content-security-policy"] == NOTHING_RUNS
    assert told[b"strict-transport-security"] == b"max-age=60; includeSubDomains"
    assert b"server" not in told


async def test_many_who_ask_for_one_stale_page_ask_the_service_once() -> None:
    release = asyncio.Event()

    async def wait_then_answer(scope: Scope, receive: Receive, send: Send) -> None:
        await release.wait()
        headers = [(b"etag", b'"a"'), (b"cache-control", b"no-cache")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"page"})

    service = Service(wait_then_answer)
    door = gateway_before(service)
    listeners = [Listener() for _ in range(20)]
    asked = [asyncio.create_task(door(scope_of(), no_body, listener)) for listener in listeners]
    await asyncio.sleep(0.01)
    release.set()
    await asyncio.gather(*asked)
    assert service.calls == 1
    assert {listener.body for listener in listeners} == {b"page"}


async def test_who_waited_for_an_answer_that_never_came_asks_alone() -> None:
    service = Service(be_away)
    door = gateway_before(service)
    listeners = [Listener() for _ in range(3)]
    await asyncio.gather(*(door(scope_of(), no_body, listener) for listener in listeners))
    assert {listener.status for listener in listeners} == {503}
    service.act = answer
    last = Listener()
    await door(scope_of(method="POST"), no_body, last)
    assert last.body == b"fait"
