"""What is backed up is what is restored, into nothing, whole or not at all."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest
from sqlalchemy import make_url

from gateway.cli.backup import BackupError, restore, run_restore, save
from gateway.cli.identity import DevelopmentIssuer
from migrations.run import SCHEMAS, upgrade
from shared.embedded import EmbeddedServer
from tests.conftest import Base, execute
from tests.gateway.whole import whole_product
from tests.indicators.calls import push

Bearer = Callable[[str], dict[str, str]]
READS = ("/v1/fiches/11", "/v1/fiches/11/historique", "/v1/recherche?q=logement", "/v1/indicateurs/30.I1")
RAW = ("/v1/mesures?grandeur=30.I1.a", "/v1/valeurs?grandeur=30.I1.a&periode=2026-01")

RELATIONS = (
    "SELECT format('%I.%I', nspname, relname), relkind, (SELECT array_agg(entry::text ORDER BY entry::text)"
    " FROM unnest(relacl) entry) FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
    " WHERE nspname = ANY($1::text[]) AND relkind IN ('r', 'v', 'm', 'S', 'p')"
)


@pytest.fixture
async def empty(cluster: EmbeddedServer) -> AsyncIterator[Base]:
    """A database without anything of the product."""
    await execute(cluster.owner_url, "CREATE DATABASE restauree TEMPLATE template0")
    yield Base(cluster, "restauree")
    await execute(cluster.owner_url, "DROP DATABASE restauree WITH (FORCE)")


async def counts(base: Base) -> dict[str, tuple[Any, ...]]:
    """Every table and sequence: who may do what with it; how many rows it holds, and a digest of them."""
    driver = await asyncpg.connect(base.owner_url)
    found = {}
    for name, kind, rights in await driver.fetch(RELATIONS, list(SCHEMAS)):
        digest = f"SELECT count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM {name} t"
        rows = (await driver.fetch(digest))[0] if kind == b"r" else ()
        found[name] = (rights, *rows)
    await driver.close()
    return found


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def read(client: httpx2.AsyncClient, bearer: Bearer) -> list[tuple[str, bytes, Any]]:
    answers = [await client.get(path, headers=bearer("admin")) for path in READS]
    answers += [await client.get(path, headers=bearer("pilote")) for path in RAW]
    assert {answer.status_code for answer in answers} == {200}
    return [(str(answer.url), answer.content, answer.headers.get("etag")) for answer in answers]


async def test_a_restored_database_answers_byte_for_byte_what_the_other_did(
    own_base: Base, empty: Base, issuer: DevelopmentIssuer, bearer: Bearer, tmp_path: Path
) -> None:
    backup = tmp_path / "spie.sauvegarde"
    async with whole_product(own_base, issuer) as client:
        etag = (await client.get("/v1/fiches/11")).headers["etag"]
        change = {"statut": "en-cours", "note": "Avant la sauvegarde"}
        await client.patch("/v1/fiches/11", json=change, headers={"If-Match": etag, **bearer("pilote")})
        row = {"grandeur": "30.I1.a", "territoire": "69266", "periode": "2026-01", "valeur": 12}
        assert (await push(client, bearer("partenaire"), [row])).status_code == 200
    async with whole_product(own_base, issuer) as client:
        before = await read(client, bearer)
    expected = await counts(own_base)
    await save(own_base.owner_url, backup)
    assert backup.stat().st_mode & 0o077 == 0
    await restore(empty.owner_url, backup)
    passwords = {f"spie_{schema}": own_base.server.password_of(f"spie_{schema}") for schema in SCHEMAS}
    await upgrade(empty.owner_url, passwords=passwords)
    assert await counts(empty) == expected
    async with whole_product(empty, issuer) as client:
        assert await read(client, bearer) == before
        again = await client.get("/v1/fiches/11")
        change = {"statut": "realisee"}
        headers = {"If-Match": again.headers["etag"], **bearer("pilote")}
        assert (await client.patch("/v1/fiches/11", json=change, headers=headers)).status_code == 200
    with pytest.raises(BackupError, match="n'est pas vide"):
        await restore(empty.owner_url, backup)


async def test_a_file_that_is_cut_or_something_else_leaves_nothing(own_base: Base, empty: Base, tmp_path: Path) -> None:
    whole, cut, other = tmp_path / "entiere", tmp_path / "coupee", tmp_path / "autre"
    await save(own_base.owner_url, whole)
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    other.write_text("bonjour")
    for wrong in (cut, other, tmp_path / "absente"):
        with pytest.raises(BackupError):
            await restore(empty.owner_url, wrong)
    assert await counts(empty) == {}


async def test_a_backup_that_fails_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(BackupError):
        await save("postgresql://personne@127.0.0.1:1/rien", tmp_path / "rien")
    assert names_in(tmp_path) == []


async def test_a_restoration_is_possible_for_another_owner(own_base: Base, empty: Base, tmp_path: Path) -> None:
    """The one of the instance that was backed up does not exist on the new server."""
    await save(own_base.owner_url, tmp_path / "lundi")
    await execute(empty.owner_url, "CREATE ROLE hote SUPERUSER LOGIN PASSWORD 'essai'")
    address = make_url(empty.owner_url).set(username="hote", password="essai")  # noqa: S106
    try:
        await restore(address.render_as_string(hide_password=False), tmp_path / "lundi")
        driver = await asyncpg.connect(empty.owner_url)
        owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = ANY($1::text[])"
        assert [row[0] for row in await driver.fetch(owners, list(SCHEMAS))] == ["hote"]
        await driver.close()
    finally:
        await execute(empty.owner_url, "REASSIGN OWNED BY hote TO postgres")
        await execute(empty.owner_url, "DROP OWNED BY hote")
        await execute(empty.owner_url, "DROP ROLE hote")


async def test_what_a_newer_version_wrote_is_refused(own_base: Base, empty: Base, tmp_path: Path) -> None:
    await execute(own_base.owner_url, "UPDATE gateway.alembic_version SET version_num = 'demain'")
    await save(own_base.owner_url, tmp_path / "demain")
    with pytest.raises(BackupError, match="plus récente \\(gateway : demain\\)"):
        await restore(empty.owner_url, tmp_path / "demain")
    assert await counts(empty) == {}


async def test_an_embedded_restoration_without_the_secret_of_then_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert await run_restore(tmp_path / "neuf", tmp_path / "lundi") == 1
    assert "remettez-y d'abord celui de l'instance sauvegardée" in capsys.readouterr().err
    assert names_in(tmp_path) == []
