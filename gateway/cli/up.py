"""``./spie up``: everything, from nothing to a door that answers, and back."""

import asyncio
import contextlib
import json
import os
import shlex
import signal
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import uvloop

from gateway.cli import say
from gateway.cli.database import (
    AlreadyRunningError,
    DatabaseError,
    LoadError,
    bring_up_to_date,
    holding,
    load_data,
    open_database,
    plan_folder,
)
from gateway.cli.identity import make_issuer, write_keys
from gateway.cli.local import HOST, LOCAL, StartError, listen_on
from gateway.cli.separate import serve_apart
from gateway.cli.serve import Server, configuration_for
from shared.postgresql import EmbeddedServerError

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class Options:
    """What ``./spie up`` was asked."""

    port: int
    data: Path
    separate: bool
    plan: Path | None
    dev_keys: bool


def run(options: Options) -> int:
    """Run until SIGINT or SIGTERM. Return the exit status."""
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_until_stopped(options))
    except (AlreadyRunningError, DatabaseError, EmbeddedServerError, LoadError, StartError) as error:
        say(str(error))
        return 1
    finally:
        for number in SIGNALS:  # all has stopped: one more signal must not make it look like a failure
            signal.signal(number, signal.SIG_IGN)
    return 0


async def _until_stopped(options: Options) -> None:
    """Live until the first signal; later ones change nothing, so that stopping always ends well."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    life = asyncio.create_task(_live(options, stop))

    def leave() -> None:
        if not stop.is_set():
            say("arrêt")
            stop.set()
            life.cancel()

    def on_signal(*_: object) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(leave)

    for number in SIGNALS:
        signal.signal(number, on_signal)
    with contextlib.suppress(asyncio.CancelledError):
        await life
    say("tout est arrêté")


async def _live(options: Options, stop: asyncio.Event) -> None:
    if options.plan is not None:
        os.environ["SPIE_PLAN_DIR"] = str(plan_folder(options.plan))
    with holding(options.data):
        listener = listen_on(options.port)
        async with open_database(options.data) as database:
            os.environ.update(database.environment)
            await bring_up_to_date(database)
            await load_data()
            keys = _prepare_identity(options, embedded=bool(database.environment))
            _prepare_sending(f"http://{HOST}:{listener.getsockname()[1]}", keys)
            serve = serve_apart if options.separate else _serve_together
            async with serve(listener, stop):
                door = f"http://{HOST}:{listener.getsockname()[1]}"
                _tell(door, options.data, keys, action=await asyncio.to_thread(_example_action, door))
                await stop.wait()  # a signal cancels us here
                raise StartError("la porte s'est arrêtée d'elle-même : relancez ./spie up")


def _prepare_identity(options: Options, *, embedded: bool) -> dict[str, str]:
    """Make the development keys of embedded mode, written before the door first answers."""
    path = options.data / "cles-dev.json"
    if not embedded and not options.dev_keys:
        path.unlink(missing_ok=True)
        return {}
    issuer = make_issuer()
    os.environ.update(issuer.environment)
    _set_unless_given("GATEWAY_CORS_ORIGINS", '["*"]')
    _set_unless_given("GATEWAY_LIMITE", "0")
    _set_unless_given("GATEWAY_METRIQUES", "true")
    write_keys(path, issuer.keys)
    return issuer.keys


def _set_unless_given(name: str, value: str) -> None:
    """Set a variable, unless it is set to something: an empty one is an absent one."""
    if not os.environ.get(name):
        os.environ[name] = value


def _prepare_sending(door: str, keys: dict[str, str]) -> None:
    """Let the orientation and the door send their figures through this door, under a development key."""
    for sender in ("ORIENTATION", "GATEWAY") if keys else ():
        _set_unless_given(f"{sender}_INDICATEURS_URL", door)
        _set_unless_given(f"{sender}_INDICATEURS_JETON", keys["partenaire"])


@contextlib.asynccontextmanager
async def _serve_together(listener: socket.socket, stop: asyncio.Event) -> AsyncIterator[None]:
    """Run the door and the three services in this process."""
    say("porte et services (un seul processus)")
    _set_unless_given("SPIE_WORKER", "true")
    server = _Server(configuration_for("gateway.app:create_app"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            if task.done():
                await task
                raise StartError("la porte n'a pas pu démarrer, voir plus haut")
            await asyncio.sleep(0.02)
        yield
    finally:
        server.should_exit = True
        await task


class _Server(Server):
    """A server that leaves signals to us."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        """Capture nothing."""
        yield


def _example_action(door: str) -> str:
    """Return the code of an action of the plan in force, to show commands that work."""
    with LOCAL.open(f"{door}/v1/actions?limite=200", timeout=30) as answer:
        codes = [str(action["code"]) for action in json.load(answer)["elements"]]
    return "11.A1" if "11.A1" in codes else next(iter(codes), "1.A1")


def _tell(door: str, data: Path, keys: dict[str, str], *, action: str) -> None:
    lines = ["", f"Prêt : {door}", f"  pages           {door}/", f"  documentation   {door}/docs"]
    lines += [f"  contrat         {door}/openapi.json", ""]
    lines += [
        "À essayer :",
        f"  curl {door}/v1/fiches/{action.split('.', maxsplit=1)[0]}",
        f"  curl '{door}/v1/recherche?q=hebergement'",
    ]
    if keys:
        path = shlex.quote(str(data / "cles-dev.json"))
        lines += ["", f"Clés de développement (aussi dans {path}) :"]
        lines += [f"  {role:<11}{key}" for role, key in keys.items()]
        lines += ["", "Dire qu'une action est en cours :"]
        lines += [f'  CLE=$(sed -n \'s/.*"pilote": "\\(.*\\)".*/\\1/p\' {path})']
        lines += [f"  ETAG=$(curl -sI {door}/v1/actions/{action} | sed -n 's/^etag: //ip' | tr -d '\\r')"]
        lines += [
            f'  curl -X PATCH {door}/v1/actions/{action} -H "Authorization: Bearer $CLE" -H "If-Match: $ETAG" \\',
            "    -H 'Content-Type: application/json' -d '{\"statut\": \"en-cours\"}'",
        ]
    else:
        lines += [
            "",
            "Clés de développement : aucune avec DATABASE_URL ; l'identité vient de IDENTITY_ISSUER et IDENTITY_JWKS.",
        ]
    lines += ["", "Ctrl-C arrête tout."]
    print("\n".join(lines), flush=True)  # noqa: T201
