"""Loading definitions: what is unchanged stays, what changed becomes a version, measurements keep their number."""

import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest
import time_machine

from services.indicators.app import create_app
from services.indicators.definition_files import DATA
from services.indicators.load import CATALOGUE_DATA, load
from services.indicators.settings import Settings
from shared.data_files import DataFault
from shared.settings import IdentitySettings
from shared.versions import Rapport
from tests.conftest import Base, client_of
from tests.indicators.calls import put
from tests.processes import ROOT

SMALL_PLAN = ROOT / "tests" / "data" / "petit-plan"
SMALL = {"plan": "pdi-exemple-2025-2027"}
PLAN_TARGET = "/v1/cibles/30.I3.a/69M/2023"
Bearer = Callable[[str], dict[str, str]]


@pytest.fixture
def plan_dir(tmp_path: Path) -> Path:
    """A copy of the Métropole's files that a test may correct."""
    shutil.copytree(CATALOGUE_DATA, tmp_path / "catalogue")
    shutil.copytree(DATA, tmp_path / "indicators")
    return tmp_path


@pytest.fixture
def small_plan(tmp_path: Path) -> Path:
    """A copy of the small plan that a test may correct."""
    return Path(shutil.copytree(SMALL_PLAN, tmp_path / "petit-plan"))


@pytest.fixture
async def client(own_base: Base, identity: IdentitySettings) -> AsyncIterator[httpx2.AsyncClient]:
    app = create_app(Settings(database_url=own_base.url_of("indicators"), identity=identity))
    async with client_of(app) as made:
        yield made


async def load_from(base: Base, plan_dir: Path | None = None) -> Rapport:
    return await load(Settings(database_url=base.url_of("indicators"), plan_dir=plan_dir))


def counts(report: Rapport) -> tuple[int, int, int]:
    return report.crees, report.modifies, report.retires


def correct(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def add_version(file: Path, code: str, following: str, changes: Mapping[str, str]) -> None:
    """Copy the definition of ``code`` after itself as version 2, with ``changes``."""
    text = file.read_text(encoding="utf-8")
    start, end = text.index(f"- code: {code}\n"), text.index(f"- code: {following}\n")
    copy = text[start:end].rstrip().removesuffix("-").rstrip()
    for old, new in changes.items():
        assert old in copy
        copy = copy.replace(old, new, 1)
    head, rest = copy.split("\n", 1)
    again = f"{head}\n        version: 2\n        valide_du: 2027-01-01\n{rest}\n      "
    file.write_text(text[:end] + again + text[end:], encoding="utf-8")


async def definitions_of(base: Base, code: str) -> list[tuple[int, int]]:
    connection = await asyncpg.connect(base.owner_url.replace("postgresql+asyncpg", "postgresql"))
    try:
        query = "SELECT version, id FROM indicators.definition WHERE grandeur = $1 ORDER BY version"
        return [tuple(row) for row in await connection.fetch(query, code)]
    finally:
        await connection.close()


async def read(client: httpx2.AsyncClient, path: str, **params: str) -> Any:
    answer = await client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_loading_twice_changes_nothing(own_base: Base, client: httpx2.AsyncClient) -> None:
    paths = ("/v1/indicateurs?limite=200", "/v1/indicateurs/30.I1", "/v1/grandeurs/11.I1.a", "/v1/cibles")
    before = [(await client.get(path)).content for path in paths]
    numbers = await definitions_of(own_base, "30.I1.a")
    report = await load_from(own_base)
    assert (*counts(report), report.inchanges) == (0, 0, 0, 1 + 133 + 288 + 6)
    assert [(await client.get(path)).content for path in paths] == before
    assert await definitions_of(own_base, "30.I1.a") == numbers


async def test_a_corrected_definition_closes_a_version_and_opens_another_of_the_same_number(
    own_base: Base, client: httpx2.AsyncClient, plan_dir: Path
) -> None:
    old = await read(client, "/v1/grandeurs/11.I1.a")
    numbers = await definitions_of(own_base, "11.I1.a")
    instant = datetime.now(UTC)
    correct(plan_dir / "indicators" / "fiches" / "11.yaml", "Personnes entrées en RIO collective", "Personnes vues")
    report = await load_from(own_base, plan_dir)
    assert counts(report) == (0, 1, 0)
    assert report.noms == ["grandeur 11.I1.a#1"]
    assert (await read(client, "/v1/grandeurs/11.I1.a"))["libelle"] == "Personnes vues"
    assert (await read(client, "/v1/indicateurs/11.I1"))["grandeurs"][0]["libelle"] == "Personnes vues"
    assert await read(client, "/v1/grandeurs/11.I1.a", au=instant.isoformat()) == old
    assert await definitions_of(own_base, "11.I1.a") == numbers


async def test_a_second_definition_has_a_number_of_its_own_and_ends_the_first_the_day_before(
    own_base: Base, client: httpx2.AsyncClient, plan_dir: Path
) -> None:
    instant = datetime.now(UTC)
    numbers = await definitions_of(own_base, "11.I1.a")
    changes = {"Personnes entrées en RIO collective": "Présences", "nature: personnes-distinctes": "nature: flux"}
    add_version(plan_dir / "indicators" / "fiches" / "11.yaml", "11.I1.a", "11.I1.b", changes)
    report = await load_from(own_base, plan_dir)
    assert counts(report) == (1, 1, 0)
    (first, second) = await definitions_of(own_base, "11.I1.a")
    assert [first] == numbers
    assert second[0] == 2
    assert second[1] != first[1]
    dates = [
        {"version": 1, "valide_du": None, "valide_au": "2026-12-31"},
        {"version": 2, "valide_du": "2027-01-01", "valide_au": None},
    ]
    for day, nature in (("2026-12-31T12:00:00+01:00", "personnes-distinctes"), ("2027-01-01T00:30:00+01:00", "flux")):
        with time_machine.travel(datetime.fromisoformat(day), tick=False):
            served = await read(client, "/v1/grandeurs/11.I1.a")
            (listed, _) = (await read(client, "/v1/indicateurs/11.I1"))["grandeurs"]
        assert (served["nature"], listed["nature"], served["definitions"]) == (nature, nature, dates)
        assert served["definition"] == listed["definition"] == dates[nature == "flux"]
    before = await read(client, "/v1/grandeurs/11.I1.a", au=instant.isoformat())
    assert before["definitions"] == [{"version": 1, "valide_du": None, "valide_au": None}]
    assert counts(await load_from(own_base, plan_dir)) == (0, 0, 0)


async def test_a_quantity_taken_away_leaves_the_present_and_keeps_its_number_when_it_comes_back(
    own_base: Base, client: httpx2.AsyncClient, plan_dir: Path
) -> None:
    instant = datetime.now(UTC)
    numbers = await definitions_of(own_base, "38.I1.a")
    file = plan_dir / "indicators" / "fiches" / "38.yaml"
    away = file.rename(plan_dir / "38.yaml")
    report = await load_from(own_base, plan_dir)
    assert (report.crees, report.modifies) == (0, 0)
    assert (await client.get("/v1/grandeurs/38.I1.a")).status_code == 404
    assert (await read(client, "/v1/indicateurs/38.I1"))["grandeurs"] == []
    assert (await read(client, "/v1/grandeurs/38.I1.a", au=instant.isoformat()))["code"] == "38.I1.a"
    away.rename(file)
    assert (await load_from(own_base, plan_dir)).crees == report.retires
    assert await definitions_of(own_base, "38.I1.a") == numbers


async def test_a_target_that_people_have_set_is_never_overwritten(
    own_base: Base, client: httpx2.AsyncClient, bearer: Bearer, plan_dir: Path
) -> None:
    said = await put(client, PLAN_TARGET, {"valeur": 95, "commentaire": "Révisée"}, bearer("pilote"))
    assert said.status_code == 200, said.text
    assert counts(await load_from(own_base)) == (0, 0, 0)
    correct(plan_dir / "indicators" / "fiches" / "30.yaml", '- valeur: "80"', '- valeur: "85"')
    assert counts(await load_from(own_base, plan_dir)) == (0, 0, 0)
    assert (await client.get(PLAN_TARGET)).content == said.content


async def test_a_target_of_the_plan_follows_its_file_until_people_set_it(
    own_base: Base, client: httpx2.AsyncClient, plan_dir: Path
) -> None:
    before = await read(client, PLAN_TARGET)
    instant = datetime.now(UTC)
    correct(plan_dir / "indicators" / "fiches" / "30.yaml", '- valeur: "80"', '- valeur: "85"')
    assert counts(await load_from(own_base, plan_dir)) == (0, 1, 0)
    now = await read(client, PLAN_TARGET)
    assert (before["valeur"], now["valeur"], now["origine"], now["page"]) == (80, 85, "plan", 77)
    assert await read(client, PLAN_TARGET, au=instant.isoformat()) == before


async def test_a_definition_copied_with_its_targets_sets_them_once(
    own_base: Base, client: httpx2.AsyncClient, plan_dir: Path
) -> None:
    add_version(plan_dir / "indicators" / "fiches" / "30.yaml", "30.I3.a", "30.I3.b", {})
    assert counts(await load_from(own_base, plan_dir)) == (1, 1, 0)
    assert (await read(client, "/v1/cibles", grandeur="30.I3.a"))["total"] == 1


async def test_a_plan_of_its_own_is_loaded_with_its_quantities_dimensions_and_targets(
    own_base: Base, client: httpx2.AsyncClient
) -> None:
    report = await load_from(own_base, SMALL_PLAN)
    assert (report.plan, *counts(report)) == ("pdi-exemple-2025-2027", 1 + 2 + 13 + 2, 0, 0)
    assert counts(await load_from(own_base, SMALL_PLAN)) == (0, 0, 0)
    detail = await read(client, "/v1/indicateurs/1.I1", **SMALL)
    assert [each["code"][-1] for each in detail["grandeurs"]] == list("abcdefgh")
    assert [(each["valeur"], each["page"]) for each in detail["references"]] == [(10.5, 1)]
    median = await read(client, "/v1/grandeurs/1.I1.c", **SMALL)
    assert median["tranches"] == {"grandeur": "1.I1.b", "ventilation": "attente"}
    targets = (await read(client, "/v1/cibles", **SMALL))["elements"]
    assert [(each["periode"], each["valeur"]) for each in targets] == [("2025", 400), ("2027", 1200)]
    ours = await read(client, "/v1/indicateurs/1.I1", plan="pmie-2022-2026")
    assert ours["libelle"] != detail["libelle"]
    assert counts(await load_from(own_base)) == (0, 0, 0)


async def test_a_plan_without_definitions_is_loaded_with_its_labels_alone(
    own_base: Base, client: httpx2.AsyncClient, small_plan: Path
) -> None:
    shutil.rmtree(small_plan / "indicators")
    assert counts(await load_from(own_base, small_plan)) == (3, 0, 0)
    detail = await read(client, "/v1/indicateurs/2.I1", **SMALL)
    assert (detail["libelle"], detail["grandeurs"], detail["references"]) == ("Nombre de réunions tenues", [], [])
    assert counts(await load_from(own_base, SMALL_PLAN)) == (13 + 2, 0, 0)


async def test_a_faulty_file_is_refused_whole(own_base: Base, client: httpx2.AsyncClient, plan_dir: Path) -> None:
    before = (await client.get("/v1/indicateurs/11.I1")).content
    fiches = plan_dir / "indicators" / "fiches"
    correct(fiches / "11.yaml", "Personnes entrées en RIO collective", "Personnes vues")
    correct(fiches / "30.yaml", "nature: flux", "nature: flot")
    (fiches / "31.yaml").write_text("fiche: [", encoding="utf-8")
    with pytest.raises(DataFault) as refused:
        await load_from(own_base, plan_dir)
    assert [fault.split(" : ")[0] for fault in refused.value.faults] == ["30.yaml", "31.yaml"]
    assert (await client.get("/v1/indicateurs/11.I1")).content == before
