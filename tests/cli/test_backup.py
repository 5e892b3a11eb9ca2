"""A backup gives everything back, rights included, into an empty database only; else it gives nothing."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from gateway.cli.backup import BackupError, restore, restore_database, save
from migrations.run import SCHEMAS, owner_engine
from services.catalogue.app import create_app
from services.catalogue.settings import Settings
from shared.settings import IdentitySettings
from tests.conftest import Base, MakeBase, client_of

READS = ("/v1/plan", "/v1/fiches/11", "/v1/recherche?q=insertion", "/v1/lexique")
TABLES = (
    "SELECT nspname, relname, relkind, coalesce((SELECT string_agg(entry::text, ' ' ORDER BY entry::text)"
    " FROM unnest(relacl) entry), '') FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
    " WHERE nspname = ANY(:schemas) ORDER BY 1, 2"
)


async def content_of(base: Base) -> dict[str, Any]:
    """Every table: its rights, how many rows it holds, and a digest of them."""
    engine = owner_engine(base.owner_url)
    async with engine.connect() as connection:
        found = {}
        for schema, name, kind, rights in await connection.execute(text(TABLES), {"schemas": list(SCHEMAS)}):
            rows: Any = None
            if kind == "r":
                digest = f'SELECT count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM {schema}."{name}" t'
                rows = tuple((await connection.execute(text(digest))).one())
            found[f"{schema}.{name}"] = (kind, rights, rows)
    await engine.dispose()
    return found


async def reads_of(base: Base, identity: IdentitySettings, headers: dict[str, str] | None = None) -> list[bytes]:
    """Read the catalogue; with ``headers``, say first that a fiche is under way."""
    app = create_app(Settings(database_url=base.url_of("catalogue"), identity=identity))
    async with client_of(app) as client:
        if headers:
            etag = (await client.get("/v1/fiches/11")).headers["etag"]
            said = {"statut": "en-cours", "note": "Avant la sauvegarde"}
            changed = await client.patch("/v1/fiches/11", json=said, headers={**headers, "If-Match": etag})
            assert changed.status_code == 200
        return [(await client.get(path)).content for path in READS]


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_a_backup_gives_back_every_row_and_right_once_and_a_cut_one_gives_nothing(
    own_base: Base, make_base: MakeBase, identity: IdentitySettings, bearer: Any, tmp_path: Path
) -> None:
    before = await reads_of(own_base, identity, bearer("pilote"))
    expected = await content_of(own_base)
    file = tmp_path / "lundi.spie"
    await save(own_base.owner_url, file)
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(BackupError, match="existe déjà"):
        await save(own_base.owner_url, file)
    assert names_in(tmp_path) == [file.name]
    async with make_base("template0") as empty:
        for size in (0, 100, 5_000, file.stat().st_size // 2, file.stat().st_size - 12_000):
            cut = tmp_path / "coupe.spie"
            cut.write_bytes(file.read_bytes()[:size])
            with pytest.raises(BackupError, match="sauvegarde entière"):
                await restore(empty.owner_url, cut, {})
        assert await content_of(empty) == {}
        await restore(empty.owner_url, file, {})
        assert await content_of(empty) == expected
        assert await reads_of(empty, identity) == before
        with pytest.raises(BackupError, match="n'est pas vide"):
            await restore(empty.owner_url, file, {})
        assert await content_of(empty) == expected


async def test_an_embedded_restoration_without_the_secret_of_then_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert await restore_database(tmp_path / "lundi.spie", tmp_path / "neuf") == 1
    assert "remettez-y d'abord celui de l'instance sauvegardée" in capsys.readouterr().err
    assert names_in(tmp_path) == []
