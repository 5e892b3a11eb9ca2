import subprocess
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest

from services.indicators.secrecy import Case, Cle, Groupe, PublicationImpossibleError, differences, protect
from services.indicators.secrecy.linear import Systeme
from tests.indicators.outsider import find_leaks

SEUIL = 5
MOIS = ("2025-01", "2025-02", "2025-03")


def cle(territoire: str, periode: str = "2025", ventilation: str = "") -> Cle:
    return territoire, periode, ventilation


def table(counts: Mapping[str, int]) -> list[Case]:
    return [Case(cle(nom), valeur) for nom, valeur in counts.items()]


def ratios(counts: Mapping[str, tuple[int, int]], *, sensible: bool = False) -> list[Case]:
    return [Case(cle(nom), num, den, sensible=sensible) for nom, (num, den) in counts.items()]


def somme(parent: str, *enfants: str) -> Groupe:
    return Groupe(cle(parent), tuple(cle(enfant) for enfant in enfants))


def names(hidden: set[Cle]) -> set[str]:
    return {territoire for territoire, _, _ in hidden}


def check(cases: Sequence[Case], groupes: Sequence[Groupe], seuil: int = SEUIL) -> set[Cle]:
    hidden = protect(cases, groupes, seuil)
    assert find_leaks(cases, groupes, hidden, seuil) == []
    return hidden


def test_a_table_without_small_counts_hides_nothing() -> None:
    assert check(table({"T": 60, "a": 5, "b": 0, "c": 55}), [somme("T", "a", "b", "c")]) == set()


def test_an_empty_unit_hides_nothing() -> None:
    assert protect([], [], SEUIL) == set()


def test_a_small_count_takes_the_next_smallest_with_it_and_zeros_are_shown() -> None:
    hidden = check(table({"T": 63, "a": 3, "b": 0, "c": 20, "d": 40}), [somme("T", "a", "b", "c", "d")])
    assert names(hidden) == {"a", "c"}


def test_small_counts_that_add_up_to_less_than_the_threshold_take_another() -> None:
    hidden = check(table({"T": 24, "a": 1, "b": 2, "c": 21}), [somme("T", "a", "b", "c")])
    assert names(hidden) == {"a", "b", "c"}


def test_a_total_and_its_only_small_child_are_hidden_together() -> None:
    assert names(check(table({"T": 3, "a": 3, "b": 0}), [somme("T", "a", "b")])) == {"T", "a"}


def test_a_total_goes_when_no_other_child_can() -> None:
    cases = table({"M": 60, "T": 6, "U": 54, "a": 1, "b": 5})
    assert {"a", "b"} <= names(check(cases, [somme("M", "T", "U"), somme("T", "a", "b")]))


def test_as_many_single_people_as_the_total_says_are_not_given_away_by_the_zeros() -> None:
    """Hidden means not zero: five hidden cells under a total of 5 would each be 1."""
    cases = table({"T": 5, "a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 0})
    assert cle("T") in check(cases, [somme("T", *"abcdef")])


def test_a_cell_alone_is_hidden_by_the_threshold_and_by_nothing_else() -> None:
    assert names(protect(table({"a": 4, "b": 5, "c": 0}), [], SEUIL)) == {"a"}


def test_a_higher_threshold_hides_more() -> None:
    cases, groupes = table({"T": 90, "a": 9, "b": 30, "c": 51}), [somme("T", "a", "b", "c")]
    assert check(cases, groupes) == set()
    assert names(check(cases, groupes, 11)) == {"a", "b"}


def test_the_part_of_one_contributor_hides_a_cell() -> None:
    cases = [
        Case(cle("T"), 900, dominance=Decimal("0.2")),
        Case(cle("a"), 400, dominance=Decimal("0.86")),
        Case(cle("b"), 500, dominance=Decimal("0.85")),
        Case(cle("c"), 0, dominance=Decimal(1)),
    ]
    assert names(protect(cases, [somme("T", "a", "b", "c")], 3)) == {"a", "b"}


def test_a_hidden_total_takes_its_parts() -> None:
    """A total between published parts would be known not to be small."""
    cases = table({"M": 103, "T": 3, "U": 100, "a": 3, "b": 0, "c": 40, "d": 60})
    hidden = check(cases, [somme("M", "T", "U"), somme("T", "a", "b"), somme("U", "c", "d")])
    assert names(hidden) == {"T", "U", "a", "c", "d"}


def test_crossed_groups_settle_together() -> None:
    values = [[3, 20, 30], [25, 40, 60], [50, 70, 90]]
    cases = [Case(cle(f"c{i}", MOIS[j]), values[i][j]) for i in range(3) for j in range(3)]
    cases += [Case(cle(f"c{i}"), sum(values[i])) for i in range(3)]
    cases += [Case(cle("T", mois), sum(line[j] for line in values)) for j, mois in enumerate(MOIS)]
    cases.append(Case(cle("T"), sum(map(sum, values))))
    territoires = [Groupe(cle("T", p), tuple(cle(f"c{i}", p) for i in range(3))) for p in (*MOIS, "2025")]
    temps = [Groupe(cle(t), tuple(cle(t, mois) for mois in MOIS)) for t in ("T", "c0", "c1", "c2")]
    hidden = check(cases, [*territoires, *temps])
    assert {cle("c0", MOIS[0]), cle("c0", MOIS[1]), cle("c1", MOIS[0])} <= hidden
    assert cle("T") not in hidden


@pytest.mark.parametrize("small", [(3, 100), (97, 100), (4, 4), (0, 3)])
def test_a_ratio_is_hidden_by_its_numerator_its_denominator_or_its_complement(small: tuple[int, int]) -> None:
    cases = ratios({"T": (small[0] + 300, small[1] + 600), "a": small, "b": (100, 200), "c": (200, 400)})
    assert names(check(cases, [somme("T", "a", "b", "c")])) == {"a", "b"}


def test_a_ratio_far_from_both_ends_is_shown() -> None:
    assert check(ratios({"T": (55, 110), "a": (5, 10), "b": (50, 100)}), [somme("T", "a", "b")]) == set()


def test_none_and_all_are_shown_unless_the_breakdown_is_sensitive() -> None:
    counts = {"T": (70, 150), "a": (0, 50), "b": (50, 50), "c": (20, 50), "d": (0, 0)}
    assert check(ratios(counts), [somme("T", *"abcd")]) == set()
    assert {"a", "b"} <= names(check(ratios(counts, sensible=True), [somme("T", *"abcd")])) <= {"a", "b", "c"}


def test_ratios_of_two_unrelated_counts_have_no_complement() -> None:
    cases = ratios({"T": (330, 110), "a": (30, 27), "b": (300, 83)})
    assert protect(cases, [somme("T", "a", "b")], SEUIL) == set()
    assert names(protect(ratios({"T": (330, 103), "a": (30, 3), "b": (300, 100)}), [somme("T", "a", "b")], 5)) > {"a"}


def test_counts_and_ratios_are_not_one_unit() -> None:
    with pytest.raises(ValueError, match="not both"):
        protect([Case(cle("a"), 3), Case(cle("b"), 3, 8)], [], SEUIL)


def test_what_was_hidden_stays_hidden_and_is_protected_too() -> None:
    cases, groupes = table({"T": 90, "a": 20, "b": 30, "c": 40}), [somme("T", "a", "b", "c")]
    hidden = protect(cases, groupes, SEUIL, deja_caches={cle("a"), cle("gone")})
    assert names(hidden) == {"a", "b"}
    assert protect(cases, groupes, SEUIL, deja_caches=hidden) == hidden


def test_a_zero_the_producer_keeps_secret_is_not_given_back_by_its_total() -> None:
    cases, groupes = table({"T": 0, "a": 0, "b": 0}), [somme("T", "a", "b")]
    assert {"T", "a"} <= names(protect(cases, groupes, SEUIL, deja_caches={cle("a")}))


def test_months_a_quarter_and_a_year_protect_each_other() -> None:
    valeurs = dict(zip(("01", "02", "03", "04", "05", "06"), (2, 9, 30, 12, 14, 16), strict=True))
    cases = [Case(cle("a", f"2025-{mois}"), valeur) for mois, valeur in valeurs.items()]
    cases += [Case(cle("a", "2025-Q1"), 41), Case(cle("a", "2025-Q2"), 42), Case(cle("a", "2025-S1"), 83)]
    groupes = [
        Groupe(cle("a", "2025-Q1"), tuple(cle("a", f"2025-{mois}") for mois in ("01", "02", "03"))),
        Groupe(cle("a", "2025-Q2"), tuple(cle("a", f"2025-{mois}") for mois in ("04", "05", "06"))),
        Groupe(cle("a", "2025-S1"), (cle("a", "2025-Q1"), cle("a", "2025-Q2"))),
        Groupe(cle("a", "2025-S1"), tuple(cle("a", f"2025-{mois}") for mois in valeurs)),
    ]
    assert check(cases, groupes) == {cle("a", "2025-01"), cle("a", "2025-02")}


def test_a_stock_published_for_its_month_and_its_quarter_is_hidden_in_both() -> None:
    quantites = {"T": 43, "a": 3, "b": 40}
    periodes = ("2025-03", "2025-Q1")
    cases = [Case(cle(nom, periode), valeur) for nom, valeur in quantites.items() for periode in periodes]
    groupes = [Groupe(cle("T", periode), (cle("a", periode), cle("b", periode))) for periode in periodes]
    egalites = [[cle(nom, periode) for periode in periodes] for nom in quantites]
    hidden = protect(cases, groupes, SEUIL, egalites=egalites)
    assert hidden == {cle(nom, periode) for nom in ("a", "b") for periode in periodes}


def test_a_quarter_supplied_apart_from_its_last_month_still_gives_it_away() -> None:
    cases = [Case(cle("a", "2025-03"), 3), Case(cle("a", "2025-Q1"), 7)]
    hidden = protect(cases, [], SEUIL, egalites=[(cle("a", "2025-03"), cle("a", "2025-Q1"))])
    assert hidden == {cle("a", "2025-03"), cle("a", "2025-Q1")}


def test_the_difference_of_two_cumulated_counts_is_protected() -> None:
    serie = [Case(cle("a", f"2025-0{mois}"), valeur) for mois, valeur in enumerate((20, 40, 43, 60), start=1)]
    ecarts, groupes = differences(serie)
    hidden = protect([*serie, *ecarts], groupes, SEUIL)
    assert hidden == {cle("a", "2025-01"), cle("a", "2025-02")}


def test_the_difference_of_two_cumulated_ratios_is_protected() -> None:
    serie = [Case(cle("a", "2025-01"), 20, 50), Case(cle("a", "2025-02"), 30, 62), Case(cle("a", "2025-03"), 45, 90)]
    ecarts, groupes = differences(serie)
    assert protect([*serie, *ecarts], groupes, SEUIL) == {cle("a", "2025-01")}


def test_a_cumulated_count_that_was_corrected_downwards_has_no_difference() -> None:
    assert differences([Case(cle("a", "2025-01"), 20), Case(cle("a", "2025-02"), 18)]) == ([], [])


def test_missing_children_leave_room_but_never_one_hidden_cell_alone() -> None:
    cases = table({"T": 100, "a": 3, "b": 40})
    assert names(protect(cases, [somme("T", "a", "b", "missing")], SEUIL)) == {"a", "b"}


def test_a_total_supplied_below_its_parts_keeps_the_rule_of_two() -> None:
    cases = table({"T": 30, "a": 3, "b": 40})
    assert names(protect(cases, [somme("T", "a", "b")], SEUIL)) == {"a", "b"}


def test_a_total_that_is_not_published_binds_nothing() -> None:
    assert names(protect(table({"a": 3, "b": 40}), [somme("T", "a", "b")], SEUIL)) == {"a"}


def test_a_total_that_can_only_be_computed_protects_its_parts() -> None:
    """Persons counted in both parts: the parts add up to the whole and to those counted twice, unknown outside."""
    cases = [
        *table({"T": 40, "a": 3, "b": 50}),
        Case(cle("sum"), 53, publiee=False),
        Case(cle("twice"), 13, publiee=False),
    ]
    groupes = [somme("sum", "a", "b"), somme("sum", "T", "twice")]
    assert names(protect(cases, groupes, SEUIL)) == {"a"}


def test_nothing_is_published_when_the_audit_cannot_be_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Systeme, "raise_together", lambda self, _: [0.0] * len(self.rangs))
    monkeypatch.setattr(Systeme, "read_proof", lambda _: [])
    with pytest.raises(PublicationImpossibleError):
        protect(table({"T": 63, "a": 3, "c": 20, "d": 40}), [somme("T", "a", "c", "d")], SEUIL)


def test_the_solver_is_loaded_only_by_what_publishes() -> None:
    code = "import sys, services.indicators.secrecy as s; sys.exit('highspy' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
