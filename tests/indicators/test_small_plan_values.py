"""Values of another plan, which has the natures that ours has not and changes a definition in the middle of a year."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.indicators import jobs
from services.indicators.app import create_app
from services.indicators.load import load
from services.indicators.models import SCHEMA
from services.indicators.settings import Settings
from shared.database import engine_of
from shared.settings import IdentitySettings
from tests.conftest import MakeBase, client_of
from tests.indicators.readings import PUBLIC, Cell, give, read
from tests.processes import ROOT

Key = dict[str, str]
PLAN = "pdi-exemple-2025-2027"
SECOND_VERSION = """
      - code: 2.I1.a
        version: 2
        valide_du: 2025-06-01
        libelle: "Réunions tenues, en ligne comprises"
        nature: flux
        unite: réunions
        sens: hausse
        producteur: ateliers-du-lac
        methode: "Réunions d'acteurs d'un bassin tenues dans la période, en ligne ou non."
        limites: "Une réunion annulée faute de participants ne compte pas."
"""
MONTHS = [f"2025-{month:02d}" for month in range(1, 13)]


@pytest.fixture(scope="module")
def plan_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small plan, with a quantity whose definition changes on 1 June 2025."""
    copy = Path(shutil.copytree(ROOT / "tests/data/petit-plan", tmp_path_factory.mktemp("plan") / "plan"))
    path = copy / "indicators/fiches/02.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("      - code: 2.I1.b", f"{SECOND_VERSION.lstrip()}      - code: 2.I1.b", 1).replace(
            "- code: 2.I1.a\n        version", "      - code: 2.I1.a\n        version"
        ),
        encoding="utf-8",
    )
    return copy


@pytest.fixture(scope="module")
async def settings(plan_dir: Path, make_base: MakeBase, identity: IdentitySettings) -> AsyncIterator[Settings]:
    async with make_base() as base:
        url = base.url_of("indicators")
        found = Settings.model_validate({"database_url": url, "SPIE_PLAN_DIR": plan_dir, "identity": identity})
        await load(found)
        yield found


@pytest.fixture(scope="module")
async def client(settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(create_app(settings)) as made:
        yield made


@pytest.fixture
async def publish(settings: Settings, plan_dir: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    monkeypatch.setenv("SPIE_PLAN_DIR", str(plan_dir))
    engine = engine_of(settings, SCHEMA)
    yield lambda: jobs.publish(engine, {})
    await engine.dispose()


async def read_both(
    client: httpx2.AsyncClient, pilot: Key, grandeur: str, **asked: str
) -> tuple[list[Cell], list[Cell]]:
    """Return the raw cells and the published ones."""
    raw = await read(client, pilot, grandeur, plan=PLAN, **asked)
    return raw, await read(client, PUBLIC, grandeur, plan=PLAN, **asked)


async def test_a_period_across_two_definitions_has_no_value(
    client: httpx2.AsyncClient, publish: Any, partner: Key, pilot: Key
) -> None:
    await give(client, partner, "2.I1.a", {f"69266 {month}": 1 for month in MONTHS}, plan=PLAN)
    await publish()
    for cells in await read_both(client, pilot, "2.I1.a", territoire="69266", periode="2025-Q1..2025-Q4,2025"):
        assert [(cell["definition"], cell["valeur"], cell["motif"]) for cell in cells] == [
            (1, 3, None),
            (1, None, "NON_AGREGEABLE"),
            (2, 3, None),
            (2, 3, None),
            (1, None, "NON_AGREGEABLE"),
        ]


async def test_a_rate_is_per_inhabitant_of_one_vintage(
    client: httpx2.AsyncClient, publish: Any, partner: Key, pilot: Key
) -> None:
    rows = {f"{code} {month}": {"numerateur": 100} for code in ("69266",) for month in MONTHS[:3]}
    await give(client, partner, "1.I1.g", rows, plan=PLAN)
    await publish()
    for cells in await read_both(client, pilot, "1.I1.g", territoire="69266", periode="2025-01,2025-Q1"):
        month, quarter = cells
        assert quarter["numerateur"] == 3 * month["numerateur"] == 300
        assert month["denominateur"] == quarter["denominateur"] > 100_000
        assert month["valeur"] == round(1000 * 100 / month["denominateur"], 1)
        assert month["composants"] == {"population_millesime": "2026"}


async def test_a_running_total_is_the_last_one_never_their_sum(
    client: httpx2.AsyncClient, publish: Any, partner: Key, pilot: Key
) -> None:
    rows = {f"69266 {month}": 10 * rang for rang, month in enumerate(MONTHS, 1)}
    await give(client, partner, "1.I1.h", rows, plan=PLAN)
    await publish()
    for cells in await read_both(client, pilot, "1.I1.h", territoire="69266", periode="2025-Q1,2025-Q2,2025"):
        assert [cell["valeur"] for cell in cells] == [30, 60, 120]


async def test_a_median_is_interpolated_from_its_buckets(client: httpx2.AsyncClient, partner: Key, pilot: Key) -> None:
    rows = {f"69266 2025-01 attente:{code}": 10 for code in ("moins-de-10", "10-19", "20-39", "40-et-plus")}
    await give(client, partner, "1.I1.b", rows, plan=PLAN)
    (cell,) = await read(client, pilot, "1.I1.c", plan=PLAN, territoire="69266", periode="2025-01")
    assert (cell["valeur"], cell["statut"]) == (20, "e")
