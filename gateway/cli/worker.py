"""``./spie worker``: the background work of every service that has some, in one process.

As ``python -m gateway.cli.worker``, it also stops when whoever started it is gone.
"""

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import uvloop
from sqlalchemy.exc import ArgumentError

from gateway.cli import say
from gateway.cli.serve import parent_gone
from gateway.settings import SERVICES
from shared import journal, metrics
from shared.database import MissingDatabaseError
from shared.worker import Worker, worker_of

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def run(*, attached: bool = False) -> int:
    """Run until SIGINT or SIGTERM, or when ``attached`` until the parent is gone. Return the exit status."""
    journal.set_up("worker")
    metrics.serve()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_until_stopped(dict(_workers()), attached=attached))
    except (MissingDatabaseError, ArgumentError) as error:
        told = str(error) if isinstance(error, MissingDatabaseError) else "l'adresse d'une base est mal formée"
        say(f"{told} ; ./spie doctor en dit plus")
        return 1
    finally:
        for number in SIGNALS:  # all has stopped: one more signal must not make it look like a failure
            signal.signal(number, signal.SIG_IGN)
    return 0


def _workers() -> Iterator[tuple[str, Worker]]:
    """Yield the worker of each service that declares work."""
    for service in SERVICES:
        if find_spec(f"services.{service}.jobs"):
            travaux = import_module(f"services.{service}.jobs").TRAVAUX
            settings = import_module(f"services.{service}.settings").Settings()
            worker = worker_of(travaux, settings, import_module(f"services.{service}.models").SCHEMA)
            if travaux.par_nom:
                yield service, worker


async def _until_stopped(workers: dict[str, Worker], *, attached: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in SIGNALS:  # of a parent that ignores SIGINT, too
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    waits: list[asyncio.Task[Any]] = [asyncio.create_task(stop.wait())]
    if attached:
        waits.append(asyncio.create_task(parent_gone()))
    async with AsyncExitStack() as stack:
        for worker in workers.values():
            await stack.enter_async_context(worker.running())
        say(f"travaux de fond : {', '.join(workers) or 'aucun service n’en a'}")
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()


if __name__ == "__main__":
    sys.exit(run(attached=True))
