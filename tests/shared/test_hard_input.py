"""Faults once found by attacking the shared pieces; each stays mended."""

import json
import os
import pwd
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from shared.body import json_body
from shared.data_files import DataFault, DataModel, read_model
from shared.database import engine_for
from shared.embedded import EmbeddedServer
from shared.errors import NonAuthentifie
from shared.pagination import Curseur, slice_page
from shared.postgresql import EmbeddedServerError
from shared.query import Page
from shared.service_app import build_app
from shared.settings import IdentitySettings
from shared.territoires import read_arbre
from shared.tokens import Identite, exige
from tests.conftest import Base, client_of, execute
from tests.shared import test_tokens as tokens
from tests.shared.test_database import router as essais_router

JSON = {"Content-Type": "application/json"}


class Periode(BaseModel):
    model_config = ConfigDict(extra="forbid")
    debut: str = ""


class Corps(BaseModel):
    model_config = ConfigDict(extra="forbid")
    titre: str = ""
    debut_prevu: str = ""
    part: float = 0
    identite: dict[str, str] = Field(default_factory=dict)
    contenu: dict[str, Any] = Field(default_factory=dict)
    periode: Periode = Periode()


router = APIRouter()


@router.post("/corps")
async def take(corps: Annotated[Corps, Depends(json_body(Corps))]) -> Response:
    return Response(corps.model_dump_json(), media_type="application/json")


@router.get("/garde/{code}")
async def guarded(
    acces: Annotated[Identite, Depends(exige("a:b"))], code: str, page: Annotated[Page, Query()]
) -> Response:
    return Response("")


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(build_app(name="essai", title="Essai", routers=[router], identity=IdentitySettings())) as made:
        yield made


async def refused(client: httpx2.AsyncClient, body: bytes) -> dict[str, dict[str, Any]]:
    answer = await client.post("/corps", content=body, headers=JSON)
    assert answer.status_code == 422
    return {fault["champ"]: fault for fault in answer.json()["erreurs"]}


async def test_a_lone_surrogate_is_named_by_its_place_beside_the_other_faults(client: httpx2.AsyncClient) -> None:
    faults = await refused(client, rb'{"titre": "\ud800", "part": "x"}')
    assert {champ: fault["code"] for champ, fault in faults.items()} == {
        "/titre": "CARACTERE_INTERDIT",
        "/part": "TYPE_INVALIDE",
    }


async def test_a_lone_surrogate_does_not_make_personal_data_come_back(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/corps", content=rb'{"identite": {"nom": "Dupont\ud800"}}', headers=JSON)
    assert answer.status_code == 422
    assert "Dupont" not in answer.text


async def test_an_unknown_field_is_compared_with_its_siblings(client: httpx2.AsyncClient) -> None:
    faults = await refused(client, b'{"periode": {"debut_prev": "x"}}')
    assert faults["/periode/debut_prev"]["attendu"] == ["debut"]


async def test_a_number_too_large_for_a_float_is_refused(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/corps", content=b'{"part": ' + b"9" * 400 + b"}", headers=JSON)
    assert answer.status_code == 400


@pytest.mark.parametrize("key", [r"\u0000", r"\ud800"])
async def test_a_key_that_nothing_can_store_is_refused(client: httpx2.AsyncClient, key: str) -> None:
    faults = await refused(client, b'{"contenu": {"' + key.encode() + b'": 1}}')
    assert [fault["code"] for fault in faults.values()] == ["CARACTERE_INTERDIT"]


async def test_a_place_is_a_json_pointer(client: httpx2.AsyncClient) -> None:
    assert list(await refused(client, rb'{"contenu": {"a/b~": "\u0000"}}')) == ["/contenu/a~1b~0"]


@pytest.mark.parametrize("path", ["/garde/a?limite=1&limite=2", "/garde/a?limite=%00", "/garde/a%00", "/garde/a?x=1"])
async def test_a_bad_parameter_never_hides_a_missing_credential(client: httpx2.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 401


@pytest.mark.parametrize("length", ["²".encode("latin-1"), b"9" * 5000])
async def test_an_odd_announced_length_is_never_a_failure(length: bytes) -> None:
    told: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(message: Any) -> None:
        told.append(message)

    app = build_app(name="essai", title="Essai", routers=[router], identity=IdentitySettings())
    headers = [(b"content-type", b"application/json"), (b"content-length", length)]
    scope = {"type": "http", "method": "POST", "path": "/corps", "query_string": b"", "headers": headers}
    await app(scope, receive, send)
    assert told[0]["status"] in (200, 413)


@pytest.mark.parametrize("claims", [{"scope": None}, {"scope": 5}, {"sources": None}, {"sources": 5}])
async def test_a_token_whose_claims_have_another_shape_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(NonAuthentifie):
        await tokens.identify(tokens.sign(**claims))


async def test_a_restriction_to_one_word_is_that_word() -> None:
    identite = await tokens.identify(tokens.sign(sources="caf"))
    assert identite is not None
    assert identite.sources == frozenset({"caf"})


@pytest.mark.parametrize("statement", ["CONNECTION LIMIT 0", "ALLOW_CONNECTIONS false"])
@pytest.mark.parametrize("path", ["/essais", "/sante/pret"])
async def test_a_database_that_takes_no_connection_is_a_503(own_base: Base, path: str, statement: str) -> None:
    url = own_base.url_of("catalogue").get_secret_value()
    await execute(own_base.server.owner_url, f"ALTER DATABASE {own_base.name} {statement}")
    app = build_app(
        name="essai",
        title="Essai",
        routers=[essais_router],
        identity=IdentitySettings(),
        make_engine=lambda: engine_for(url, schema="catalogue"),
    )
    async with client_of(app) as client:
        answer = await client.get(path)
    assert (answer.status_code, answer.headers.get("retry-after")) == (503, "5")


class Ligne(DataModel):
    nom: str


@pytest.mark.parametrize("content", ["? [a]\n: b", "nom: {{ nom }}", "nom: !!int x", "nom: !!timestamp x"])
def test_what_yaml_cannot_build_is_refused_in_words(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(content)
    with pytest.raises(DataFault) as refusal:
        read_model(path, Ligne)
    assert refusal.value.faults[0].startswith("a.yaml")


def entry(code: str, **more: str) -> dict[str, Any]:
    return {"code": code, "niveau": "commune", "certitude": "certain", "noms": [{"nom": code}], **more}


GONE = {"valide_au": "2020-12-31"}


@pytest.mark.parametrize(
    "entries",
    [
        [entry("A"), entry("A")],
        [entry("A", parent="ABSENT")],
        [entry("A", parent="B"), entry("B")],
        [entry("A", successeur="ABSENT", **GONE)],
        [entry("A", successeur="B", **GONE), entry("B", successeur="A", **GONE)],
        [entry("A", valide_du="2024-01-01", valide_au="2020-01-01")],
    ],
)
def test_a_tree_that_does_not_hold_together_is_refused(tmp_path: Path, entries: list[dict[str, Any]]) -> None:
    path = tmp_path / "territoires.yaml"
    path.write_text(json.dumps({"source": "essai", "partitions": [], "territoires": entries}))
    with pytest.raises(DataFault):
        read_arbre(path)


def test_what_is_removed_between_two_pages_repeats_nothing() -> None:
    class Chose(BaseModel):
        code: str

    curseur = Curseur("choses", Page(limite=2))
    first = slice_page([Chose(code=code) for code in "abcd"], "code", Page(limite=2), curseur)
    assert first.last_key is not None
    page = Page(limite=2, curseur=curseur.encode(first.last_key))
    second = slice_page([Chose(code=code) for code in "acd"], "code", page, curseur)
    assert [element["code"] for element in json.loads(second.elements)] == ["c", "d"]


async def test_a_crash_whose_process_number_was_given_to_another_is_recovered(tmp_path: Path) -> None:
    record = tmp_path / "postgresql" / "postmaster.pid"
    async with EmbeddedServer(tmp_path, durable=False).running():
        lines = record.read_text().splitlines()
    account = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
    with subprocess.Popen(["sleep", "60"], user=account) as other:  # noqa: ASYNC220 - only started
        try:
            record.write_text("\n".join([str(other.pid), *lines[1:]]) + "\n")
            async with EmbeddedServer(tmp_path, durable=False).running() as server:
                await execute(server.owner_url, "SELECT 1")
            assert other.poll() is None
        finally:
            other.kill()


async def test_data_of_a_very_old_server_are_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "postgresql").mkdir()
    (tmp_path / "postgresql" / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(EmbeddedServerError, match=r"9\.6"):
        async with EmbeddedServer(tmp_path).running():
            pass
