"""The embedded PostgreSQL: its data outlive restarts, crashes and the process that started it."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from migrations.run import owner_engine
from shared.database import engine_for
from shared.embedded import SUPERUSER, EmbeddedServer
from shared.postgresql import EmbeddedServerError, find_binaries
from tests.conftest import execute
from tests.processes import ROOT

ORPHAN = """
import asyncio, sys
from pathlib import Path
from shared.embedded import EmbeddedServer

async def main() -> None:
    folder = Path(sys.argv[1])
    async with EmbeddedServer(folder).running() as server:
        print(server.owner_url, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def ask(url: str, query: str) -> Any:
    engine = owner_engine(url)
    try:
        async with engine.connect() as connection:
            return (await connection.execute(text(query))).scalar_one()
    finally:
        await engine.dispose()


async def write(url: str) -> None:
    await execute(url, "CREATE TABLE temoin AS SELECT 'gardé' AS mot")


def server_pid(folder: Path) -> int:
    return int((folder / "postgresql" / "postmaster.pid").read_text().splitlines()[0])


def runs(pid: int) -> bool:
    """Whether the process lives (one that ended and waits for its parent to look does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def wait_gone(pid: int) -> None:
    begun = time.monotonic()
    while runs(pid):
        assert time.monotonic() - begun < 90
        await asyncio.sleep(0.02)


async def test_a_cluster_restarts_with_its_data_and_its_passwords(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path, durable=False).running() as server:
        await write(server.owner_url)
        password, first = server.password_of("spie_catalogue"), server_pid(tmp_path)
    assert not runs(first)
    async with EmbeddedServer(tmp_path, durable=False).running() as server:
        assert await ask(server.owner_url, "SELECT mot FROM temoin") == "gardé"
        assert server.password_of("spie_catalogue") == password
        assert server_pid(tmp_path) != first


def start_parent(folder: Path) -> "subprocess.Popen[str]":
    """Start a process that runs a server and prints its address."""
    return subprocess.Popen([sys.executable, "-c", ORPHAN, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.fixture
async def orphan(tmp_path: Path) -> AsyncIterator[int]:
    """The process of a server, with data, whose own parent was killed."""
    with start_parent(tmp_path) as parent:
        try:
            assert parent.stdout is not None
            await write((await asyncio.to_thread(parent.stdout.readline)).strip())
        finally:
            parent.kill()
    pid = server_pid(tmp_path)
    yield pid
    if runs(pid):
        os.kill(pid, signal.SIGQUIT)


async def test_a_server_that_outlived_its_process_is_stopped_and_its_data_kept(tmp_path: Path, orphan: int) -> None:
    assert runs(orphan)
    async with EmbeddedServer(tmp_path).running() as server:
        assert not runs(orphan)
        assert await ask(server.owner_url, "SELECT mot FROM temoin") == "gardé"


async def test_a_cluster_recovers_from_a_crash_of_the_server(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path).running() as server:
        await write(server.owner_url)
        crashed = server_pid(tmp_path)
        os.kill(crashed, signal.SIGKILL)
        await wait_gone(crashed)
    async with EmbeddedServer(tmp_path).running() as server:
        assert await ask(server.owner_url, "SELECT mot FROM temoin") == "gardé"


async def test_a_folder_may_have_spaces_and_accents_and_the_rest_of_a_broken_start(tmp_path: Path) -> None:
    folder = tmp_path / "mes données d'essai %20 été"
    (folder / "postgresql.partiel" / "base").mkdir(parents=True)
    async with EmbeddedServer(folder, durable=False).running() as server:
        assert await ask(server.owner_url, "SELECT lower('ÉTÉ')") == "été"
        assert await ask(server.owner_url, "SHOW server_encoding") == "UTF8"
        assert await ask(server.owner_url, "SHOW listen_addresses") == ""
    assert not (folder / "postgresql.partiel").exists()


async def test_data_of_another_major_version_are_refused_in_words(tmp_path: Path) -> None:
    cluster = tmp_path / "postgresql"
    cluster.mkdir()
    (cluster / "PG_VERSION").write_text("14\n")
    with pytest.raises(EmbeddedServerError, match=r"PostgreSQL 14, le serveur est en \d+ : donnez le bon PG_BIN"):
        async with EmbeddedServer(tmp_path).running():
            pass
    assert [path.name for path in cluster.iterdir()] == ["PG_VERSION"]


async def test_a_folder_where_no_server_can_start_is_told_with_its_log(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path, durable=False).running():
        pass
    (tmp_path / "postgresql" / "global" / "pg_control").write_bytes(b"")
    with pytest.raises(EmbeddedServerError, match="pg_control"):
        async with EmbeddedServer(tmp_path, durable=False).running():
            pass


def test_each_role_has_a_password_of_its_own(tmp_path: Path) -> None:
    one, other = EmbeddedServer(tmp_path / "un"), EmbeddedServer(tmp_path / "deux")
    roles = (SUPERUSER, "spie_catalogue", "spie_indicators", "spie_orientation")
    passwords = {server.password_of(role) for server in (one, other) for role in roles}
    assert len(passwords) == 8
    assert EmbeddedServer(tmp_path / "un").password_of(SUPERUSER) == one.password_of(SUPERUSER)
    assert stat.S_IMODE((tmp_path / "un" / "secret").stat().st_mode) == 0o600


async def test_the_password_of_one_role_does_not_open_another(cluster: EmbeddedServer) -> None:
    url = cluster.url_for("spie_catalogue")
    engine = engine_for(url.replace("spie_catalogue", "spie_indicators"), schema="indicators")
    try:
        with pytest.raises(Exception, match="password authentication failed"):
            await engine.connect()
    finally:
        await engine.dispose()
    assert await ask(url, "SELECT current_user") == "spie_catalogue"


def test_programs_that_are_not_there_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG_BIN", str(tmp_path))
    with pytest.raises(EmbeddedServerError, match=f"pas de PostgreSQL utilisable dans {tmp_path}"):
        find_binaries()


def test_programs_too_old_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "postgres"
    program.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 14.11'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PG_BIN", str(tmp_path))
    with pytest.raises(EmbeddedServerError, match=r"15 au moins.*14\.11"):
        find_binaries()
