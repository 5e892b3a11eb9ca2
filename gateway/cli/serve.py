"""One process of separate mode: an application on a socket it inherits; it stops when whoever started it is gone."""

import asyncio
import socket
import sys

import uvicorn
import uvloop

from gateway.cli.up import configuration_for


async def _serve(application: str, descriptor: int) -> None:
    listener = socket.socket(fileno=descriptor)
    server = uvicorn.Server(configuration_for(application))

    async def leave_with_parent() -> None:
        await _parent_gone()
        server.should_exit = True

    watch = asyncio.create_task(leave_with_parent())
    await server.serve(sockets=[listener])
    watch.cancel()


async def _parent_gone() -> None:
    """Return when standard input closes: the parent holds its other end."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(sys.argv[1], int(sys.argv[2])))
