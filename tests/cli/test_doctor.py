"""``doctor``: what is wrong with the machine or the configuration, in words, with what to do."""

import contextlib
import socket
from pathlib import Path

import pytest

from gateway.cli.doctor import Finding, examine
from shared.postgresql import find_binaries
from tests.cli.commands import run
from tests.processes import CLEARED


async def findings(data: Path) -> dict[str, Finding]:
    return {finding.subject: finding async for finding in examine(data)}


@pytest.fixture(autouse=True)
def _embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*CLEARED, "PG_BIN"):
        monkeypatch.delenv(name, raising=False)


async def test_a_sound_machine_has_nothing_to_mend(tmp_path: Path) -> None:
    found = await findings(tmp_path / "pas encore là")
    assert not any(finding.advice for subject, finding in found.items() if not subject.startswith("port "))
    assert f"version {find_binaries().major}" in found["PostgreSQL embarqué"].told
    assert "Mio libres" in found[f"dossier {tmp_path / 'pas encore là'}"].told
    assert "développement" in found["identité"].told
    assert not (tmp_path / "pas encore là").exists()


async def test_a_port_already_taken_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):  # another program holds it already
            taken.bind(("127.0.0.1", 8000))
            taken.listen()
        finding = (await findings(tmp_path))["port 8000"]
    assert finding.told == "déjà pris"
    assert "--port" in finding.advice


async def test_an_issuer_that_is_missing_is_told_with_a_database_of_one_s_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql:///spie?host=/nulle-part")
    for name in ("IDENTITY_ISSUER", "IDENTITY_JWKS"):
        monkeypatch.delenv(name, raising=False)
    assert "IDENTITY_JWKS" in (await findings(tmp_path))["identité"].advice
    monkeypatch.setenv("IDENTITY_ISSUER", "https://identite.example")
    monkeypatch.setenv("IDENTITY_JWKS", '{"keys": []}')
    finding = (await findings(tmp_path))["identité"]
    assert finding == Finding("identité", "jetons de https://identite.example")


def test_missing_programs_are_told_with_what_to_do(tmp_path: Path) -> None:
    done = run("doctor", "--data", str(tmp_path), PG_BIN=str(tmp_path))
    assert done.returncode == 1
    assert f"pas de PostgreSQL utilisable dans {tmp_path}" in done.stdout
    assert "PG_BIN" in done.stdout
    assert "point(s) à voir." in done.stdout
