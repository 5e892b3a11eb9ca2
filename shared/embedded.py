"""A real PostgreSQL for one folder: no Docker, no root needed, no network.

PostgreSQL refuses to run as root: it then runs as ``nobody``, with binaries copied where ``nobody`` can read them, and
enters its data folder through a descriptor that it inherits: the folder may stand under a home of mode 0700.
"""

import asyncio
import hashlib
import hmac
import logging
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.parse import quote

from shared.postgresql import EmbeddedServerError, find_binaries, is_reachable, readable_binaries, server_account

SUPERUSER = "postgres"
DATABASE = "postgres"
PORT = 5432
SOCKET_PREFIX = "spie-"
MAX_SOCKET_PARENT = 60
START_SECONDS = 60
STOP_SECONDS = 30
RESTART_SECONDS = 1
log = logging.getLogger("spie")


class EmbeddedServer:
    """One cluster in ``folder/postgresql``; reached by a Unix socket in a private folder."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self._folder = folder
        self._cluster = folder / "postgresql"
        self._durable = durable
        self._account = server_account()
        self._binaries = readable_binaries(find_binaries(), self._account)
        self._socket: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._secret = _read_secret(folder / "secret")

    def password_of(self, role: str) -> str:
        """Return the password of a database role of this cluster."""
        return hmac.new(self._secret, role.encode(), hashlib.sha256).hexdigest()

    def url_for(self, role: str, database: str = DATABASE) -> str:
        """Return the URL by which ``role`` reaches ``database``."""
        return f"postgresql://{role}:{self.password_of(role)}@/{database}?host={quote(str(self._socket), safe='')}"

    @property
    def owner_url(self) -> str:
        """The superuser's URL, for migrations only."""
        return self.url_for(SUPERUSER)

    def join(self) -> None:
        """Use the server that another process runs on this folder. Raises :class:`EmbeddedServerError`."""
        lines = _lines(self._cluster / "postmaster.pid")
        if len(lines) < 8 or lines[7].strip() != "ready":
            raise EmbeddedServerError("le PostgreSQL embarqué de ce dossier n'est pas prêt : recommencez")
        self._socket = Path(lines[4])

    @asynccontextmanager
    async def running(self) -> AsyncIterator["EmbeddedServer"]:
        """Run the server; a cluster left by a crash recovers, one still running without us is stopped first.

        A server that dies is started again: whoever uses it meanwhile sees it away, then there.
        """
        self._socket = Path(tempfile.mkdtemp(prefix=SOCKET_PREFIX, dir=self._socket_parent()))
        try:
            self._give(self._socket)
            await self._stop_orphan()
            if not (self._cluster / "PG_VERSION").exists():
                await self._initialise()
            self._check_version()
            await self._start()
            watch = asyncio.create_task(self._watch())
            try:
                yield self
            finally:
                watch.cancel()
                with suppress(asyncio.CancelledError):
                    await watch
        finally:
            await self._stop()
            shutil.rmtree(self._socket, ignore_errors=True)

    async def _watch(self) -> None:
        while True:
            assert self._process is not None
            assert self._socket is not None
            await _wait(self._process)
            log.error("le PostgreSQL embarqué s'est arrêté de lui-même : il repart")
            try:
                await self._stop_orphan()
                self._socket.mkdir(mode=0o700, exist_ok=True)
                self._give(self._socket)
                await self._start()
            except EmbeddedServerError as error:
                log.error("%s", error)
                await asyncio.sleep(RESTART_SECONDS)

    def _socket_parent(self) -> Path:
        """Return a folder that the server can reach, with a path short enough for a socket."""
        chosen = Path(tempfile.gettempdir())
        fits = len(str(chosen)) <= MAX_SOCKET_PARENT
        return chosen if fits and (self._account is None or is_reachable(chosen)) else Path("/tmp")  # noqa: S108

    async def _initialise(self) -> None:
        partial = self._folder / "postgresql.partiel"
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(self._cluster, ignore_errors=True)
        partial.mkdir(mode=0o700)
        self._give(partial)
        assert self._socket is not None
        password = self._socket / "mot-de-passe"
        password.touch(mode=0o600)
        password.write_text(self.password_of(SUPERUSER))
        self._give(password)
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        if self._binaries.major < 17:
            locale = ["--locale=C.UTF-8"]
        arguments = [
            "--encoding=UTF8",
            *locale,
            "--username",
            SUPERUSER,
            "--auth=scram-sha-256",
            "--pwfile",
            str(password),
        ]
        if not self._durable:
            arguments.append("--no-sync")
        log_path = self._folder / "initdb.log"
        with log_path.open("wb") as log:
            process = self._spawn(partial, "initdb", *arguments, output=log)
        await _wait(process)
        password.unlink()
        if process.returncode != 0:
            raise EmbeddedServerError(f"initdb a échoué :\n{_tail(log_path)}")
        partial.rename(self._cluster)

    def _check_version(self) -> None:
        made_by = (self._cluster / "PG_VERSION").read_text().strip()
        if made_by != str(self._binaries.major):
            raise EmbeddedServerError(
                f"les données de {self._folder} viennent de PostgreSQL {made_by}, "
                f"le serveur est en {self._binaries.major} : donnez le bon PG_BIN, ou un autre dossier avec --data"
            )

    async def _start(self) -> None:
        options = {"listen_addresses": "", "unix_socket_directories": str(self._socket), "port": str(PORT)}
        options |= {"max_connections": "60", "shared_buffers": "128MB", "timezone": "UTC", "log_statement": "none"}
        # Statements and their values may hold personal data: errors are logged without them.
        options |= {"log_min_error_statement": "panic", "log_error_verbosity": "terse"}
        if not self._durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        log_path = self._folder / "postgresql.log"
        with log_path.open("ab") as log:
            self._process = self._spawn(self._cluster, "postgres", *arguments, output=log)
        for _ in range(START_SECONDS * 50):
            if self._process.poll() is not None:
                raise EmbeddedServerError(f"PostgreSQL s'est arrêté au démarrage :\n{_tail(log_path)}")
            if self._status() == "ready":
                return
            await asyncio.sleep(0.02)
        raise EmbeddedServerError(f"PostgreSQL n'est pas prêt après {START_SECONDS} s, voir {log_path}")

    def _spawn(self, folder: Path, program: str, *arguments: str, output: IO[bytes]) -> "subprocess.Popen[bytes]":
        """Start ``program`` on ``folder``, which it names by an open descriptor: no path needs to be reachable."""
        account = self._account
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        data = f"/proc/self/fd/{descriptor}" if sys.platform == "linux" else str(folder)
        try:
            return subprocess.Popen(  # noqa: S603
                [self._binaries.folder / program, "-D", data, *arguments],
                cwd="/",
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
                pass_fds=[descriptor],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
        finally:
            os.close(descriptor)

    def _status(self) -> str:
        lines = _lines(self._cluster / "postmaster.pid")
        return lines[7].strip() if len(lines) > 7 and int(lines[0]) == getattr(self._process, "pid", 0) else ""

    async def _stop_orphan(self) -> None:
        """Stop a server that outlived the process that started it, and forget one that died (we hold the folder)."""
        record = self._cluster / "postmaster.pid"
        lines = _lines(record)
        first = next(iter(lines), "")
        pid = int(first) if first.isdigit() else 0
        if pid and _serves(pid, self._cluster):
            os.kill(pid, signal.SIGINT)
        for _ in range(STOP_SECONDS * 20):
            left = [other for other in _processes() if _serves(other, self._cluster)]
            if not left:
                # Its number may by now be another process's, and PostgreSQL would believe it still runs.
                record.unlink(missing_ok=True)
                if len(lines) > 4 and Path(lines[4]).name.startswith(SOCKET_PREFIX):
                    shutil.rmtree(lines[4], ignore_errors=True)
                return
            await asyncio.sleep(0.05)
        raise EmbeddedServerError(f"un ancien PostgreSQL (processus {left[0]}) ne s'arrête pas : arrêtez-le")

    async def _stop(self) -> None:
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGINT)
        try:
            await asyncio.wait_for(_wait(process), STOP_SECONDS)
        except TimeoutError:
            process.send_signal(signal.SIGQUIT)
            await _wait(process)

    def _give(self, path: Path) -> None:
        if self._account is not None:
            os.chown(path, self._account.uid, self._account.gid)


def _read_secret(path: Path) -> bytes:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        partial = path.with_suffix(".partiel")
        partial.touch(mode=0o600)
        partial.write_text(secrets.token_hex(32))
        partial.rename(path)
    return bytes.fromhex(path.read_text())


async def _wait(process: "subprocess.Popen[bytes]") -> None:
    """Wait without asking anything of the event loop: uvloop cannot start a process under another account."""
    while process.poll() is None:  # noqa: ASYNC110 - there is no event to wait for
        await asyncio.sleep(0.02)


def _tail(path: Path) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-5:])


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except FileNotFoundError:
        return []


def _processes() -> list[int]:
    proc = Path("/proc")
    return [int(entry.name) for entry in proc.iterdir() if entry.name.isdigit()] if proc.exists() else []


def _serves(pid: int, cluster: Path) -> bool:
    """Tell whether process ``pid`` is a server whose working directory is ``cluster``."""
    try:
        return Path(f"/proc/{pid}/cwd").resolve() == cluster.resolve()
    except OSError:
        return False
