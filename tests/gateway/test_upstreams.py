"""The two ways to reach a service, against small real servers that misbehave."""

import asyncio
import gzip
import logging
import time
from typing import Any

import httpx2
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.client import safety_headers
from gateway.upstreams import AsgiUpstream, HttpUpstream, Upstream
from shared.errors import ReponseIllisible
from tests.gateway.servers import (
    PATIENCE,
    Listener,
    answering,
    door_before,
    exchange,
    gateway_before,
    listening,
    no_body,
    refusing_url,
    scope_of,
)

OK = b"HTTP/1.1 200 OK\r\n"


async def ask(upstream: Upstream, path: str = "/v1/x", **settings: Any) -> httpx2.Response:
    """Put one question to the real door, with ``upstream`` behind it."""
    async with door_before(upstream, **settings) as url, httpx2.AsyncClient(base_url=url, trust_env=False) as client:
        return await client.get(path)


async def call(upstream: Upstream, scope: Scope, receive: Receive = no_body) -> Listener:
    """Call ``upstream`` directly."""
    listener = Listener()
    async with upstream.running(), asyncio.timeout(PATIENCE):
        await upstream(scope, receive, listener)
    return listener


def check_problem(answer: httpx2.Response, status: int, code: str) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\x01\x02 not HTTP at all\r\n\r\n",
        b"HTTP/9.9 trois cents\r\n\r\n",
        OK + b"Content-Length: many\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
    ],
)
async def test_garbage_instead_of_http_is_an_unreadable_answer(garbage: bytes) -> None:
    async with answering(garbage) as (url, _):
        with pytest.raises(ReponseIllisible):
            await call(HttpUpstream(url), scope_of())


async def test_the_door_tells_an_unreadable_answer_as_a_502() -> None:
    async with answering(b"220 smtp.example.org ESMTP\r\n") as (url, _):
        check_problem(await ask(HttpUpstream(url)), 502, "REPONSE_ILLISIBLE")


async def test_a_service_that_refuses_connections_is_a_503_with_retry_after() -> None:
    answer = await ask(HttpUpstream(refusing_url()))
    check_problem(answer, 503, "SERVICE_INDISPONIBLE")
    assert int(answer.headers["retry-after"]) > 0


async def test_a_service_that_hangs_up_without_a_word_is_a_503() -> None:
    async with answering(b"") as (url, _):
        check_problem(await ask(HttpUpstream(url)), 503, "SERVICE_INDISPONIBLE")


async def test_a_service_slow_to_its_first_byte_is_a_504() -> None:
    released = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await released.wait()

    async with listening(handle) as url:
        begun = time.monotonic()
        answer = await ask(HttpUpstream(url), first_byte_seconds=0.2)
        took = time.monotonic() - begun
        released.set()
    check_problem(answer, 504, "DELAI_DEPASSE")
    assert took < 5


async def test_an_application_slow_to_its_first_byte_is_a_504() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(PATIENCE)

    check_problem(await ask(AsgiUpstream(_living(app)), first_byte_seconds=0.2), 504, "DELAI_DEPASSE")


async def test_the_deadline_ends_with_the_first_byte() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"Content-Length: 4\r\n\r\nde")
        await asyncio.sleep(0.5)
        writer.write(b"ux")
        await writer.drain()

    async with listening(handle) as url:
        answer = await ask(HttpUpstream(url), first_byte_seconds=0.3)
    assert answer.status_code == 200
    assert answer.content == b"deux"


async def test_an_answer_arrives_chunk_by_chunk() -> None:
    listener = Listener()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"Transfer-Encoding: chunked\r\n\r\n4\r\nun, \r\n")
        await writer.drain()
        await listener.first_chunk.wait()
        writer.write(b"4\r\ndeux\r\n0\r\n\r\n")
        await writer.drain()

    async with listening(handle) as url:
        upstream = HttpUpstream(url)
        async with upstream.running(), asyncio.timeout(PATIENCE):
            await gateway_before(upstream)(scope_of(), no_body, listener)
    assert listener.status == 200
    assert listener.body == b"un, deux"
    assert [message.get("more_body", False) for message in listener.messages[1:]] == [True, False]


async def test_a_request_body_is_passed_on_as_it_comes() -> None:
    first_arrived = asyncio.Event()
    received = bytearray()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        received.extend(await reader.readexactly(3))
        first_arrived.set()
        received.extend(await reader.readexactly(4))
        writer.write(OK + b"Content-Length: 0\r\n\r\n")
        await writer.drain()

    waiting = [b"un,", b"deux"]

    async def receive() -> Message:
        chunk = waiting.pop(0)
        if not waiting:
            await first_arrived.wait()
        return {"type": "http.request", "body": chunk, "more_body": bool(waiting)}

    async with listening(handle) as url:
        scope = scope_of(method="POST", headers={"content-length": "7"})
        listener = await call(HttpUpstream(url), scope, receive)
    assert listener.status == 200
    assert received == b"un,deux"


async def test_a_chunked_request_body_arrives_whole() -> None:
    received = bytearray()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        more = True
        while more:
            message = await receive()
            received.extend(message.get("body", b""))
            more = message.get("more_body", False)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    head = b"POST /v1/x HTTP/1.1\r\nHost: porte\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with door_before(AsgiUpstream(_living(app))) as inner, door_before(HttpUpstream(inner)) as outer:
        answer = await exchange(outer, head + b"3\r\nun,\r\n4\r\ndeux\r\n0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 204 ")
    assert received == b"un,deux"


async def test_paths_queries_and_repeated_headers_arrive_unchanged() -> None:
    target = b"/v1/x/a%2Fb%20%C3%A9?axe=1&axe=2&q=%20+%2B&vide=&=&a[]=|"
    head = b"GET " + target + b" HTTP/1.1\r\nHost: porte\r\nX-Liste: un\r\nX-Liste: deux\r\nConnection: close\r\n\r\n"
    answer = OK + b"Content-Length: 0\r\nX-Vu: 1\r\nX-Vu: 2\r\n\r\n"
    async with answering(answer) as (url, heads), door_before(HttpUpstream(url)) as door:
        received = await exchange(door, head)
    lines = heads[0].lower().split(b"\r\n")
    assert heads[0].split(b"\r\n")[0] == b"GET " + target + b" HTTP/1.1"
    assert [line for line in lines if line.startswith(b"x-liste")] == [b"x-liste: un", b"x-liste: deux"]
    assert [line for line in received.lower().split(b"\r\n") if line.startswith(b"x-vu")] == [b"x-vu: 1", b"x-vu: 2"]


async def test_headers_of_one_hop_and_internal_ones_stop_at_the_door() -> None:
    one_hop = {"keep-alive": "timeout=9", "te": "trailers", "trailer": "x-fin", "proxy-authorization": "secret"}
    internal = {"x-forwarded-host": "ailleurs", "x-spie-role": "admin", "forwarded": "for=1", "x-real-ip": "1.2.3.4"}
    answer = OK + b"Content-Length: 0\r\nKeep-Alive: timeout=9\r\nProxy-Authenticate: Basic\r\nX-Garde: oui\r\n\r\n"
    async with answering(answer) as (url, heads):
        upstream = HttpUpstream(url)
        listener = Listener()
        async with upstream.running():
            scope = scope_of(headers={**one_hop, **internal, "x-garde": "oui", "host": "porte"})
            await gateway_before(upstream)(scope, no_body, listener)
    sent = {line.split(b":")[0].decode() for line in heads[0].lower().split(b"\r\n")[1:] if line}
    assert sent == {"host", "x-garde", "x-request-id"}
    assert b"host: porte" not in heads[0].lower()
    added = {name for name, _ in safety_headers(0)} | {b"content-security-policy"}
    assert {name for name, _ in listener.headers} - added == {b"content-length", b"x-garde"}


async def test_a_compressed_answer_stays_as_it_is() -> None:
    packed = gzip.compress(b"le texte")
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    async with answering(head + packed) as (url, _):
        listener = await call(HttpUpstream(url), scope_of())
    assert listener.body == packed
    assert (b"content-encoding", b"gzip") in listener.headers


async def test_an_answer_says_its_date_once() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async with door_before(AsgiUpstream(_living(app))) as inner, door_before(HttpUpstream(inner)) as outer:
        answer = await exchange(outer, b"GET /v1/x HTTP/1.1\r\nHost: porte\r\nConnection: close\r\n\r\n")
    assert answer.lower().count(b"\r\ndate: ") == 1


async def test_a_redirect_is_given_back_and_not_followed() -> None:
    async with answering(b"HTTP/1.1 302 Found\r\nLocation: /ailleurs\r\nContent-Length: 0\r\n\r\n") as (url, heads):
        listener = await call(HttpUpstream(url), scope_of())
    assert listener.status == 302
    assert (b"location", b"/ailleurs") in listener.headers
    assert len(heads) == 1


@pytest.mark.parametrize(
    "cut",
    [
        OK + b"Content-Length: 100\r\n\r\nle debut",
        OK + b"Transfer-Encoding: chunked\r\n\r\n8\r\nle debut\r\n",
    ],
)
async def test_an_answer_cut_in_the_middle_is_never_passed_as_complete(cut: bytes) -> None:
    async with answering(cut) as (url, _), door_before(HttpUpstream(url)) as door:
        received = await exchange(door, b"GET /v1/x HTTP/1.1\r\nHost: porte\r\n\r\n")
    assert received.startswith(OK)
    assert b"le debut" in received
    assert not received.endswith(b"0\r\n\r\n")
    assert b"content-length: 8\r\n" not in received.lower()


def _living(app: ASGIApp) -> ASGIApp:
    """Return ``app`` with a lifespan that does nothing."""

    async def whole(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        for event in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{event}.complete"})

    return whole


async def test_an_application_that_fails_to_start_says_why() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "pas de base"})

    with pytest.raises(RuntimeError, match="pas de base"):
        await call(AsgiUpstream(app), scope_of())


async def test_a_door_whose_service_fails_to_start_says_so_and_does_not_open(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        raise LookupError("jean.dupont@example.org")

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    with pytest.raises(LookupError):
        await gateway_before(AsgiUpstream(app))({"type": "lifespan"}, receive, send)
    assert [message["type"] for message in sent] == ["lifespan.startup.failed"]
    assert "LookupError" in sent[0]["message"]
    assert "LookupError" in caplog.text
    assert "jean.dupont" not in sent[0]["message"] + caplog.text


async def test_an_application_that_raises_is_a_500_that_hides_the_exception(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise LookupError("jean.dupont@example.org")

    with caplog.at_level(logging.ERROR):
        answer = await ask(AsgiUpstream(_living(app)))
    check_problem(answer, 500, "ERREUR_INTERNE")
    assert "LookupError" in caplog.text
    assert "jean.dupont" not in answer.text + caplog.text
