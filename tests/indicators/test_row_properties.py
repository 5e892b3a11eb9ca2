"""Whatever is pushed, in whatever order and however cut: counters add up, and the same measurements stand."""

import csv
import io
import itertools
import json
import random
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.indicators.definitions import Definitions, parse_grandeur, ventilations_of
from services.indicators.lot_csv import read_csv
from services.indicators.lot_rows import FIELDS
from services.indicators.queries.lots import as_json
from services.indicators.rejets_csv import write_rejets
from services.indicators.row_context import Contexte
from services.indicators.row_validation import Ligne, Validateur
from services.indicators.schemas.lots import DialecteCsv
from shared.errors import CODES_FAUTE
from shared.territoires import read_arbre
from tests.conftest import Base
from tests.indicators.batches import check_counters, check_sums, fetch
from tests.indicators.calls import push
from tests.indicators.conftest import Key

NEW_SOURCE = map("essai-{}".format, itertools.count())
ON_DATABASE = settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
CURRENT = """
SELECT definition, territoire, periode, ventilation, valeur, diviseur, statut, confidentialite, extrait_le, supprimee
FROM mesure WHERE source = $1
"""
SUMS = (
    "SELECT definition, parent, periode, ventilation, valeur, diviseur, recus, signales FROM agregat WHERE source = $1"
)
PLACES = st.fixed_dictionaries(
    {
        "territoire": st.sampled_from(["69M", "RHONE_AMONT", "69256", "69275", "69123", "69381", "69382", "69266"]),
        "periode": st.sampled_from(["2024-01", "2024-02", "2024-Q1", "2024"]),
    }
)
STATUTS = st.fixed_dictionaries({}, optional={"statut": st.sampled_from(["e", "p"])})
DATES = st.integers(1, 28).map(lambda day: {"extrait_le": f"2026-01-{day:02d}T00:00:00Z"})
SMALL = st.integers(0, 4)
FLUX = st.builds(
    lambda code, value, cut: {"grandeur": code, "valeur": value, "ventilation": cut},
    st.sampled_from(["1.I3.a", "1.I3.c"]),
    SMALL | st.sampled_from(["12", "3.000"]),
    st.sampled_from([{}, {"sexe": "F"}, {"sexe": "H"}]),
)
RATIO = st.builds(lambda low, more: {"grandeur": "1.I3.b", "numerateur": low, "denominateur": low + more}, SMALL, SMALL)
SECRET = st.just({"grandeur": "1.I3.a", "confidentialite": "C"})
GOOD = st.builds(
    lambda *parts: {k: v for part in parts for k, v in part.items()}, PLACES, FLUX | RATIO | SECRET, STATUTS
)
BAD: st.SearchStrategy[Any] = st.sampled_from(
    [None, [], {}, {"valeur": -1}, {"grandeur": "x", "territoire": "69M", "periode": "2024"}]
)


def key_of(row: dict[str, Any]) -> str:
    names = ("grandeur", "territoire", "periode", "ventilation")
    return json.dumps([row.get(name) or {} for name in names], sort_keys=True)


@ON_DATABASE
@given(st.lists(GOOD | BAD, max_size=25), st.sampled_from(["partiel", "atomique"]), st.data())
async def test_counters_always_add_up_and_a_dry_run_tells_them(
    indicators: httpx2.AsyncClient, base: Base, partner: Key, rows: list[Any], mode: str, data: st.DataObject
) -> None:
    source = next(NEW_SOURCE)
    threshold = data.draw(st.sampled_from([0, 0.05, 1]))
    strategie = data.draw(st.sampled_from(["fusion", "remplacement"]))
    perimetre = {"grandeurs": ["1.I3.a", "1.I3.b"], "territoires": ["69M"], "debut": "2024-01-01", "fin": "2024-06-30"}
    said: dict[str, Any] = {"source": source, "mode": mode, "seuil_rejet": threshold}
    for again in range(2):
        now = said | {"extrait_le": f"2026-02-0{again + 1}T00:00:00Z"}
        if again:
            now |= {"strategie": strategie, "perimetre": perimetre}
            rows = data.draw(st.permutations(rows))[: data.draw(st.integers(0, len(rows)))]
        rehearsal = await push(indicators, partner, rows, **now, simulation=True)
        answer = await push(indicators, partner, rows, **now)
        assert answer.status_code in (200, 207, 422), answer.text
        assert rehearsal.status_code == answer.status_code
        if "recues" not in answer.json():
            assert not rows
            continue
        report, told = answer.json(), rehearsal.json()
        check_counters(report)
        for name in set(report) - {"lot", "empreinte", "recu_le", "termine_le", "simulation", "request_id"}:
            assert report[name] == told[name], name
        assert report["recues"] == len(rows)
        assert len({fault["indice"] for fault in report["rejets"]}) == report["rejetees"]
    await check_sums(base)


@ON_DATABASE
@given(st.lists(st.builds(lambda a, b: {**a, **b}, GOOD, DATES), min_size=1, max_size=25, unique_by=key_of), st.data())
async def test_cutting_and_shuffling_a_file_changes_nothing_of_what_stands(
    indicators: httpx2.AsyncClient, base: Base, partner: Key, rows: list[Any], data: st.DataObject
) -> None:
    whole, cut = next(NEW_SOURCE), next(NEW_SOURCE)
    assert (await push(indicators, partner, rows, source=whole)).status_code == 200
    shuffled = data.draw(st.permutations(rows))
    size = data.draw(st.integers(1, len(rows)))
    for start in range(0, len(shuffled), size):
        assert (await push(indicators, partner, shuffled[start : start + size], source=cut)).status_code == 200
    for query in (CURRENT, SUMS):
        assert set(await fetch(base, query, whole)) == set(await fetch(base, query, cut))
    await check_sums(base)


@ON_DATABASE
@given(st.lists(st.lists(GOOD, min_size=1, max_size=6, unique_by=key_of), min_size=2, max_size=5), st.randoms())
async def test_the_order_in_which_extractions_arrive_does_not_matter(
    indicators: httpx2.AsyncClient, base: Base, partner: Key, batches: list[Any], order: random.Random
) -> None:
    in_turn, shuffled = next(NEW_SOURCE), next(NEW_SOURCE)
    dated = [(f"2026-01-{day:02d}T00:00:00Z", rows) for day, rows in enumerate(batches, 1)]
    for source in (in_turn, shuffled):
        for instant, rows in dated:
            answer = await push(indicators, partner, rows, source=source, extrait_le=instant)
            assert answer.status_code == 200, answer.text
        order.shuffle(dated)
    for query in (CURRENT, SUMS):
        assert set(await fetch(base, query, in_turn)) == set(await fetch(base, query, shuffled))
    await check_sums(base)


@pytest.fixture(scope="module")
async def contexte(base: Base) -> Contexte:
    """What rows are judged against, as the whole plan says."""
    rows = await fetch(base, "SELECT definition, contenu::text FROM grandeur_version WHERE connu_au IS NULL")
    return Contexte(
        definitions=Definitions(parse_grandeur(*row) for row in rows),
        arbre=read_arbre(),
        ventilations=ventilations_of(None),
        verrous=(),
        today=date(2026, 6, 1),
        now=datetime(2026, 6, 1, tzinfo=UTC),
        extrait_le=datetime(2026, 5, 1, tzinfo=UTC),
    )


ANY_TEXT = st.text(st.characters(codec=None), max_size=20)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | ANY_TEXT,
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(ANY_TEXT, parts, max_size=3),
    max_leaves=6,
)
ANY_ROW = st.builds(
    lambda good, change, extra: {**good, **change, **extra},
    GOOD,
    st.dictionaries(st.sampled_from([*FIELDS, "ventilation"]), ANY_JSON, max_size=4),
    st.dictionaries(ANY_TEXT, ANY_JSON, max_size=1),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
@given(row=ANY_ROW | ANY_JSON)
async def test_any_row_is_a_measurement_or_has_named_faults(contexte: Contexte, row: Any) -> None:
    found = Validateur(contexte).check(0, row)
    if isinstance(found, Ligne):
        assert isinstance(row, dict)
        assert found.territoire == row["territoire"]
        return
    assert found
    for fault in found:
        assert fault.code in CODES_FAUTE
        assert fault.valeur is None or len(fault.valeur) <= 80
        assert json.loads(as_json({"champ": fault.champ, "valeur": fault.valeur, "attendu": fault.attendu}))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(rows=st.lists(ANY_ROW | GOOD | ANY_JSON, min_size=1, max_size=12), dated=st.booleans())
async def test_a_row_is_judged_the_same_whatever_was_seen_before_it(
    contexte: Contexte, rows: list[Any], dated: bool
) -> None:
    told = contexte if dated else replace(contexte, extrait_le=None)
    together = Validateur(told)
    for place, row in enumerate([*rows, *rows]):
        assert together.check(place, row) == Validateur(told)._check_whole(place, row)


@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), st.text(min_size=1, max_size=12), min_size=1), max_size=5))
def test_what_was_rejected_comes_back_as_it_was(rows: list[dict[str, str]]) -> None:
    told = json.dumps(dict.fromkeys(("champ", "code", "message", "attendu", "suggestion"), "=x"))
    faults = [{"indice": place, "faute": told, "ligne": as_json(row)} for place, row in enumerate(rows)]
    file = write_rejets(faults)
    back = [ligne.contenu for ligne in read_csv(file, DialecteCsv())]
    assert back == [json.loads(as_json(row)) for row in rows]
    for cell in itertools.chain.from_iterable(csv.reader(io.StringIO(file.decode(), newline=""))):
        assert not cell.startswith(("=", "@", "\t"))
