"""``./spie worker``: the background work of the services, until it is told to stop."""

import asyncio
import os
import signal
import sys

import pytest

from tests.cli.commands import PATIENCE, run
from tests.conftest import Base
from tests.processes import CLEARED, ROOT


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_the_worker_works_until_it_is_told_to_stop(base: Base, number: signal.Signals) -> None:
    inherited = {name: value for name, value in os.environ.items() if name not in CLEARED}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway.cli", "worker"),
        cwd=ROOT,
        env={**inherited, "PYTHONPATH": str(ROOT), "DATABASE_URL": base.owner_url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout
    try:
        async with asyncio.timeout(PATIENCE):
            said = await process.stdout.readline()
            process.send_signal(number)
            assert await process.wait() == 0
            said += await process.stdout.read()
    finally:
        if process.returncode is None:
            process.kill()
    assert "travaux de fond : indicators" in said.decode()
    assert "reprise" not in said.decode()


@pytest.mark.parametrize(("url", "told"), [("", "DATABASE_URL"), ("n'importe quoi", "mal formée")])
def test_a_worker_without_a_database_says_so(url: str, told: str) -> None:
    ended = run("worker", **({"DATABASE_URL": url} if url else {}))
    assert ended.returncode == 1
    assert told in ended.stdout
    assert "Traceback" not in ended.stdout
