"""What a process writes in one turn of its loop leaves together; nothing is kept longer, nothing changes place."""

import asyncio
import socket
import time
from collections.abc import Iterable
from typing import cast

import uvicorn
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send

from gateway.cli.gathering import MOST_HELD, Gathering
from gateway.cli.protocol import Protocol


class Wire:
    """A transport that remembers what it was given, and in how many calls."""

    def __init__(self) -> None:
        self.calls: list[bytes] = []
        self.closed = False

    def writelines(self, pieces: Iterable[bytes]) -> None:
        assert not self.closed
        self.calls.append(b"".join(pieces))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


def before(wire: Wire) -> Gathering:
    return Gathering(cast("asyncio.Transport", wire), asyncio.get_running_loop())


async def test_a_head_and_its_body_leave_in_one_call_at_the_end_of_the_turn() -> None:
    wire = Wire()
    gathering = before(wire)
    gathering.write(b"head")
    gathering.write(b"body")
    assert wire.calls == []
    await asyncio.sleep(0)
    assert wire.calls == [b"headbody"]
    gathering.write(b"later")
    await asyncio.sleep(0)
    assert wire.calls == [b"headbody", b"later"]


async def test_who_writes_much_without_a_pause_is_not_held_back() -> None:
    wire = Wire()
    gathering = before(wire)
    gathering.write(b"head")
    gathering.write(b"x" * MOST_HELD)
    assert [len(call) for call in wire.calls] == [MOST_HELD + 4]
    await asyncio.sleep(0)
    assert len(wire.calls) == 1


async def test_closing_lets_everything_go_first() -> None:
    wire = Wire()
    gathering = before(wire)
    gathering.write(b"last words")
    assert not gathering.is_closing()
    gathering.close()
    assert (wire.calls, wire.closed, gathering.is_closing()) == ([b"last words"], True, True)
    await asyncio.sleep(0)
    assert len(wire.calls) == 1


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.binary(max_size=9), st.just(b"y" * MOST_HELD))))
async def test_nothing_is_lost_nor_changes_place(pieces: list[bytes | None]) -> None:
    wire = Wire()
    gathering = before(wire)
    for piece in pieces:
        if piece is None:
            await asyncio.sleep(0)
        else:
            gathering.write(piece)
    gathering.close()
    assert b"".join(wire.calls) == b"".join(piece for piece in pieces if piece)


REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
HEAD = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]}


async def answer_after_the_client_said_its_last() -> bytes:
    """Serve one request whose client ends its side while the answer is made, in the same turn; return what it got."""
    client = socket.socket()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.02)
        client.shutdown(socket.SHUT_WR)
        time.sleep(0.02)  # noqa: ASYNC251 - the end must have come before this turn of the loop is over
        await send(HEAD)
        await send({"type": "http.response.body", "body": b"tout"})

    server = uvicorn.Server(uvicorn.Config(app, http=Protocol, ws="none", lifespan="off", log_config=None))
    server.config.load()
    with socket.create_server(("127.0.0.1", 0)) as listener, client:
        protocol = lambda: Protocol(server.config, server.server_state, {})  # noqa: E731 - as uvicorn makes them
        serving = await asyncio.get_running_loop().create_server(protocol, sock=listener)
        client.connect(listener.getsockname())
        client.sendall(REQUEST)
        client.settimeout(5)

        def read() -> bytes:
            found = b""
            while piece := client.recv(4_096):
                found += piece
            return found

        found = await asyncio.to_thread(read)
        serving.close()
        return found


def test_an_answer_reaches_a_client_that_said_its_last_meanwhile() -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(answer_after_the_client_said_its_last())
    assert found.startswith(b"HTTP/1.1 200")
    assert found.endswith(b"\r\n\r\ntout")
