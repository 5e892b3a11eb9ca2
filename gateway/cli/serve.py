"""One process of the product: an application on an address, or on a socket inherited from ``./spie up --separate``.

In that last case it stops when whoever started it is gone.
"""

import asyncio
import gc
import socket
import sys

import uvicorn
import uvloop

from gateway.cli.protocol import Protocol
from shared import journal, metrics, traces

GRACE_SECONDS = 10
KEEP_ALIVE_SECONDS = 75  # longer than the door keeps its connections to the services
COLLECTIONS = (10_000, 20, 20)
"""How many objects are made before the collector looks for lost ones; Python's 700 has it look after a few answers."""


class Server(uvicorn.Server):
    """A server that, once started, leaves what stays for good out of every collection."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start."""
        await super().startup(sockets)
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECTIONS)


def configuration_for(application: str) -> uvicorn.Config:
    """Return how every process of the product is served."""
    service = application.split(":", maxsplit=1)[0].split(".")[-2]
    journal.set_up(service)
    traces.set_up(service)
    metrics.serve()
    return uvicorn.Config(
        application,
        factory=True,
        loop="uvloop",
        http=Protocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def _listener(place: str) -> socket.socket:
    """Return the socket of ``host:port``, or the inherited one that ``place`` numbers."""
    if place.isdigit():
        return socket.socket(fileno=int(place))
    host, _, port = place.rpartition(":")
    return socket.create_server((host, int(port)), backlog=2048)


async def _serve(application: str, place: str) -> None:
    server = Server(configuration_for(application))

    async def leave_with_parent() -> None:
        await parent_gone()
        server.should_exit = True

    watch = asyncio.create_task(leave_with_parent()) if place.isdigit() else None
    await server.serve(sockets=[_listener(place)])
    if watch is not None:
        watch.cancel()


async def parent_gone() -> None:
    """Return when standard input closes: the parent holds its other end."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(sys.argv[1], sys.argv[2]))
