"""Random crossed tables against an outsider with a solver."""

import itertools
import random
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.indicators.secrecy import Case, Cle, Groupe, differences, protect
from tests.indicators.outsider import Outsider, find_leaks, read_quantities

Counts = dict[Cle, int]
MOIS = tuple(f"2025-{mois:02d}" for mois in range(1, 7))
TEMPS = {"2025-Q1": MOIS[:3], "2025-Q2": MOIS[3:], "2025-S1": MOIS}
SKEWED = (0, 0, 1, 1, 2, 3, 4, 5, 6, 9, 14, 40, 300)


class Forme:
    """Communes under CTM under the métropole, by month, quarter and semester, by sex."""

    def __init__(self, communes: int, ctm: int, mois: tuple[str, ...] = MOIS) -> None:
        self.communes = [f"c{rang}" for rang in range(communes)]
        self.ctm = {f"T{rang}": self.communes[rang::ctm] for rang in range(ctm)}
        self.temps = {long: parts for long, parts in TEMPS.items() if set(parts) <= set(mois)}
        self.leaves = list(itertools.product(self.communes, mois, ("F", "H")))

    def list_groups(self) -> list[Groupe]:
        """Return every sum, the levels crossed with one another."""
        territoires = [*self.communes, *self.ctm, "69M"]
        mois = list(dict.fromkeys(periode for _, periode, _ in self.leaves))
        sommes = {**self.ctm, "69M": list(self.ctm)}
        groupes = [
            Groupe((parent, periode, sexe), tuple((enfant, periode, sexe) for enfant in enfants))
            for parent, enfants in sommes.items()
            for periode in (*mois, *self.temps)
            for sexe in ("F", "H", "")
        ]
        for territoire in territoires:
            for sexe in ("F", "H", ""):
                for long, parts in self.temps.items():
                    groupes.append(Groupe((territoire, long, sexe), tuple((territoire, mois, sexe) for mois in parts)))
                if "2025-S1" in self.temps:
                    quarters = ((territoire, "2025-Q1", sexe), (territoire, "2025-Q2", sexe))
                    groupes.append(Groupe((territoire, "2025-S1", sexe), quarters))
            groupes += [
                Groupe((territoire, periode, ""), ((territoire, periode, "F"), (territoire, periode, "H")))
                for periode in (*mois, *self.temps)
            ]
        return groupes

    def add_up(self, leaves: Counts) -> Counts:
        """Return the counts of every level."""
        counts: Counts = {}
        ctm_of = {commune: ctm for ctm, communes in self.ctm.items() for commune in communes}
        for (commune, mois, sexe), valeur in leaves.items():
            longs = [long for long, parts in self.temps.items() if mois in parts]
            for cle in itertools.product((commune, ctm_of[commune], "69M"), (mois, *longs), (sexe, "")):
                counts[cle] = counts.get(cle, 0) + valeur
        return counts


SMALL = Forme(communes=4, ctm=2, mois=MOIS[:3])
MEDIUM = Forme(communes=6, ctm=2)


def draw_counts(forme: Forme, valeurs: tuple[int, ...] = SKEWED) -> st.SearchStrategy[Counts]:
    lists = st.lists(st.sampled_from(valeurs), min_size=len(forme.leaves), max_size=len(forme.leaves))
    return lists.map(lambda drawn: forme.add_up(dict(zip(forme.leaves, drawn, strict=True))))


def random_counts(forme: Forme, seed: int, mean: float) -> Counts:
    source = random.Random(seed)  # noqa: S311 - tables, not keys
    weights = {commune: source.expovariate(1) for commune in forme.communes}
    return forme.add_up({leaf: int(source.expovariate(1) * mean * weights[leaf[0]]) for leaf in forme.leaves})


def check_shown(cases: list[Case], hidden: set[Cle], seuil: int) -> None:
    for case in cases:
        quantities = [float(case.valeur)]
        if case.denominateur is not None:
            quantities += [float(case.denominateur), float(case.denominateur - case.valeur)]
        if any(0 < quantity < seuil for quantity in quantities):
            assert case.cle in hidden
        if not any(quantities):
            assert case.cle not in hidden


@settings(max_examples=40, deadline=None)
@given(counts=draw_counts(SMALL), seuil=st.sampled_from((3, 5, 11)))
def test_no_hidden_count_can_be_narrowed(counts: Counts, seuil: int) -> None:
    cases, groupes = [Case(cle, valeur) for cle, valeur in counts.items()], SMALL.list_groups()
    hidden = protect(cases, groupes, seuil)
    check_shown(cases, hidden, seuil)
    assert find_leaks(cases, groupes, hidden, seuil) == []


@settings(max_examples=25, deadline=None)
@given(numerators=draw_counts(SMALL), complements=draw_counts(SMALL, (*SKEWED, 60, 80)), seuil=st.sampled_from((5, 11)))
def test_no_hidden_ratio_can_be_narrowed(numerators: Counts, complements: Counts, seuil: int) -> None:
    cases = [Case(cle, valeur, valeur + complements[cle]) for cle, valeur in numerators.items()]
    groupes = SMALL.list_groups()
    hidden = protect(cases, groupes, seuil)
    check_shown(cases, hidden, seuil)
    assert find_leaks(cases, groupes, hidden, seuil) == []


@settings(max_examples=15, deadline=None)
@given(counts=draw_counts(SMALL), before=draw_counts(SMALL))
def test_what_was_hidden_stays_hidden_through_revisions(counts: Counts, before: Counts) -> None:
    groupes = SMALL.list_groups()
    deja = protect([Case(cle, valeur) for cle, valeur in before.items()], groupes, 5)
    cases = [Case(cle, valeur) for cle, valeur in counts.items()]
    hidden = protect(cases, groupes, 5, deja_caches=deja)
    assert deja <= hidden
    assert find_leaks(cases, groupes, hidden, 5) == []


@settings(max_examples=15, deadline=None)
@given(counts=draw_counts(SMALL, (0, 7, 12, 40, 300)))
def test_without_small_counts_all_is_shown(counts: Counts) -> None:
    assert protect([Case(cle, valeur) for cle, valeur in counts.items()], SMALL.list_groups(), 5) == set()


@pytest.mark.parametrize("mean", [1, 4, 15, 60])
@pytest.mark.parametrize("seed", range(3))
def test_months_quarters_and_a_semester_crossed_with_territories_and_sex(seed: int, mean: float) -> None:
    cases = [Case(cle, valeur) for cle, valeur in random_counts(MEDIUM, seed, mean).items()]
    groupes = MEDIUM.list_groups()
    hidden = protect(cases, groupes, 5)
    check_shown(cases, hidden, 5)
    assert find_leaks(cases, groupes, hidden, 5) == []


@pytest.mark.parametrize("seed", range(6))
def test_knowing_that_people_are_whole_teaches_nothing_more(seed: int) -> None:
    cases = [Case(cle, valeur) for cle, valeur in random_counts(SMALL, seed, 5).items()]
    hidden = protect(cases, SMALL.list_groups(), 5)
    assert find_leaks(cases, SMALL.list_groups(), hidden, 5, whole=True) == []


@pytest.mark.parametrize("seed", range(6))
def test_knowing_that_zeros_are_shown_does_not_prove_a_count_small(seed: int) -> None:
    cases, groupes = [Case(cle, valeur) for cle, valeur in random_counts(SMALL, seed, 4).items()], SMALL.list_groups()
    hidden = protect(cases, groupes, 5)
    (counts,) = read_quantities(cases)
    outsider = Outsider({cle: counts[cle] for cle in counts if cle not in hidden}, hidden, groupes, least=1)
    assert all(outsider.deduce(cle)[1] >= 4 - 1e-6 for cle in hidden)


def list_series(forme: Forme, counts: Counts) -> Iterator[list[Case]]:
    """Yield the counts since January of each territory and sex, month after month."""
    for territoire, sexe in itertools.product([*forme.communes, *forme.ctm, "69M"], ("F", "H", "")):
        flows = [counts[territoire, mois, sexe] for mois in MOIS]
        cumulated = zip(MOIS, itertools.accumulate(flows), strict=True)
        yield [Case((territoire, mois, sexe), valeur) for mois, valeur in cumulated]


@pytest.mark.parametrize("seed", range(4))
def test_no_difference_of_cumulated_counts_can_be_narrowed(seed: int) -> None:
    forme = Forme(communes=4, ctm=2)
    sums = [groupe for groupe in forme.list_groups() if groupe.parent[1] in MOIS]
    cases: list[Case] = []
    ecarts: list[Case] = []
    for serie in list_series(forme, random_counts(forme, seed, 20)):
        between, bound = differences(serie)
        cases += serie
        ecarts += between
        sums += bound
    hidden = protect([*cases, *ecarts], sums, 5)
    assert hidden <= {case.cle for case in cases}
    small = {ecart.cle for ecart in ecarts if 0 < ecart.valeur < 5}
    published = {case.cle: float(case.valeur) for case in cases if case.cle not in hidden}
    outsider = Outsider(published, hidden | {ecart.cle for ecart in ecarts}, sums)
    for cle in hidden | small:
        low, high = outsider.deduce(cle)
        assert low <= 1 + 1e-6 <= 4 - 1e-6 <= high


@pytest.mark.parametrize("pick", [min, max], ids=["first", "last"])
def test_the_whole_metropole_over_six_months_is_protected(pick: Callable[[set[Cle]], Cle]) -> None:
    forme = Forme(communes=58, ctm=10)
    cases, groupes = [Case(cle, n) for cle, n in random_counts(forme, 7, 15).items()], forme.list_groups()
    hidden = protect(cases, groupes, 5)
    check_shown(cases, hidden, 5)
    (counts,) = read_quantities(cases)
    outsider = Outsider({cle: counts[cle] for cle in counts if cle not in hidden}, hidden, groupes)
    low, high = outsider.deduce(pick(hidden))
    assert low <= 1 + 1e-6 <= 4 - 1e-6 <= high
