"""With ``DATABASE_URL`` the instance stands on a server that is not ours: nothing embedded, no development key."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.cli.identity import DevelopmentIssuer, make_issuer
from shared.embedded import EmbeddedServer
from tests.cli.commands import ROLES, change_action, keys_of, read, refused, run
from tests.gateway.servers import refusing_url
from tests.processes import Door, start_door

DEAD = refusing_url().replace("http://", "postgresql://spie:spie@") + "/spie"


@pytest.fixture(scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedServer]:
    """A PostgreSQL that is not the product's, empty at first."""
    async with EmbeddedServer(tmp_path_factory.mktemp("base"), durable=False).running() as running:
        yield running


@contextmanager
def started(server: EmbeddedServer, folder: Path, *options: str, **environment: str) -> Iterator[Door]:
    """The product, standing on ``server``."""
    with start_door(folder, *options, environment={"DATABASE_URL": server.owner_url, **environment}) as door:
        yield door


def test_migrate_and_doctor_speak_in_words(server: EmbeddedServer, tmp_path: Path) -> None:
    data = ("--data", str(tmp_path))
    before = run("doctor", *data, DATABASE_URL=server.owner_url)
    assert before.returncode == 1
    assert "manquent : catalogue, indicators, orientation" in before.stdout
    assert "lancez ./spie migrate" in before.stdout
    migrated = run("migrate", *data, DATABASE_URL=server.owner_url)
    assert migrated.returncode == 0
    assert "celle de DATABASE_URL" in migrated.stdout
    assert "la base est à jour" in migrated.stdout
    after = run("doctor", *data, DATABASE_URL=server.owner_url, CATALOGUE_DATABASE_URL="postgresql:///a")
    assert "schémas : présents" in after.stdout
    assert "service catalogue : se connecte par son propre rôle" in after.stdout
    assert "SET ROLE spie_indicators (INDICATORS_DATABASE_URL absent)" in after.stdout
    assert "SET ROLE spie_orientation (ORIENTATION_DATABASE_URL absent)" in after.stdout
    assert not (tmp_path / "postgresql").exists()


def test_up_starts_no_server_makes_no_key_and_believes_the_issuer_it_is_given(
    server: EmbeddedServer, issuer: DevelopmentIssuer, tmp_path: Path
) -> None:
    (tmp_path / "cles-dev.json").write_text("{}")
    with started(server, tmp_path, **issuer.environment) as door:
        assert not (tmp_path / "cles-dev.json").exists()
        assert not (tmp_path / "postgresql").exists()
        assert "aucune avec DATABASE_URL" in door.output()
        assert "eyJ" not in door.output()
        assert read(door.url, "/v1/fiches/11").status_code == 200
        assert change_action(door.url, make_issuer().keys["pilote"]).status_code == 401
        assert change_action(door.url, issuer.keys["lecteur"]).status_code == 403
        assert change_action(door.url, issuer.keys["pilote"]).status_code == 200


def test_up_makes_keys_when_asked_for_them(server: EmbeddedServer, issuer: DevelopmentIssuer, tmp_path: Path) -> None:
    with started(server, tmp_path, "--cles-dev") as door:
        assert set(keys_of(tmp_path)) == ROLES
        assert change_action(door.url, keys_of(tmp_path)["pilote"], code="11.A3").status_code == 200
        assert change_action(door.url, issuer.keys["pilote"], code="11.A3").status_code == 401
        assert not (tmp_path / "postgresql").exists()


def test_up_on_a_dead_database_says_what_to_check(tmp_path: Path) -> None:
    said = refused(tmp_path, DATABASE_URL=DEAD)
    assert "la base ne répond pas" in said
    assert "vérifiez DATABASE_URL" in said


@pytest.mark.parametrize("command", ["migrate", "doctor"])
def test_other_commands_on_a_dead_database_say_what_to_check(tmp_path: Path, command: str) -> None:
    done = run(command, "--data", str(tmp_path), DATABASE_URL=DEAD)
    assert done.returncode == 1
    assert "répond pas" in done.stdout
    assert "vérifiez" in done.stdout
    assert "Traceback" not in done.stdout
