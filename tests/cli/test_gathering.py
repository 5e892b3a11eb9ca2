"""What a process writes in one turn of its loop leaves together; nothing is kept longer, nothing changes place."""

import asyncio
from collections.abc import Iterable
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.gathering import MOST_HELD, Gathering


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
