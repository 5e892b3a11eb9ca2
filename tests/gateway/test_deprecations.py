"""Announced removals: the table says it once, the document and the door repeat it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.types import Receive, Scope, Send

from gateway.contract_parts import ContractConflictError
from gateway.deprecations import announcing, mark_removals, read_removals
from gateway.docs import render_contract
from tests.gateway.contract import DOCUMENT

ENTRY = """
- operation: catalogue_read_fiche
  methode: get
  chemin: /v1/fiches/{numero}
  deprecie_le: 2027-01-04
  retire_le: 2027-09-01
  remplacement: /docs#catalogue_read_fiche
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "retraits.yaml"
    path.write_text(ENTRY, encoding="utf-8")
    return path


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"etag", b'"a"')]})
    await send({"type": "http.response.body", "body": b"{}"})


def test_nothing_is_announced_today_and_the_door_is_then_left_as_it_is() -> None:
    assert read_removals() == []
    assert announcing(answer) is answer


async def test_an_announced_operation_says_since_when_until_when_and_what_replaces_it(table: Path) -> None:
    app = announcing(answer, read_removals(table))
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        for method in ("GET", "HEAD"):
            headers = (await client.request(method, "/v1/fiches/11")).headers
            assert headers["deprecation"] == f"@{int(datetime(2027, 1, 4, tzinfo=UTC).timestamp())}"
            assert headers["sunset"] == "Wed, 01 Sep 2027 00:00:00 GMT"
            assert headers["link"] == '</docs#catalogue_read_fiche>; rel="successor-version"'
            assert headers["etag"] == '"a"'
        for method, path in (("PATCH", "/v1/fiches/11"), ("GET", "/v1/fiches"), ("GET", "/v1/fiches/11/historique")):
            assert "deprecation" not in (await client.request(method, path)).headers


def test_the_document_and_its_page_say_it_too(table: Path) -> None:
    document: dict[str, Any] = json.loads(json.dumps(DOCUMENT))
    mark_removals(document, read_removals(table))
    operation = document["paths"]["/v1/fiches/{numero}"]["get"]
    assert (operation["deprecated"], operation["x-retire-le"]) == (True, "2027-09-01")
    assert {"Deprecation", "Sunset"} <= set(operation["responses"]["200"]["headers"])
    assert "Annoncée au retrait." in render_contract(document)
    assert "Annoncée au retrait." not in render_contract(DOCUMENT)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("2027-09-01", "2027-06-01", "six mois"),
        ("catalogue_read_fiche\n  methode", "catalogue_read_rien\n  methode", "catalogue_read_rien"),
        ("methode: get", "methode: patch", "catalogue_read_fiche"),
    ],
)
def test_an_announcement_too_short_or_of_nothing_is_refused(table: Path, old: str, new: str, told: str) -> None:
    table.write_text(ENTRY.replace(old, new), encoding="utf-8")
    with pytest.raises(ContractConflictError, match=told):
        mark_removals(json.loads(json.dumps(DOCUMENT)), read_removals(table))
