"""The pages: what anyone reads of the plan, in two languages, from three questions at most, whatever is away."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.cli.identity import DevelopmentIssuer
from gateway.pages.addresses import PAGES
from gateway.pages.app import create_pages
from gateway.pages.boards import count_states, read_cells
from gateway.pages.rendering import write_day
from gateway.settings import SERVICES, Settings
from gateway.upstreams import Upstream
from shared.errors import ServiceIndisponible
from tests.conftest import Base, client_of
from tests.gateway.whole import whole_product

READ = ("/", "/fiches/11", "/indicateurs/30.I1", "/recherche?q=logement", "/accessibilite", "/mentions-legales")


@pytest.fixture(scope="module")
async def client(base: Base, issuer: DevelopmentIssuer) -> AsyncIterator[httpx2.AsyncClient]:
    async with whole_product(base, issuer) as made:
        yield made


async def read(client: httpx2.AsyncClient, path: str, status: int = 200) -> str:
    answer = await client.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text


@pytest.mark.parametrize("path", READ)
async def test_a_page_is_confirmed_by_its_etag_and_lets_nothing_from_elsewhere_in(
    client: httpx2.AsyncClient, path: str
) -> None:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "set-cookie" not in answer.headers
    again = await client.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", READ)
async def test_a_page_is_french_by_default_and_english_by_choice(client: httpx2.AsyncClient, path: str) -> None:
    french = await read(client, path)
    assert '<html lang="fr">' in french
    english = await read(client, f"{path}{'&' if '?' in path else '?'}langue=en")
    assert '<html lang="en">' in english
    links = re.findall(r'href="(/[^"#]*)[^"]*"', english)
    kept = [link for link in links if not link.startswith("/statique/") and "hreflang" not in link]
    assert sum("langue=en" not in link for link in kept) == 1  # the one that goes back to French


async def test_the_first_page_shows_every_axis_objective_and_fiche_with_its_state(client: httpx2.AsyncClient) -> None:
    shown = await read(client, "/")
    plan = (await client.get("/v1/plan")).json()
    assert all(f'href="/fiches/{numero}"' in shown for numero in range(1, 39))
    assert [f'id="axe-{axe["code"]}"' in shown for axe in plan["axes"]] == [True] * 7
    fiches = (await client.get("/v1/fiches?limite=200")).json()["elements"]
    assert shown.count("en retard</strong>") == sum(fiche["en_retard"] for fiche in fiches)


@pytest.mark.parametrize("numero", range(1, 39))
async def test_every_fiche_has_a_page_with_its_actions_and_indicators(client: httpx2.AsyncClient, numero: int) -> None:
    shown = await read(client, f"/fiches/{numero}")
    fiche = (await client.get(f"/v1/fiches/{numero}")).json()
    assert all(f'id="{action["code"]}"' in shown for action in fiche["actions"])
    dated = [each for each in (*fiche["echeances"], *fiche["actions"]) if each["debut"] or each["fin"]]
    assert shown.count("<rect ") == len(dated)
    assert shown.count(f", page {fiche['pages']['debut']}") == sum(
        each["page"] == fiche["pages"]["debut"] for each in fiche["chiffres"]
    )
    for indicateur in fiche["indicateurs"]:
        assert f'href="/indicateurs/{indicateur["code"]}"' in shown
        await read(client, f"/indicateurs/{indicateur['code']}")


async def test_an_indicator_shows_its_limits_territories_and_parts(client: httpx2.AsyncClient) -> None:
    shown = await read(client, "/indicateurs/30.I1")
    for part in ("Définition et limites", "Métropole", "Villeurbanne", "format=csv", "format=parquet"):
        assert part in shown
    assert "Aucune donnée" in shown
    parts = await read(client, "/indicateurs/30.I1?par=public")
    assert "Bénéficiaires du RSA" in parts
    assert "Villeurbanne" not in parts


async def test_a_search_leads_to_pages_and_marks_what_it_found(client: httpx2.AsyncClient) -> None:
    shown = await read(client, "/recherche?q=rencontres+information+orientation")
    assert 'href="/fiches/11"' in shown
    assert "<mark>" in shown
    assert "<script>" not in await read(client, "/recherche?q=%3Cscript%3E")
    await read(client, "/recherche?q=" + "x" * 5000)


@pytest.mark.parametrize(
    "path", ["/fiches/999", "/fiches/abc", "/fiches/0", "/indicateurs/999.I1", "/indicateurs/é", "/statique/x"]
)
async def test_what_is_not_there_is_said_on_a_page(client: httpx2.AsyncClient, path: str) -> None:
    assert "Cette page n'existe pas" in await read(client, path, 404)


async def test_a_page_only_reads(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/")).status_code == 405


class Counting:
    """A service that counts what it is asked, or that is away."""

    def __init__(self, app: ASGIApp | None) -> None:
        self.app, self.asked = app, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        if self.app is None:
            raise ServiceIndisponible
        await self.app(scope, receive, send)


@asynccontextmanager
async def portal(services: dict[str, Any]) -> AsyncIterator[httpx2.AsyncClient]:
    upstreams: dict[str, Upstream] = services
    async with client_of(create_pages(Settings(), upstreams)) as made:  # type: ignore[arg-type]
        yield made


@pytest.fixture(scope="module")
def services(catalogue: httpx2.AsyncClient, indicators: httpx2.AsyncClient) -> dict[str, ASGIApp]:
    return {"catalogue": app_of(catalogue), "indicators": app_of(indicators)}


def app_of(client: httpx2.AsyncClient) -> ASGIApp:
    app: ASGIApp = client._transport.app  # type: ignore[attr-defined]
    return app


@pytest.mark.parametrize("path", READ)
async def test_a_page_asks_three_questions_at_most(services: dict[str, ASGIApp], path: str) -> None:
    counted = {name: Counting(services.get(name)) for name in SERVICES}
    async with portal(counted) as pages:
        await read(pages, path)
    assert sum(each.asked for each in counted.values()) <= 3


@pytest.mark.parametrize("absent", ["catalogue", "indicators"])
@pytest.mark.parametrize("path", READ)
async def test_a_service_that_is_away_leaves_its_part_saying_so_and_nothing_else_breaks(
    services: dict[str, ASGIApp], path: str, absent: str
) -> None:
    counted = {name: Counting(None if name == absent else services.get(name)) for name in SERVICES}
    async with portal(counted) as pages:
        answer = await pages.get(path)
    assert answer.status_code == 200
    asked = counted[absent].asked > 0
    assert ("ne répond" in answer.text or "ne répondent" in answer.text) == asked
    assert (answer.headers["cache-control"] == "no-store") == asked


def test_every_page_has_an_address_that_the_door_knows() -> None:
    routes = {route.path for route in create_pages(Settings(), {}).routes}  # type: ignore[attr-defined]
    assert routes == set(PAGES)


def test_days_are_written_as_they_are_read_aloud() -> None:
    assert write_day("2022-03-01", "fr") == "1er mars 2022"
    assert write_day("2022-03-01", "en") == "1 March 2022"
    assert write_day("2026-12-31T23:30:00+00:00", "fr") == "1er janvier 2027"
    assert write_day(None, "fr") == "—"


def grandeur(valeur: float | None, *atteintes: bool | None) -> dict[str, Any]:
    return {"constat": {"valeur": valeur}, "cibles": [{"atteinte": each} for each in atteintes]}


def test_quantities_are_counted_by_the_last_target_that_is_judged() -> None:
    known = [grandeur(None, True), grandeur(0), grandeur(1, None), grandeur(1, False, True, None), grandeur(1, False)]
    counted = count_states([{"grandeurs": known}])
    assert (counted.atteintes, counted.en_chemin, counted.sans_cible, counted.sans_valeur) == (1, 1, 2, 1)


def test_a_table_of_cells_keeps_hidden_ones_and_their_places() -> None:
    def cell(territoire: str, periode: str, valeur: float | None) -> dict[str, Any]:
        return {"territoire": territoire, "periode": periode, "valeur": valeur, "ventilation": {}}

    cells = [cell("69M", "2024", 5), cell("69M", "2025", None), cell("69266", "2025", 3)]
    table = read_cells({"elements": cells, "publie_le": None}, None)
    assert table is not None
    assert (table.periodes, table.greatest_of(table.lignes)) == (("2024", "2025"), 5)
    assert [ligne.cellules for ligne in table.lignes] == [(cells[0], cells[1]), (None, cells[2])]
    assert [ligne.titre for ligne in table.at("commune")] == ["69266"]
