"""Separate mode: a process for each service, the door and the background work, told no more than each needs."""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator

from gateway.cli import say
from gateway.cli.local import HOST, LOCAL, StartError, listen_on
from gateway.cli.serve import GRACE_SECONDS
from gateway.settings import SERVICES

READY_SECONDS = 60


@contextlib.asynccontextmanager
async def serve_apart(listener: socket.socket, stop: asyncio.Event) -> AsyncIterator[None]:
    """Run each service, then the background work and the door, in a process of its own."""
    processes: dict[str, asyncio.subprocess.Process] = {}
    watchers: list[asyncio.Task[None]] = []
    environment = dict(os.environ)
    try:
        for service in SERVICES:
            with listen_on(0) as own:
                port = own.getsockname()[1]
                told = _environment_of(service, environment)
                processes[service] = await _serve(f"services.{service}.app:create_app", own, told)
            environment[f"GATEWAY_{service.upper()}"] = f"http://{HOST}:{port}"
            say(f"service {service} : processus {processes[service].pid}, http://{HOST}:{port}")
        processes["worker"] = await _spawn(["gateway.cli.worker"], _environment_of("worker", environment))
        say(f"travaux de fond : processus {processes['worker'].pid}")
        told = _environment_of("gateway", environment)
        processes["gateway"] = await _serve("gateway.app:create_app", listener, told)
        port = listener.getsockname()[1]
        say(f"porte : processus {processes['gateway'].pid}")
        await _wait_ready(f"http://{HOST}:{port}/sante/pret", processes)
        watchers = [asyncio.create_task(_watch(name, process, stop)) for name, process in processes.items()]
        yield
    finally:
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(*(_end(process) for process in reversed(processes.values())))


SECRETS = {
    "ORIENTATION_CLE_IDENTITE": "orientation",
    "ORIENTATION_INDICATEURS_JETON": "worker",
    "GATEWAY_INDICATEURS_JETON": "gateway",
    "GATEWAY_POIVRE": "gateway",
    "GATEWAY_CLE_SIGNATURE": "gateway",
    "GATEWAY_SECRET_SESSIONS": "gateway",
    "GATEWAY_CLES_DEV": "gateway",
    "GATEWAY_OIDC_SECRET": "gateway",
}
"""What hides identities, sends figures, makes partner keys, signs for them, seals sessions: for one process each."""


def _environment_of(process: str, environment: dict[str, str]) -> dict[str, str]:
    """Return what one process may know: of all the databases, only its own; for the worker, those of the services."""
    own = {f"{service.upper()}_DATABASE_URL" for service in (SERVICES if process == "worker" else [process])}
    known = {name if name in environment else "DATABASE_URL" for name in own}
    known |= {name for name, owner in SECRETS.items() if owner == process}
    return {
        name: value
        for name, value in environment.items()
        if (name in known or not (name.endswith("DATABASE_URL") or name in SECRETS))
        and (name != "SPIE_METRIQUES" or process == "gateway")  # one address, one process
    }


async def _serve(application: str, listener: socket.socket, environment: dict[str, str]) -> asyncio.subprocess.Process:
    command = ["gateway.cli.serve", application, str(listener.fileno())]
    return await _spawn(command, environment, listener.fileno())


async def _spawn(command: list[str], environment: dict[str, str], *inherited: int) -> asyncio.subprocess.Process:
    """Start a module of ours, which stops when its standard input closes."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *command,
        env=environment,
        pass_fds=inherited,
        stdin=asyncio.subprocess.PIPE,
        start_new_session=True,
    )


async def _wait_ready(url: str, processes: dict[str, asyncio.subprocess.Process]) -> None:
    def ask() -> bool:
        try:
            with LOCAL.open(url, timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    for _ in range(READY_SECONDS * 10):
        for name, process in processes.items():
            if process.returncode is not None:
                raise StartError(f"{name} s'est arrêté au démarrage (code {process.returncode}), voir plus haut")
        if await asyncio.to_thread(ask):
            return
        await asyncio.sleep(0.1)
    raise StartError(f"la porte n'est pas prête après {READY_SECONDS} s")


async def _watch(name: str, process: asyncio.subprocess.Process, stop: asyncio.Event) -> None:
    status = await process.wait()
    if stop.is_set():
        return
    if name == "gateway":
        say(f"la porte s'est arrêtée (code {status})")
        stop.set()
    elif name == "worker":
        say(f"les travaux de fond se sont arrêtés (code {status}) ; le reste continue. Relancez ./spie up.")
    else:
        say(f"le service {name} s'est arrêté (code {status}) ; les autres continuent. Relancez ./spie up.")


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), GRACE_SECONDS + 5)
    except TimeoutError:
        process.kill()
        await process.wait()
