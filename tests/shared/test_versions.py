"""What was known when: versions are added and closed, never changed, and one is current at most."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.indicators.models import IndicateurVersion
from shared.database import engine_for, transaction
from shared.versions import Rapport, VersionLoader, known
from tests.conftest import Base

BEGIN = datetime(2026, 1, 1, 12, tzinfo=UTC)
Row = tuple[Any, ...]
"""Code, version, label, known from, known until."""


def at(hours: int) -> datetime:
    return BEGIN + timedelta(hours=hours)


def indicateurs(**labels: str) -> dict[str, dict[str, Any]]:
    return {
        code: {"code": code, "fiche": 1, "rang": rang, "axe": "1", "contenu": {"libelle": label}}
        for rang, (code, label) in enumerate(labels.items(), 1)
    }


@pytest.fixture(scope="module")
async def engine(base: Base) -> AsyncIterator[AsyncEngine]:
    url: SecretStr = base.url_of("indicators")
    made = engine_for(url.get_secret_value(), schema="indicators")
    yield made
    await made.dispose()


@pytest.fixture
def plan(request: pytest.FixtureRequest) -> str:
    """A plan of this test alone."""
    return str(request.node.name)


async def load(engine: AsyncEngine, plan: str, hour: int, **labels: str) -> Rapport:
    async with transaction(engine) as session:
        loader = VersionLoader(session, plan, at(hour))
        await loader.replace(IndicateurVersion, "code", indicateurs(**labels))
        return loader.rapport


async def rows(engine: AsyncEngine, plan: str, condition: str = "true", **parameters: Any) -> Sequence[Row]:
    query = f"""SELECT code, version, contenu->>'libelle', connu_du, connu_au FROM indicateur_version i
        WHERE plan = :plan AND {condition} ORDER BY code, connu_du"""
    async with transaction(engine) as session:
        return [tuple(row) for row in await session.execute(text(query), {"plan": plan, **parameters})]


async def test_a_first_load_makes_versions_1(engine: AsyncEngine, plan: str) -> None:
    rapport = await load(engine, plan, 0, a="Un", b="Deux")
    assert (rapport.crees, rapport.modifies, rapport.retires, rapport.inchanges) == (2, 0, 0, 0)
    assert await rows(engine, plan) == [("a", 1, "Un", at(0), None), ("b", 1, "Deux", at(0), None)]


async def test_loading_the_same_twice_changes_nothing(engine: AsyncEngine, plan: str) -> None:
    await load(engine, plan, 0, a="Un", b="Deux")
    before = await rows(engine, plan)
    rapport = await load(engine, plan, 1, a="Un", b="Deux")
    assert (rapport.a_change, rapport.inchanges) == (False, 2)
    assert await rows(engine, plan) == before


async def test_a_change_gives_version_2_and_closes_version_1(engine: AsyncEngine, plan: str) -> None:
    await load(engine, plan, 0, a="Un", b="Deux")
    rapport = await load(engine, plan, 1, a="Premier", b="Deux")
    assert (rapport.crees, rapport.modifies, rapport.retires, rapport.inchanges) == (0, 1, 0, 1)
    assert rapport.noms == ["indicateur a"]
    assert await rows(engine, plan) == [
        ("a", 1, "Un", at(0), at(1)),
        ("a", 2, "Premier", at(1), None),
        ("b", 1, "Deux", at(0), None),
    ]


async def test_a_removal_closes_and_adds_nothing(engine: AsyncEngine, plan: str) -> None:
    await load(engine, plan, 0, a="Un", b="Deux")
    rapport = await load(engine, plan, 1, a="Un")
    assert (rapport.crees, rapport.modifies, rapport.retires, rapport.inchanges) == (0, 0, 1, 1)
    assert await rows(engine, plan) == [("a", 1, "Un", at(0), None), ("b", 1, "Deux", at(0), at(1))]


async def test_what_comes_back_is_a_new_version_known_from_then_on(engine: AsyncEngine, plan: str) -> None:
    for hour, labels in enumerate([{"a": "Un"}, {}, {"a": "Un"}]):
        await load(engine, plan, hour, **labels)
    assert await rows(engine, plan) == [("a", 1, "Un", at(0), at(1)), ("a", 2, "Un", at(2), None)]


async def test_each_instant_knows_the_state_of_its_time(engine: AsyncEngine, plan: str) -> None:
    states: list[dict[str, str]] = [{"a": "Un"}, {"a": "Premier", "b": "Deux"}, {"b": "Deux"}]
    for hour, labels in enumerate(states):
        await load(engine, plan, hour, **labels)
    assert await rows(engine, plan, known("i"), au=at(-1)) == []
    for hour, labels in enumerate(states):
        for moment in (at(hour), at(hour + 1) - timedelta(seconds=1)):
            found = await rows(engine, plan, known("i"), au=moment)
            assert {code: label for code, _, label, *_ in found} == labels


async def test_another_plan_is_left_alone(engine: AsyncEngine, plan: str) -> None:
    await load(engine, f"{plan} bis", 0, a="Un")
    await load(engine, plan, 1, b="Deux")
    assert [row[0] for row in await rows(engine, f"{plan} bis", "connu_au IS NULL")] == ["a"]


async def test_a_replacement_gives_the_pairs_that_differ(engine: AsyncEngine, plan: str) -> None:
    await load(engine, plan, 0, a="Un", b="Deux", c="Trois")
    async with transaction(engine) as session:
        loader = VersionLoader(session, plan, at(1))
        pairs = await loader.replace(
            IndicateurVersion, "code", indicateurs(a="Un", b="Second") | indicateurs(d="Quatre")
        )
        shown = [(new and (new.code, new.version), old and (old.code, old.version)) for new, old in pairs]
    assert shown == [(("b", 2), ("b", 1)), (None, ("c", 1)), (("d", 1), None)]


async def test_only_one_version_of_a_key_is_current(engine: AsyncEngine, plan: str) -> None:
    await load(engine, plan, 0, a="Un")
    with pytest.raises(IntegrityError, match="indicateur_version_courant_key"):
        async with transaction(engine) as session:
            session.add(IndicateurVersion(plan=plan, version=2, connu_du=at(1), **indicateurs(a="Deux")["a"]))
    assert len(await rows(engine, plan)) == 1


async def test_a_load_that_fails_leaves_everything_as_it_was(engine: AsyncEngine, plan: str) -> None:
    await load(engine, plan, 0, a="Un", b="Deux")
    before = await rows(engine, plan)
    wanted = indicateurs(a="Premier", c="Trois")
    wanted["c"]["contenu"] = {"libelle": "nul \0"}
    with pytest.raises(Exception, match="unsupported Unicode escape"):
        async with transaction(engine) as session:
            await VersionLoader(session, plan, at(1)).replace(IndicateurVersion, "code", wanted)
    assert await rows(engine, plan) == before


def test_a_report_counts_and_names_the_first_five() -> None:
    rapport = Rapport("pmie", crees=1, modifies=6, inchanges=2, noms=[f"fiche {rank}" for rank in range(6)])
    assert str(rapport) == (
        "pmie : 1 documents créés, 6 modifiés, 0 retirés, 2 inchangés (fiche 0, fiche 1, fiche 2, fiche 3, fiche 4…)"
    )
    assert "(" not in str(Rapport("pmie", inchanges=3))
