"""The dated tree of territories: whole, without holes, and read at any day."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.data_files import DataFault
from shared.territoires import Arbre, Niveau, Territoire, TerritoireFile, TerritoiresFile, arbre_of, read_arbre

ARBRE = arbre_of(None)
DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))
PARENT = {Niveau.CTM: Niveau.METROPOLE, Niveau.COMMUNE: Niveau.CTM, Niveau.ARRONDISSEMENT: Niveau.COMMUNE}


def at(day: date, niveau: Niveau) -> list[Territoire]:
    return [territoire for territoire in ARBRE.list_at(day) if territoire.niveau is niveau]


@pytest.mark.parametrize(
    ("day", "communes"), [("2022-01-01", 59), ("2023-12-31", 59), ("2024-01-01", 58), ("2026-12-31", 58)]
)
def test_the_metropole_has_59_communes_then_58_from_2024(day: str, communes: int) -> None:
    there = date.fromisoformat(day)
    counts = [len(at(there, niveau)) for niveau in Niveau]
    assert counts == [1, 10, communes, 9]


@pytest.mark.parametrize(
    ("code", "day", "found"),
    [
        ("69152", "2023-12-31", ("69152", "Pierre-Bénite")),
        ("69152", "2024-01-01", ("69149", "Oullins-Pierre-Bénite")),
        ("69149", "2023-12-31", ("69149", "Oullins")),
        ("69149", "2024-01-01", ("69149", "Oullins-Pierre-Bénite")),
        ("69123", "2024-01-01", ("69123", "Lyon")),
    ],
)
def test_a_code_means_what_it_meant_that_day(code: str, day: str, found: tuple[str, str]) -> None:
    territoire = ARBRE.find(code, date.fromisoformat(day))
    assert territoire is not None
    assert (territoire.code, territoire.nom) == found


@pytest.mark.parametrize("code", ["69264", "", "69m", "69149 ", "PIERRE_BENITE"])
def test_a_code_that_never_stood_in_the_tree_means_nothing(code: str) -> None:
    assert ARBRE.find(code, date(2024, 1, 1)) is None


@given(day=DAYS)
def test_every_parent_exists_that_day_one_level_above(day: date) -> None:
    alive = {territoire.code: territoire for territoire in ARBRE.list_at(day)}
    for territoire in alive.values():
        expected = PARENT.get(territoire.niveau)
        parent = alive[territoire.parent].niveau if territoire.parent else None
        assert parent is expected


@given(day=DAYS)
def test_every_commune_is_in_one_ctm_and_every_ctm_has_one(day: date) -> None:
    communes = at(day, Niveau.COMMUNE)
    assert len({commune.code for commune in communes}) == len(communes)
    assert {commune.parent for commune in communes} == {ctm.code for ctm in at(day, Niveau.CTM)}


@given(code=st.sampled_from(ARBRE.codes()), day=DAYS)
def test_whatever_is_found_exists_that_day(code: str, day: date) -> None:
    territoire = ARBRE.find(code, day)
    assert territoire in [None, *ARBRE.list_at(day)]
    if code in {alive.code for alive in ARBRE.list_at(day)}:
        assert territoire is not None
        assert territoire.code == code


def test_every_code_of_2022_still_leads_somewhere() -> None:
    for territoire in ARBRE.list_at(date(2022, 1, 1)):
        assert ARBRE.find(territoire.code, date(2026, 12, 31)) is not None


def test_the_tree_is_read_level_by_level_in_code_order() -> None:
    listed = [(list(Niveau).index(t.niveau), t.code) for t in ARBRE.list_at(date(2024, 1, 1))]
    assert listed == sorted(listed)


def test_every_level_says_whether_it_covers_its_parent_and_how_certain_it_is() -> None:
    for territoire in ARBRE.list_at(date(2024, 1, 1)):
        assert territoire.partition
        assert territoire.certitude in {"certain", "documented", "inferred"}


def test_successors_are_followed_as_far_as_the_day_asks() -> None:
    ends = {"A": date(2010, 12, 31), "B": date(2020, 12, 31), "C": None}
    following = {"A": "B", "B": "C"}
    entries = [
        TerritoireFile.model_validate(
            {
                "code": code,
                "noms": [{"nom": code}],
                "niveau": "commune",
                "certitude": "certain",
                "valide_au": end,
                "successeur": following.get(code),
            }
        )
        for code, end in ends.items()
    ]
    arbre = Arbre(TerritoiresFile(source="essai", partitions=[Niveau.COMMUNE], territoires=entries))
    found = [arbre.find("A", day + timedelta(1)) for day in (date(2000, 1, 1), date(2010, 12, 31), date(2020, 12, 31))]
    assert [territoire.code for territoire in found if territoire] == ["A", "B", "C"]


def test_a_territory_does_not_exist_before_its_first_day() -> None:
    following = {"code": "B", "noms": [{"nom": "B"}], "niveau": "commune", "certitude": "certain"}
    entry = following | {"code": "A", "successeur": "B", "valide_du": "2024-01-01"}
    file = TerritoiresFile.model_validate({"source": "essai", "partitions": [], "territoires": [entry, following]})
    assert Arbre(file).find("A", date(2023, 12, 31)) is None
    assert Arbre(file).find("A", date(2024, 1, 1)) is not None


def test_a_plan_may_bring_its_own_tree_and_else_has_ours(tmp_path: Path) -> None:
    assert arbre_of(None) is ARBRE
    assert arbre_of(tmp_path) is ARBRE
    lines = ["source: essai", "partitions: [metropole]", "territoires:"]
    lines.append("- {code: ICI, noms: [{nom: Ici}], niveau: metropole, certitude: certain}")
    (tmp_path / "territoires.yaml").write_text("\n".join(lines), encoding="utf-8")
    assert arbre_of(tmp_path).codes() == ["ICI"]


def test_a_wrong_tree_is_refused_with_every_fault(tmp_path: Path) -> None:
    path = tmp_path / "territoires.yaml"
    path.write_text("source: essai\npartitions: [region]\nterritoires: [{code: a b, noms: []}]", encoding="utf-8")
    with pytest.raises(DataFault) as refused:
        read_arbre(path)
    assert len(refused.value.faults) == 5
    assert all(fault.startswith("territoires.yaml : ") for fault in refused.value.faults)
