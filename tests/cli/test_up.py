"""``up``: from nothing to a door that answers, and back, whatever happens on the way."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import text

from gateway.cli import up
from migrations.run import owner_engine
from shared.embedded import EmbeddedServer
from tests.cli.commands import (
    ROLES,
    change_action,
    ends,
    is_alive,
    keys_of,
    processes_in,
    read,
    refused,
    service_processes,
    until,
)
from tests.processes import ROOT, Door, launch, start_door, stop, wait_ready

PLAN = ROOT / "services" / "catalogue" / "data"


@pytest.fixture(scope="module")
def bare_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """A product in a folder with spaces and accents, started without any locale."""
    folder = tmp_path_factory.mktemp("porte") / "Données – été 2026"
    with pytest.MonkeyPatch.context() as patch:
        for name in ("LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "PYTHONUTF8", "PYTHONIOENCODING"):
            patch.delenv(name, raising=False)
        with start_door(folder) as running:
            yield running


@pytest.fixture
def launched() -> Iterator[list["subprocess.Popen[str]"]]:
    """The processes a test starts: those still there at its end are ended."""
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        stop(process)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_french_is_right_in_a_folder_with_accents_and_without_a_locale(bare_door: Door) -> None:
    assert "orientation plus rapide" in read(bare_door.url, "/v1/fiches/11").json()["titre"]
    found = read(bare_door.url, "/v1/recherche?q=HEBERGEMENT").json()
    assert found["total"] > 0
    assert "Ctrl-C arrête tout." in bare_door.output()


def test_the_development_keys_are_the_owner_s_alone_and_shown(bare_door: Door) -> None:
    keys = bare_door.data / "cles-dev.json"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    assert set(keys_of(bare_door.data)) == ROLES
    assert all(key in bare_door.output() for key in keys_of(bare_door.data).values())
    assert not list(bare_door.data.glob("*.partiel"))


def test_the_commands_it_shows_work_as_they_are(bare_door: Door) -> None:
    shown = bare_door.output().split("Dire qu'une action est en cours :")[1].split("Ctrl-C")[0]
    done = subprocess.run(["sh", "-euc", shown], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["statut"] == "en-cours"


def test_a_second_one_on_the_same_data_is_refused_and_the_first_goes_on(bare_door: Door, tmp_path: Path) -> None:
    said = refused(tmp_path, "--data", str(bare_door.data))
    assert str(bare_door.data) in said
    assert str(bare_door.process.pid) in said
    assert "--data" in said
    assert read(bare_door.url, "/sante/pret").status_code == 200
    assert set(keys_of(bare_door.data)) == ROLES


def test_a_busy_port_is_said_before_anything_starts(bare_door: Door, tmp_path: Path) -> None:
    port = bare_door.url.rpartition(":")[2]
    said = refused(tmp_path, "--port", port)
    assert f"le port {port} est déjà pris" in said
    assert "--port" in said
    assert not (tmp_path / "postgresql").exists()
    assert not (tmp_path / "cles-dev.json").exists()


def test_a_folder_without_a_plan_is_refused_in_words(tmp_path: Path) -> None:
    said = refused(tmp_path / "donnees", "--plan", str(tmp_path / "vide"))
    assert str(tmp_path / "vide") in said
    assert "catalogue/plan.yaml" in said
    assert not processes_in(tmp_path)


async def test_a_wrong_plan_is_refused_with_every_fault_named_and_nothing_is_written(tmp_path: Path) -> None:
    shutil.copytree(PLAN, tmp_path / "plan" / "catalogue")
    fiches = tmp_path / "plan" / "catalogue" / "fiches"
    eleventh = (fiches / "11.yaml").read_text()
    (fiches / "11.yaml").write_text(eleventh.replace("numero: 11", "numero: onze").replace("axe:", "axes:", 1))
    (fiches / "12.yaml").write_text("titre: [")
    (fiches / "13.yaml").write_bytes(b"titre: \xff")
    said = refused(tmp_path / "donnees", "--plan", str(tmp_path / "plan"))
    for fault in ("11.yaml : numero", "11.yaml : axe :", "11.yaml : axes", "12.yaml", "13.yaml"):
        assert fault in said
    assert not (tmp_path / "donnees" / "cles-dev.json").exists()
    assert not processes_in(tmp_path)
    async with EmbeddedServer(tmp_path / "donnees").running() as server:
        engine = owner_engine(server.owner_url)
        async with engine.connect() as connection:
            for table in ("catalogue.plan_version", "catalogue.fiche_version", "indicators.indicateur_version"):
                assert (await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() == 0
        await engine.dispose()


def test_the_keys_are_complete_before_the_first_answer(tmp_path: Path, launched: list["subprocess.Popen[str]"]) -> None:
    port = free_port()
    process = launch(tmp_path, "--port", str(port))
    launched.append(process)
    begun = time.monotonic()
    while True:
        assert process.poll() is None, (tmp_path / "sortie.txt").read_text()
        assert time.monotonic() - begun < 60
        try:
            assert read(f"http://127.0.0.1:{port}", "/sante/vivant").status_code == 200
        except httpx2.TransportError:
            time.sleep(0.01)
            continue
        break
    assert set(keys_of(tmp_path)) == ROLES
    assert ends(process, signal.SIGINT, signal.SIGINT) == 0
    assert not processes_in(tmp_path)


def test_sigint_given_twice_stops_everything_even_when_the_parent_ignored_it(
    tmp_path: Path, launched: list["subprocess.Popen[str]"]
) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # what a child inherits
    try:
        process = launch(tmp_path, "--separate")
    finally:
        signal.signal(signal.SIGINT, before)
    launched.append(process)
    wait_ready(process, tmp_path)
    started = service_processes(tmp_path)
    assert len(started) == 5  # the door, three services, the worker
    assert ends(process, signal.SIGINT, signal.SIGINT) == 0
    assert not [pid for pid in started if is_alive(pid)]
    assert not processes_in(tmp_path)
    assert (tmp_path / "sortie.txt").read_text().endswith("spie : arrêt\nspie : tout est arrêté\n")
    assert (tmp_path / "sortie.txt").read_text().count("spie : arrêt\n") == 1


@pytest.mark.parametrize("options", [[], ["--separate"]], ids=["embedded", "separate"])
def test_after_a_kill_the_next_one_recovers_what_was_written(
    tmp_path: Path, launched: list["subprocess.Popen[str]"], options: list[str]
) -> None:
    killed = launch(tmp_path, *options)
    launched.append(killed)
    url = wait_ready(killed, tmp_path)
    assert change_action(url, keys_of(tmp_path)["pilote"], statut="realisee").status_code == 200
    started = service_processes(tmp_path)
    orphans = processes_in(tmp_path)
    assert orphans
    assert ends(killed, signal.SIGKILL) == -signal.SIGKILL
    assert until(lambda: not any(is_alive(pid) for pid in started))
    again = launch(tmp_path)
    launched.append(again)
    url = wait_ready(again, tmp_path)
    assert read(url, "/v1/actions/11.A1").json()["statut"] == "realisee"
    assert not orphans & processes_in(tmp_path)
    assert ends(again, signal.SIGTERM) == 0
    assert not processes_in(tmp_path)


def test_another_plan_is_loaded_and_served_the_same_way(tmp_path: Path) -> None:
    plan = ROOT / "tests" / "data" / "petit-plan"
    with start_door(tmp_path, "--plan", str(plan)) as door, door.client() as client:
        assert client.get("/v1/plans").json()["total"] == 1
        assert client.get("/v1/fiches/1").json()["titre"] == "Recevoir chaque personne sous dix jours"
        assert client.get("/v1/indicateurs/2.I1").json()["libelle"] == "Nombre de réunions tenues"
        assert f"{door.url}/v1/fiches/1" in door.output()


def test_a_separate_process_knows_no_database_but_its_own(tmp_path: Path) -> None:
    with start_door(tmp_path, separate=True) as door:
        for service in ("catalogue", "indicators", "orientation", "porte"):
            told = Path(f"/proc/{door.pid_of(service)}/environ").read_bytes().decode().split("\0")
            databases = [line.split("=")[0] for line in told if "DATABASE_URL=" in line]
            assert databases == [f"{'GATEWAY' if service == 'porte' else service.upper()}_DATABASE_URL"]
            secrets = [line.split("=")[0] for line in told if line.startswith(("GATEWAY_POIVRE", "GATEWAY_CLE_SIGN"))]
            assert len(secrets) == (2 if service == "porte" else 0)


@pytest.mark.parametrize(("given", "kept"), [(None, "0"), ("", "0"), ("600", "600")])
def test_an_empty_variable_is_an_absent_one_for_up_too(
    monkeypatch: pytest.MonkeyPatch, given: str | None, kept: str
) -> None:
    monkeypatch.setenv("GATEWAY_LIMITE", given or "")
    if given is None:
        monkeypatch.delenv("GATEWAY_LIMITE")
    up._set_unless_given("GATEWAY_LIMITE", "0")
    assert os.environ["GATEWAY_LIMITE"] == kept
