"""The tree as sums read it: parts, units, populations, selectors, on any day."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indicators.geography import Geographie, SelecteurInvalideError, VueGeographique
from shared.territoires import Arbre, TerritoiresFile, arbre_of

LAST_DAY = date(2023, 12, 31)
BEFORE, AFTER, TODAY = date(2023, 6, 30), date(2024, 6, 30), date(2026, 3, 1)
COURANTE, EPOQUE = VueGeographique.COURANTE, VueGeographique.EPOQUE
METROPOLE = Geographie(arbre_of(None))


def territoire(code: str, niveau: str, parent: str | None, population: int | None, **more: object) -> dict[str, object]:
    named = {"code": code, "noms": [{"nom": code}], "niveau": niveau, "parent": parent, "certitude": "certain"}
    return {**named, "population": population, **more}


PETIT_ARBRE = Arbre(
    TerritoiresFile.model_validate(
        {
            "source": "essai",
            "partitions": ["metropole", "ctm", "commune", "arrondissement"],
            "territoires": [
                territoire("M", "metropole", None, None),
                *(territoire(code, "ctm", "M", None) for code in "ABC"),
                territoire("A1", "commune", "A", 1000),
                territoire("A2", "commune", "A", 300, valide_au=LAST_DAY, successeur="A1"),
                territoire("A3", "commune", "A", 500),
                territoire("B1", "commune", "B", 900),
                *(territoire(f"B1{code}", "arrondissement", "B1", 450) for code in "XY"),
                territoire("C1", "commune", "C", 200),
            ],
        }
    )
)
PETITE = Geographie(PETIT_ARBRE)


def test_the_children_are_those_of_the_day() -> None:
    assert PETITE.read_at(BEFORE).enfants["A"] == ("A1", "A2", "A3")
    assert PETITE.read_at(AFTER).enfants["A"] == ("A1", "A3")
    assert PETITE.read_at(AFTER) is PETITE.read_at(TODAY)


def test_units_are_the_leaves_of_the_tree_cut_at_a_level() -> None:
    before, after = PETITE.read_at(BEFORE), PETITE.read_at(AFTER)
    assert (before.unites["M"], after.unites["M"]) == ((1, 3, 5, 6), (1, 3, 4, 5))
    assert after.unites["B1"] == (1, 1, 1, 2)
    assert METROPOLE.read_at(AFTER).unites["69M"] == (1, 10, 58, 57 + 9)


def test_only_partition_levels_add_up() -> None:
    file = {"source": "essai", "partitions": ["metropole", "commune"], "territoires": [
        territoire("M", "metropole", None, None),
        territoire("Q", "ctm", "M", None),
        territoire("A1", "commune", "M", 1000),
    ]}  # fmt: skip
    geo = Geographie(Arbre(TerritoiresFile.model_validate(file)))
    assert geo.read_at(TODAY).enfants == {"M": ("A1",)}


def test_a_commune_of_today_is_all_those_that_became_it() -> None:
    assert METROPOLE.list_parts("69149", BEFORE, COURANTE, TODAY) == ("69149", "69152")
    assert METROPOLE.list_parts("69149", BEFORE, EPOQUE, TODAY) == ("69149",)
    assert METROPOLE.list_parts("69149", AFTER, COURANTE, TODAY) == ("69149",)
    assert METROPOLE.list_parts("69152", BEFORE, COURANTE, TODAY) == ("69152",)
    assert METROPOLE.list_parts("69152", AFTER, EPOQUE, TODAY) == ()
    assert METROPOLE.list_parts("69149", BEFORE, COURANTE, BEFORE) == ("69149",)


def test_a_chain_of_mergers_ends_at_the_last() -> None:
    chain = [
        territoire("M", "metropole", None, None),
        territoire("Z", "commune", "M", 70, valide_du=date(2024, 1, 1)),
        territoire("Y", "commune", "M", 30, valide_au=date(2023, 12, 31), successeur="Z"),
        territoire("X", "commune", "M", 10, valide_au=date(2020, 12, 31), successeur="Y"),
    ]
    file = {"source": "essai", "partitions": ["metropole", "commune"], "territoires": chain}
    geo = Geographie(Arbre(TerritoiresFile.model_validate(file)))
    assert geo.list_parts("Z", date(2019, 1, 1), COURANTE, TODAY) == ("X", "Y")
    assert geo.list_parts("Z", date(2022, 1, 1), COURANTE, TODAY) == ("Y",)
    assert geo.list_parts("Z", date(2019, 1, 1), EPOQUE, TODAY) == ()
    assert geo.read_at(date(2019, 1, 1)).populations == {"M": 30, "X": 10, "Y": 20}
    assert geo.read_at(date(2022, 1, 1)).populations == {"M": 30, "Y": 30}


def test_no_inhabitant_is_counted_twice_before_a_merger() -> None:
    before, after = PETITE.read_at(BEFORE).populations, PETITE.read_at(AFTER).populations
    assert (before["A1"], before["A2"], after["A1"]) == (700, 300, 1000)
    assert before["A"] == after["A"] == 1500
    assert before["M"] == after["M"] == 2600


def test_a_population_that_is_not_known_is_not_made_up() -> None:
    file = {"source": "essai", "partitions": ["metropole", "commune"], "territoires": [
        territoire("M", "metropole", None, None),
        territoire("A1", "commune", "M", 1000),
        territoire("A2", "commune", "M", None),
    ]}  # fmt: skip
    geo = Geographie(Arbre(TerritoiresFile.model_validate(file)))
    assert geo.read_at(TODAY).populations["M"] is None


@pytest.mark.parametrize(
    ("selecteur", "day", "codes"),
    [
        ("M", AFTER, ("M",)),
        ("A2", BEFORE, ("A2",)),
        ("A2", AFTER, ("A1",)),
        ("M:ctm", AFTER, ("A", "B", "C")),
        ("M:communes", AFTER, ("A1", "A3", "B1", "C1")),
        ("M:communes", BEFORE, ("A1", "A2", "A3", "B1", "C1")),
        ("B:communes", AFTER, ("B1",)),
        ("M:arrondissements", AFTER, ("B1X", "B1Y")),
        ("A1:arrondissements", AFTER, ()),
        ("B1:enfants", AFTER, ("B1X", "B1Y")),
        ("C1:enfants", AFTER, ()),
    ],
)
def test_a_selector_names_territories(selecteur: str, day: date, codes: tuple[str, ...]) -> None:
    assert PETITE.expand(selecteur, day) == codes


@pytest.mark.parametrize("selecteur", ["", ":", "N", "M:", "M:quartiers", "M:ctm:ctm", "m"])
def test_a_selector_that_names_nothing_is_refused(selecteur: str) -> None:
    with pytest.raises(SelecteurInvalideError):
        PETITE.expand(selecteur, TODAY)


@given(st.dates(date(1990, 1, 1), date(2060, 12, 31)), st.dates(date(1990, 1, 1), date(2060, 12, 31)))
def test_whatever_the_days_nothing_of_the_tree_is_lost_or_counted_twice(day: date, today: date) -> None:
    there = METROPOLE.read_at(day)
    branches = there.list_branches("69M")
    assert set(there.iter_subtree("69M")) == set(there.territoires)
    assert [code for code in there.territoires if there.enfants.get(code)] == [
        code for code in there.territoires if code in branches
    ]
    communes = METROPOLE.expand("69M:communes", today)
    parts = [part for code in communes for part in METROPOLE.list_parts(code, day, COURANTE, today)]
    assert len(parts) == len(set(parts))
    if day <= today:
        assert sorted(parts) == list(METROPOLE.expand("69M:communes", day))
