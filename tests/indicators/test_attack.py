"""Everything that is published of a unit, against an outsider who has a solver and knows every sum that binds it.

Nothing of the product is used but what it answers over HTTP: which cells are hidden, and what the others say.
"""

import itertools
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import highspy
import httpx2
import numpy as np
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.indicators import jobs
from services.indicators.models import SCHEMA
from services.indicators.settings import Settings
from shared.database import engine_of
from tests.conftest import Base
from tests.indicators.calls import post
from tests.indicators.readings import PUBLIC, give, read

Key = dict[str, str]
Cle = tuple[str, str, str]
"""Territory, period, sex (empty for all)."""
Table = Mapping[Cle, float]
Groupe = tuple[Cle, list[Cle]]
SEXES = ("F", "H")
LOTS_OF = 1e6
SLACK = 1e-6


class Attacker:
    """What may be thought of one quantity: the tables that agree with all that is shown."""

    def __init__(self, shown: Table, hidden: Sequence[Cle], groupes: Iterable[Groupe]) -> None:
        self.place = {cle: rang for rang, cle in enumerate(hidden)}
        count = len(hidden)
        self.model = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, value in (("output_flag", False), ("threads", 1)):
            self.model.setOptionValue(option, value)
        self.model.addVars(2 * count, np.zeros(2 * count), np.full(2 * count, LOTS_OF))
        for rang in range(count):
            # The second unknown is how far the first one goes: never above it, or never under it less one.
            self._add({rang: 1.0, count + rang: -1.0}, 0.0, highspy.kHighsInf)
        for parent, parts in groupes:
            self._learn(shown, parent, parts)

    def _learn(self, shown: Table, parent: Cle, parts: Sequence[Cle]) -> None:
        terms: dict[int, float] = defaultdict(float)
        known = 0.0
        for cle, sign in ((parent, 1.0), *((part, -1.0) for part in parts)):
            if cle in self.place:
                terms[self.place[cle]] += sign
            else:
                known += sign * shown[cle]
        if terms:
            self._add(terms, -known, -known)

    def _add(self, terms: Mapping[int, float], low: float, high: float) -> None:
        places, signs = np.array(list(terms), dtype=np.int32), np.array(list(terms.values()))
        self.model.addRow(low, high, len(terms), places, signs)

    def cannot_reach(self, cible: float, *, least: float = 0) -> list[Cle]:
        """Return the hidden cells that cannot be as much as ``cible``, were each of them ``least`` or more."""
        count = len(self.place)
        for rang in range(count):
            self.model.changeColBounds(rang, least, LOTS_OF)
            self.model.changeRowBounds(rang, 0.0, highspy.kHighsInf)
            self.model.changeColBounds(count + rang, 0.0, cible)
        return self._search(highspy.ObjSense.kMaximize, lambda table: table >= cible - SLACK)

    def cannot_fall(self, cible: float) -> list[Cle]:
        """Return the hidden cells that cannot be as little as ``cible``."""
        count = len(self.place)
        for rang in range(count):
            self.model.changeColBounds(rang, 0.0, LOTS_OF)
            self.model.changeRowBounds(rang, -highspy.kHighsInf, cible)
            self.model.changeColBounds(count + rang, 0.0, LOTS_OF)
        return self._search(highspy.ObjSense.kMinimize, lambda table: table <= cible + SLACK)

    def _search(self, sense: Any, is_met: Any) -> list[Cle]:
        """Try all of those left together as long as it helps, then each alone: what is left then is proven."""
        self.model.changeObjectiveSense(sense)
        left = set(range(len(self.place)))
        together = True
        proven = set[int]()
        while left - proven:
            aimed = left if together else {min(left - proven)}
            met = is_met(self._solve(aimed))
            before = len(left)
            left = {rang for rang in left if not met[rang]}
            if not together and not left.isdisjoint(aimed):
                proven |= aimed
            together = together and len(left) < 0.98 * before
        names = list(self.place)
        return [names[rang] for rang in sorted(proven)]

    def _solve(self, aimed: Iterable[int]) -> Any:
        count = len(self.place)
        costs = np.zeros(2 * count)
        costs[[count + rang for rang in aimed]] = 1.0
        self.model.changeColsCost(2 * count, np.arange(2 * count, dtype=np.int32), costs)
        self.model.run()
        status = self.model.getModelStatus()
        assert status == highspy.HighsModelStatus.kOptimal, self.model.modelStatusToString(status)
        return np.array(self.model.getSolution().col_value[:count])


@pytest.fixture
async def engine(base: Base) -> AsyncIterator[AsyncEngine]:
    made = engine_of(Settings(database_url=base.url_of("indicators")), SCHEMA)
    yield made
    await made.dispose()


async def draw_tree(client: httpx2.AsyncClient, grandeur: str) -> dict[str, list[str]]:
    """Return the parts of each territory that has some, as the interface tells them."""
    tree: dict[str, list[str]] = {}
    waiting = ["69M"]
    for code in waiting:  # grows as it goes
        parts = await read(client, PUBLIC, grandeur, territoire=f"{code}:enfants", periode="2025", champs="territoire")
        if parts:
            tree[code] = [part["territoire"] for part in parts]
            waiting += tree[code]
    return tree


def calendar(months: int) -> dict[str, list[list[str]]]:
    """Return the ways to add up each longer period: a quarter, or a whole year."""
    every = [f"2025-{month:02d}" for month in range(1, months + 1)]
    quarters = [f"2025-Q{rang}" for rang in range(1, months // 3 + 1)]
    ways = {quarter: [every[3 * rang : 3 * rang + 3]] for rang, quarter in enumerate(quarters)}
    if months == 12:
        for rang in range(2):
            ways[f"2025-S{rang + 1}"] = [every[6 * rang : 6 * rang + 6], quarters[2 * rang : 2 * rang + 2]]
        ways["2025"] = [every, quarters, ["2025-S1", "2025-S2"]]
    return ways


def bind(tree: Mapping[str, Sequence[str]], ways: Mapping[str, Sequence[Sequence[str]]]) -> Iterator[Groupe]:
    """Yield every sum that an outsider can do."""
    sites = {*tree, *itertools.chain.from_iterable(tree.values())}
    periodes = {*ways, *itertools.chain.from_iterable(itertools.chain.from_iterable(ways.values()))}
    for site, periode, sexe in itertools.product(sorted(sites), sorted(periodes), ("", *SEXES)):
        here = (site, periode, sexe)
        if site in tree:
            yield here, [(part, periode, sexe) for part in tree[site]]
        for way in ways.get(periode, ()):
            yield here, [(site, part, sexe) for part in way]
        if not sexe:
            yield here, [(site, periode, part) for part in SEXES]


class Published:
    """What anyone reads of a unit: the cells shown, and which ones are hidden."""

    def __init__(self, cells: Iterable[Mapping[str, Any]]) -> None:
        self.shown: dict[Cle, Mapping[str, Any]] = {}
        self.hidden: list[Cle] = []
        for cell in cells:
            cle = (cell["territoire"], cell["periode"], cell["ventilation"].get("sexe", ""))
            if cell["motif"] == "SECRET":
                assert all(
                    cell[name] is None for name in ("valeur", "numerateur", "denominateur", "bornes", "composants")
                )
                self.hidden.append(cle)
            else:
                assert cell["motif"] in (None, "DENOMINATEUR_NUL") or cle[2] == "inconnu", cell
                self.shown[cle] = cell


async def publish(
    client: httpx2.AsyncClient, engine: AsyncEngine, partner: Key, grandeur: str, rows: dict[str, Any], **said: str
) -> tuple[Published, list[Groupe]]:
    """Push, publish, then read as anyone may everything that there is to read."""
    places = list(rows)
    for start in range(0, len(places), 2000):
        await give(client, partner, grandeur, {place: rows[place] for place in places[start : start + 2000]}, **said)
    await jobs.publish(engine, {})
    tree, ways = await draw_tree(client, grandeur), calendar(len({place.split()[1] for place in places}))
    asked = {
        "territoire": ",".join({*tree, *itertools.chain.from_iterable(tree.values())}),
        "periode": ",".join({*ways, *itertools.chain.from_iterable(itertools.chain.from_iterable(ways.values()))}),
    }
    total = await read(client, PUBLIC, grandeur, **asked)
    return Published([*total, *await read(client, PUBLIC, grandeur, **asked, ventiler="sexe")]), list(bind(tree, ways))


async def list_leaves(client: httpx2.AsyncClient, grandeur: str) -> list[str]:
    tree = await draw_tree(client, grandeur)
    return [part for part in itertools.chain.from_iterable(tree.values()) if part not in tree]


def places_of(leaves: Iterable[str], months: int) -> Iterator[str]:
    for leaf, month, sexe in itertools.product(leaves, range(1, months + 1), SEXES):
        yield f"{leaf} 2025-{month:02d} sexe:{sexe}"


class Essai(NamedTuple):
    """A unit to draw: people of 0 to ``most`` in each cell, so many months."""

    grandeur: str
    source: str
    seuil: int
    most: int
    months: int


ESSAIS = [
    Essai("23.I4.a", "essai", 5, 15, 12),
    Essai("23.I4.b", "essai", 5, 40, 3),
    Essai("23.I4.c", "orientation", 11, 30, 3),
    Essai("23.I4.d", "essai", 5, 6, 3),
    Essai("30.I5.a", "essai", 5, 9, 3),
    Essai("30.I5.b", "essai", 5, 20, 3),
]


def draw_counts(hasard: random.Random, leaves: Iterable[str], essai: Essai) -> dict[str, int]:
    """Return small counts, more often few than many."""
    most = essai.most
    places = places_of(leaves, essai.months)
    return {place: min(hasard.randint(0, most), hasard.randint(0, 2 * most)) for place in places}


def attack_counts(published: Published, groupes: Iterable[Groupe], seuil: int, *, least: float) -> list[Cle]:
    """Return the hidden cells that are narrowed down."""
    shown = {cle: cell["valeur"] for cle, cell in published.shown.items() if cle[2] != "inconnu"}
    assert len(published.hidden) > 100
    assert len(shown) > 30
    assert all(not 0 < valeur < seuil for valeur in shown.values())
    attacker = Attacker(shown, published.hidden, groupes)
    return [*attacker.cannot_reach(seuil - 1, least=least), *attacker.cannot_fall(1)]


@pytest.mark.parametrize("essai", ESSAIS, ids=lambda essai: essai.grandeur)
async def test_no_hidden_count_is_narrowed_down_by_all_that_is_published(
    indicators: httpx2.AsyncClient, engine: AsyncEngine, partner: Key, essai: Essai
) -> None:
    hasard = random.Random(essai.grandeur)  # noqa: S311 - the same at each run
    rows = draw_counts(hasard, await list_leaves(indicators, essai.grandeur), essai)
    published, groupes = await publish(indicators, engine, partner, essai.grandeur, rows, source=essai.source)
    assert attack_counts(published, groupes, essai.seuil, least=1) == []  # a zero would have been shown


async def test_no_hidden_count_is_narrowed_down_once_it_was_revised(
    indicators: httpx2.AsyncClient, engine: AsyncEngine, partner: Key, pilot: Key
) -> None:
    hasard = random.Random(2)  # noqa: S311
    essai = Essai("30.I5.c", "essai", 5, 20, 3)
    rows = draw_counts(hasard, await list_leaves(indicators, essai.grandeur), essai)
    await publish(indicators, engine, partner, essai.grandeur, rows)
    revised = {place: hasard.randint(0, 20) for place in hasard.sample(list(rows), 40)}
    await give(indicators, partner, essai.grandeur, revised, extrait_le="2025-06-01T00:00:00Z")
    answer = await post(indicators, "/v1/millesimes", {"nom": "accord", "libelle": "Relu"}, pilot)
    assert answer.status_code == 201, answer.text
    later = {"extrait_le": "2025-07-01T00:00:00Z"}
    published, groupes = await publish(indicators, engine, partner, essai.grandeur, {**rows, **revised}, **later)
    assert attack_counts(published, groupes, essai.seuil, least=0) == []


async def test_no_hidden_share_is_narrowed_down_by_all_that_is_published(
    indicators: httpx2.AsyncClient, engine: AsyncEngine, partner: Key
) -> None:
    hasard = random.Random(1)  # noqa: S311
    leaves = await list_leaves(indicators, "1.I3.b")
    rows = {}
    for place in places_of(leaves, 3):
        below = hasard.randint(0, 40)
        rows[place] = (hasard.randint(0, below), below)
    published, groupes = await publish(indicators, engine, partner, "1.I3.b", rows)
    known = {cle: cell for cle, cell in published.shown.items() if cle[2] != "inconnu"}
    assert len(published.hidden) > 100
    assert len(known) > 100
    for told in (
        {cle: cell["numerateur"] or 0 for cle, cell in known.items()},
        {cle: (cell["denominateur"] or 0) - (cell["numerateur"] or 0) for cle, cell in known.items()},
    ):
        attacker = Attacker(told, published.hidden, groupes)
        assert attacker.cannot_reach(4) == []
        assert attacker.cannot_fall(1) == []


async def test_the_attacker_finds_what_a_careless_publication_gives_away() -> None:
    shown = {("T", "2025", ""): 10.0, ("a", "2025", ""): 6.0}
    hidden = [("b", "2025", ""), ("c", "2025", "")]
    groupe = (("T", "2025", ""), [("a", "2025", ""), *hidden])
    attacker = Attacker(shown, hidden, [groupe])
    assert attacker.cannot_reach(3, least=1) == []
    assert attacker.cannot_reach(4, least=1) == hidden
    assert Attacker({**shown, ("c", "2025", ""): 1.0}, hidden[:1], [groupe]).cannot_fall(1) == hidden[:1]
