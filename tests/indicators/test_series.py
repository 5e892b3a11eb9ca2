"""How each nature adds up, over territories and over time, and what is said when it does not."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from services.indicators.periods import parse_periode
from services.indicators.series import (
    Cellule,
    Donnees,
    Lecture,
    Regles,
    Serie,
    Tranche,
    Valeur,
    collapse,
    compute_cell,
    needed_rows,
    sum_children,
)
from services.indicators.vocabulary import (
    Confidentialite,
    MotifCellule,
    Nature,
    Periodicite,
    RegleQualitative,
    RegleTemps,
    StatutMesure,
)
from tests.indicators.test_geography import EPOQUE, METROPOLE, PETITE, TODAY

Row = Valeur | int | str | tuple[int, int]
LECTURE = Lecture(TODAY)
D = Decimal
FLUX, STOCK, RATIO = Regles(Nature.FLUX), Regles(Nature.STOCK), Regles(Nature.RATIO, decimales=1, pour=100)
MONTHS = ("2025-01", "2025-02", "2025-03")


def valeur(row: Row) -> Valeur:
    if isinstance(row, Valeur):
        return row
    if isinstance(row, tuple):
        return Valeur(D(row[0]), D(row[1]))
    return Valeur(texte=row) if isinstance(row, str) else Valeur(D(row))


def told(*values: object) -> tuple[object, ...]:
    """Let Decimals be compared with plain numbers."""
    return values


def donnees(regles: Regles, rows: Mapping[str, Row], periode: str = "") -> Donnees:
    """Rows by territory for one period, or by ``territoire periode``."""
    valeurs = {}
    for key, row in rows.items():
        territoire, _, code = key.partition(" ")
        valeurs[territoire, code or periode] = valeur(row)
    return Donnees(valeurs, sum_children(regles, PETITE, valeurs))


def cell(regles: Regles, rows: Mapping[str, Row], cible: str, lecture: Lecture = LECTURE) -> Cellule:
    territoire, periode = cible.split()
    found = donnees(regles, rows, periode)
    return compute_cell(regles, PETITE, found, lecture, territoire, parse_periode(periode))


def monthly(*rows: Row, territoire: str = "A3") -> dict[str, Row]:
    return {f"{territoire} {month}": row for month, row in zip(MONTHS, rows, strict=False)}


def test_a_ratio_is_the_sum_over_the_sum_never_a_mean_of_ratios() -> None:
    found = cell(RATIO, {"A1": (8, 10), "A3": (10, 100)}, "A 2025")
    assert told(found.valeur, found.numerateur, found.denominateur) == (D("16.4"), 18, 110)
    assert (found.recus, found.attendus, found.motif) == (2, 2, None)
    assert cell(RATIO, monthly((8, 10), (10, 100)), "A3 2025-Q1").denominateur == 110


def test_a_ratio_of_stocks_is_that_of_the_last_date() -> None:
    regles = Regles(Nature.RATIO, decimales=1, pour=100, temps=RegleTemps.DERNIER)
    assert cell(regles, monthly((8, 10), (10, 100), (1, 4)), "A3 2025-Q1").valeur == D("25.0")


def test_a_denominator_of_nothing_gives_no_value_and_says_so() -> None:
    found = cell(RATIO, {"A3": (0, 0)}, "A3 2025")
    assert told(found.valeur, found.motif, found.numerateur, found.denominateur) == (
        None,
        MotifCellule.DENOMINATEUR_NUL,
        0,
        0,
    )


def test_a_flux_adds_up_over_territories_and_over_time() -> None:
    assert cell(FLUX, {"A1": 3, "A3": 4}, "A 2025").valeur == 7
    found = cell(FLUX, monthly(1, 2, 3), "A3 2025-Q1")
    assert told(found.valeur, found.recus, found.attendus) == (6, 3, 3)
    both = {f"{commune} {month}": 1 for commune in ("A1", "A3", "B1", "C1") for month in MONTHS}
    whole = cell(FLUX, both, "M 2025-Q1")
    assert told(whole.valeur, whole.recus, whole.attendus) == (12, 12, 12)


def test_a_stock_of_a_quarter_is_that_of_its_last_date() -> None:
    found = cell(STOCK, monthly(120, 130, 125), "A3 2025-Q1")
    assert told(found.valeur, found.recus, found.attendus) == (125, 1, 1)


def test_a_stock_without_its_last_date_is_not_covered() -> None:
    found = cell(STOCK, monthly(120, 130), "A3 2025-Q1")
    assert (found.valeur, found.motif, found.recus, found.attendus) == (None, MotifCellule.COUVERTURE, 0, 1)


def test_the_mean_of_a_stock_needs_all_its_dates() -> None:
    mean = Lecture(TODAY, stock_moyenne=True)
    found = cell(STOCK, monthly(120, 130, 128), "A3 2025-Q1", mean)
    assert told(found.valeur, found.recus, found.attendus, found.numerateur) == (126, 3, 3, None)
    assert cell(STOCK, monthly(120, 130), "A3 2025-Q1", mean).motif is MotifCellule.COUVERTURE
    assert cell(STOCK, monthly(120, 130, 128) | {"A3 2025-Q1": 99}, "A3 2025-Q1", mean).valeur == 126
    assert cell(STOCK, {"A3": 99}, "A3 2025-Q1", mean).motif is MotifCellule.COUVERTURE
    assert cell(STOCK, {"A3": 99}, "A3 2025-01", mean).valeur == 99
    assert cell(FLUX, monthly(1, 2, 3), "A3 2025-Q1", mean).valeur == 6


def test_distinct_people_are_bounded_never_added_up() -> None:
    regles = Regles(Nature.PERSONNES_DISTINCTES)
    assert cell(regles, {"A": 11, "A1": 8, "A3": 5}, "A 2025").valeur == 11
    found = cell(regles, {"A1": 8, "A3": 5}, "A 2025")
    assert told(found.valeur, found.motif, found.bornes) == (None, MotifCellule.NON_AGREGEABLE, (8, 13))
    over_time = cell(regles, monthly(4, 6, 5), "A3 2025-Q1")
    assert told(over_time.motif, over_time.bornes) == (MotifCellule.NON_AGREGEABLE, (6, 15))
    partial = cell(regles, {"A1": 8}, "A 2025")
    assert told(partial.bornes, partial.recus, partial.attendus) == ((8, None), 1, 2)
    hidden = Valeur(D(5), confidentialite=Confidentialite.C)
    assert cell(regles, {"A1": 8, "A3": hidden}, "A 2025").bornes is None


def test_a_median_is_never_put_together() -> None:
    regles = Regles(Nature.MEDIANE)
    assert cell(regles, {"A": 30, "A1": 8, "A3": 5}, "A 2025").valeur == 30
    assert cell(regles, {"A1": 8, "A3": 5}, "A 2025").motif is MotifCellule.NON_AGREGEABLE
    assert cell(regles, monthly(4, 6, 5), "A3 2025-Q1").motif is MotifCellule.NON_AGREGEABLE
    assert cell(regles, {}, "A3 2025").motif is MotifCellule.AUCUNE_DONNEE


def median(counts: Mapping[str, Mapping[str, Row]], cible: str, rows: Mapping[str, Row] | None = None) -> Cellule:
    territoire, periode = cible.split()
    ends: dict[str, tuple[Decimal | None, Decimal | None]]
    ends = {"moins": (None, D(10)), "milieu": (D(10), D(20)), "plus": (D(20), D(40)), "apres": (D(40), None)}
    tranches = [
        Tranche(*ends[nom], Serie(FLUX, PETITE, donnees(FLUX, cells, periode), LECTURE))
        for nom, cells in counts.items()
    ]
    regles = Regles(Nature.MEDIANE, decimales=1)
    serie = Serie(regles, PETITE, donnees(regles, rows or {}, periode), LECTURE, tranches)
    return serie.compute(territoire, parse_periode(periode))


def test_a_median_comes_from_the_sums_of_its_buckets_as_an_estimate() -> None:
    counts: dict[str, dict[str, Row]] = {"milieu": {"A1": 4, "A3": 2}, "plus": {"A1": 5, "A3": 5}}
    found = median(counts, "A 2025")
    assert (found.valeur, found.statut, found.recus, found.attendus) == (D("24.0"), StatutMesure.E, 2, 2)
    assert median(counts, "A 2025", {"A": 22}).valeur == 22
    assert median({"milieu": {"A1": 4, "A3": 2}, "plus": {"A1": 5}}, "A 2025").motif is MotifCellule.COUVERTURE
    assert median({"milieu": {"A3": 0}, "plus": {"A3": 0}}, "A3 2025").motif is MotifCellule.DENOMINATEUR_NUL
    assert median({"milieu": {}, "plus": {}}, "A3 2025").motif is MotifCellule.AUCUNE_DONNEE


def test_a_median_that_falls_in_an_open_bucket_is_only_bounded() -> None:
    found = median({"moins": {"A3": 9}, "milieu": {"A3": 1}}, "A3 2025")
    assert told(found.valeur, found.motif, found.bornes) == (None, MotifCellule.NON_AGREGEABLE, (None, 10))
    found = median({"milieu": {"A3": 1}, "apres": {"A3": 9}}, "A3 2025")
    assert told(found.bornes) == ((40, None),)


def test_a_missing_commune_is_coverage_never_zero() -> None:
    found = cell(FLUX, {"A1": 3, "A3": 0, "B1": 2}, "M 2025")
    assert (found.valeur, found.motif, found.recus, found.attendus) == (None, MotifCellule.COUVERTURE, 3, 4)
    assert (found.part, found.composants) == (D("0.7500"), None)
    lenient = Regles(Nature.FLUX, couverture_minimale=D("0.75"))
    assert cell(lenient, {"A1": 3, "A3": 0, "B1": 2}, "M 2025").valeur == 5
    nothing = cell(FLUX, {}, "M 2025")
    assert (nothing.valeur, nothing.motif, nothing.recus, nothing.attendus) == (None, MotifCellule.AUCUNE_DONNEE, 0, 1)


def test_half_is_enough_for_ratios() -> None:
    rows = {"A1": (8, 10), "A3": (10, 100)}
    for nature in (Nature.RATIO, Nature.MOYENNE, Nature.COHORTE):
        assert cell(Regles(nature), rows, "M 2025").motif is None
    assert cell(Regles(Nature.RATIO), {"A1": (8, 10)}, "M 2025").motif is MotifCellule.COUVERTURE


def test_a_supplied_parent_is_kept_beside_its_children() -> None:
    rows = {"A": 100, "A1": 3, "A3": 4, "B": 5, "C1": 6}
    assert cell(FLUX, rows, "A 2025").valeur == 100
    found = cell(FLUX, rows, "M 2025")
    assert told(found.valeur, found.recus, found.attendus) == (111, 4, 4)


def test_a_coarser_child_counts_for_all_its_units() -> None:
    rows: dict[str, Row] = {"A": 100, "B1X": 1, "B1Y": 2, "C": 3}
    found = cell(FLUX, rows, "M 2025")
    assert told(found.valeur, found.recus, found.attendus) == (106, 2 + 2 + 1, 5)
    del rows["B1Y"]
    found = cell(FLUX, rows, "M 2025")
    assert told(found.valeur, found.recus, found.attendus) == (104, 4, 5)
    assert cell(FLUX, {"A": 1, "B": 2, "C": 3}, "M 2025").attendus == 3


def test_one_granularity_only_is_added_up() -> None:
    rows: dict[str, Row] = {"A3 2025-Q1": 100, "A3 2025-04": 1, "A3 2025-05": 1, "A3 2025-06": 1}
    found = cell(FLUX, rows, "A3 2025-S1")
    assert (found.valeur, found.motif, found.recus, found.attendus) == (None, MotifCellule.COUVERTURE, 1, 2)
    rows |= {"A3 2025-01": 1, "A3 2025-02": 1}
    found = cell(FLUX, rows, "A3 2025-S1")
    assert told(found.valeur, found.recus, found.attendus) == (5, 5, 6)
    rows |= {"A3 2025-03": 1, "A3 2025-Q2": 50}
    assert cell(FLUX, rows, "A3 2025-S1").valeur == 150  # As much of both: the coarsest.


def test_weeks_do_not_make_months_but_days_make_weeks() -> None:
    regles = Regles(Nature.FLUX, periodes=(Periodicite.JOUR, Periodicite.SEMAINE, Periodicite.MOIS))
    weeks: dict[str, Row] = {f"A3 2025-W{week:02d}": 1 for week in range(1, 10)}
    assert cell(regles, weeks, "A3 2025-01").motif is MotifCellule.AUCUNE_DONNEE
    days: dict[str, Row] = {f"A3 2025-01-{day:02d}": 1 for day in range(6, 13)}
    assert cell(regles, days, "A3 2025-W02").valeur == 7


def test_a_commune_of_today_holds_those_that_became_it() -> None:
    rows: dict[str, Row] = {f"{code} {month}": 1 for code in ("A1", "A2") for month in ("2023-12", "2024-01")}
    del rows["A2 2024-01"]
    found = cell(FLUX, rows, "A1 2023-12")
    assert told(found.valeur, found.recus, found.attendus) == (2, 2, 2)
    assert cell(FLUX, rows, "A1 2024-01").valeur == 1
    assert cell(FLUX, rows, "A1 2023-12", Lecture(TODAY, EPOQUE)).valeur == 1
    assert cell(FLUX, rows, "A2 2023-12", Lecture(TODAY, EPOQUE)).valeur == 1
    del rows["A2 2023-12"]
    found = cell(FLUX, rows, "A1 2023-12")
    assert (found.valeur, found.motif, found.recus, found.attendus) == (None, MotifCellule.COUVERTURE, 1, 2)


def test_oullins_pierre_benite_adds_up_before_it_was_born() -> None:
    valeurs = {("69149", "2023"): Valeur(D(30)), ("69152", "2023"): Valeur(D(12)), ("69149", "2024"): Valeur(D(50))}
    found = Donnees(valeurs, sum_children(FLUX, METROPOLE, valeurs))
    serie = Serie(FLUX, METROPOLE, found, LECTURE)
    assert [serie.compute("69149", parse_periode(year)).valeur for year in ("2023", "2024")] == [42, 50]
    assert serie.compute("LONES_ET_COTEAUX", parse_periode("2023")).recus == 2


def test_a_rate_is_over_the_people_of_the_territories_that_were_counted() -> None:
    regles = Regles(Nature.TAUX, decimales=2, pour=1000)
    assert cell(regles, {"A3": 5}, "A3 2025").valeur == D("10.00")
    found = cell(regles, {"A1": 5, "A3": 5, "B1": 10}, "M 2025")
    assert found.motif is MotifCellule.COUVERTURE
    found = cell(regles, {"A1": 5, "A3": 5, "B": 10, "C1": 4}, "M 2025")
    assert told(found.valeur, found.denominateur, found.composants) == (
        D("9.23"),
        2600,
        {"population_millesime": "2026"},
    )
    found = cell(regles, monthly(5, 5, 5), "A3 2025-Q1")
    assert told(found.valeur, found.numerateur, found.denominateur) == (30, 15, 500)
    before = cell(regles, {"A1": 5, "A2": 5}, "A1 2023")
    assert told(before.valeur, before.denominateur) == (10, 1000)


def test_a_mean_is_the_sum_over_the_number() -> None:
    found = cell(Regles(Nature.MOYENNE, decimales=1), {"A1": (100, 10), "A3": (10, 20)}, "A 2025")
    assert told(found.valeur, found.numerateur, found.denominateur) == (D("3.7"), 110, 30)


def test_a_cumul_adds_up_over_territories_and_takes_the_last_date() -> None:
    regles = Regles(Nature.CUMUL)
    assert cell(regles, {"A1": 3, "A3": 4}, "A 2025").valeur == 7
    assert cell(regles, monthly(1, 3, 8), "A3 2025-Q1").valeur == 8


def test_a_cohort_is_read_when_its_last_entrant_has_had_his_days() -> None:
    regles, rows = Regles(Nature.COHORTE, decimales=2, horizon_jours=60), monthly((1, 2), (3, 4), (9, 9))
    young = Lecture(date(2025, 4, 29))
    found = cell(regles, rows, "A3 2025-Q1", young)
    assert (found.valeur, found.recus, found.attendus) == (D("0.67"), 2, 3)
    assert found.composants == {"immatures": 1}
    assert cell(regles, rows, "A3 2025-03", young).motif is MotifCellule.IMMATURE
    assert cell(regles, rows, "A3 2025-03", Lecture(date(2025, 5, 29))).motif is MotifCellule.IMMATURE
    assert cell(regles, rows, "A3 2025-03", Lecture(date(2025, 5, 30))).valeur == 1
    assert cell(regles, rows, "A3 2025-Q1", Lecture(date(2025, 3, 1))).motif is MotifCellule.IMMATURE
    assert cell(regles, rows, "A3 2025-Q1", Lecture(date(2025, 4, 5))).motif is MotifCellule.COUVERTURE
    assert cell(regles, rows, "A3 2025-Q1").valeur == D("0.87")
    assert cell(regles, {"A3": (1, 2)}, "A3 2025-Q1", young).motif is MotifCellule.IMMATURE


@pytest.mark.parametrize(("nature", "rows"), [(Nature.INDICE, (10, 11, 12)), (Nature.TEXTE, ("dix", "onze", "douze"))])
def test_indices_and_texts_take_the_last_date_and_never_add_up(nature: Nature, rows: tuple[Row, ...]) -> None:
    regles = Regles(nature)
    last = cell(regles, monthly(*rows), "A3 2025-Q1")
    assert last.valeur == (D(12) if nature is Nature.INDICE else "douze")
    assert cell(regles, monthly(*rows[:2]), "A3 2025-Q1").motif is MotifCellule.COUVERTURE
    found = cell(regles, {"A1": rows[0], "A3": rows[1]}, "A 2025")
    assert (found.valeur, found.motif, found.recus) == (None, MotifCellule.NON_AGREGEABLE, 2)


@pytest.mark.parametrize(
    ("regle", "feux", "attendue"),
    [
        (RegleQualitative.PIRE, ("vert", "vert", "orange", "vert"), "orange"),
        (RegleQualitative.MAJORITAIRE, ("vert", "vert", "rouge", "orange"), "vert"),
        (RegleQualitative.MAJORITAIRE, ("vert", "rouge", "rouge", "vert"), "rouge"),
        (None, ("vert", "vert", "vert", "vert"), None),
    ],
)
def test_a_state_of_territories_is_a_distribution_and_what_the_rule_takes_of_it(
    regle: RegleQualitative | None, feux: tuple[str, ...], attendue: str | None
) -> None:
    regles = Regles(Nature.QUALITATIF, modalites=("rouge", "orange", "vert"), regle=regle)
    found = cell(regles, dict(zip(("A1", "A3", "B1", "C1"), feux, strict=True)), "M 2025")
    assert (found.valeur, found.motif) == (attendue, None if attendue else MotifCellule.NON_AGREGEABLE)
    assert found.composants == {"distribution": {feu: feux.count(feu) for feu in set(feux)}}
    assert cell(regles, {"A1": "vert"}, "M 2025").motif is MotifCellule.COUVERTURE
    assert cell(regles, monthly("vert", "vert", "rouge"), "A3 2025-Q1").valeur == "rouge"


E_, P_, M_ = StatutMesure.E, StatutMesure.P, StatutMesure.M


@pytest.mark.parametrize(
    ("statuts", "expected"),
    [
        ((None, None), None),
        ((P_, P_), P_),
        ((P_, None), P_),
        ((P_, E_), E_),
        ((StatutMesure.F, StatutMesure.B), StatutMesure.B),
        ((M_, None), None),
        ((M_, StatutMesure.I), StatutMesure.I),
    ],
)
def test_the_status_of_a_sum_is_the_worst_of_its_parts(
    statuts: tuple[StatutMesure | None, ...], expected: StatutMesure
) -> None:
    one, other = (Valeur(None if statut is M_ else D(4), statut=statut) for statut in statuts)
    found = cell(FLUX, {"A1": one, "A3": other}, "A 2025")
    assert (found.statut, found.recus, found.motif) == (expected, 2, None)
    assert found.valeur == (4 if M_ in statuts else 8)


@pytest.mark.parametrize("nature", list(Nature))
def test_what_cannot_exist_is_neither_zero_nor_missing(nature: Nature) -> None:
    nothing = Valeur(statut=M_)
    for rows, cible in (({"A3": nothing}, "A3 2025"), ({"A1": nothing, "A3": nothing}, "A 2025")):
        found = cell(Regles(nature), rows, cible)
        assert told(found.valeur, found.statut, found.motif, found.part) == (None, M_, None, 1)
        assert (found.numerateur, found.denominateur, found.bornes) == (None, None, None)


def test_a_sum_is_confidential_only_when_all_its_parts_are() -> None:
    hidden, free = Valeur(D(3), confidentialite=Confidentialite.C), Valeur(D(4))
    assert cell(FLUX, {"A3": hidden}, "A3 2025").confidentialite is Confidentialite.C
    assert cell(FLUX, {"A1": hidden, "A3": hidden}, "A 2025").confidentialite is Confidentialite.C
    found = cell(FLUX, {"A1": hidden, "A3": free}, "A 2025")
    assert told(found.valeur, found.confidentialite) == (7, None)


def test_a_value_that_its_producer_hides_is_a_hole() -> None:
    hidden = Valeur(confidentialite=Confidentialite.P)
    found = cell(FLUX, {"B1": hidden, "B1X": 1, "B1Y": 2}, "B1 2025")
    assert (found.valeur, found.motif, found.confidentialite) == (None, MotifCellule.SECRET, Confidentialite.P)
    found = cell(FLUX, {"B1": hidden, "B1X": 1, "B1Y": 2}, "B 2025")
    assert (found.valeur, found.motif, found.recus, found.attendus) == (None, MotifCellule.COUVERTURE, 0, 1)


@pytest.mark.parametrize(("raw", "rounded"), [("0.25", "0.2"), ("0.35", "0.4"), ("-0.25", "-0.2"), ("-0.04", "0.0")])
def test_values_are_rounded_half_to_even_on_the_way_out(raw: str, rounded: str) -> None:
    found = cell(Regles(Nature.INDICE, decimales=1), {"A3": Valeur(D(raw))}, "A3 2025")
    assert str(found.valeur) == rounded
    regles = Regles(Nature.RATIO, decimales=1)
    found = cell(regles, {"A3": Valeur(D(raw) * 3, D(3))}, "A3 2025")
    assert (str(found.valeur), found.numerateur) == (rounded, D(raw) * 3)


def test_a_sum_is_rounded_once() -> None:
    rows = {"A1": Valeur(D("0.4")), "A3": Valeur(D("0.4")), "B1": Valeur(D("0.4")), "C1": Valeur(D("0.4"))}
    assert cell(FLUX, rows, "M 2025").valeur == 2
    assert str(cell(FLUX, {"A3": Valeur(D("1E+2"))}, "A3 2025").valeur) == "100"


def test_the_last_revision_of_the_parts_is_told() -> None:
    days = [datetime(2025, 5, day, tzinfo=UTC) for day in (3, 1)]
    found = cell(FLUX, {"A1": Valeur(D(1), revise_le=days[0]), "A3": Valeur(D(1), revise_le=days[1])}, "A 2025")
    assert found.revise_le == days[0]


def test_the_modalities_of_a_partition_give_the_total_when_all_are_there() -> None:
    here, there = ("A1", "2025"), ("A3", "2025")
    modalites = {
        "F": {here: valeur(3), there: valeur(1)},
        "H": {here: valeur(4)},
        "inconnu": {here: valeur(1), there: valeur(5)},
    }
    total = collapse(FLUX, modalites, exigees=("F", "H"))
    assert {cle: row.valeur for cle, row in total.items()} == {here: 8}
    modalites["inconnu"][here] = Valeur(confidentialite=Confidentialite.C)
    assert collapse(FLUX, modalites, exigees=("F", "H")) == {}
    assert collapse(Regles(Nature.PERSONNES_DISTINCTES), modalites, exigees=()) == {}


def test_only_what_a_cell_is_made_of_is_read() -> None:
    asked = [parse_periode("2025-Q1")]
    found = needed_rows(FLUX, PETITE, LECTURE, ["M"], asked)
    assert told(found.lignes, found.sommes) == ({"M", "A", "B", "C", "B1"}, {"M", "A", "B", "C", "B1"})
    assert found.periodes == {"2025-Q1", *MONTHS}
    assert needed_rows(FLUX, PETITE, LECTURE, ["A3"], asked).sommes == set()
    past = [parse_periode("2023-12")]
    assert needed_rows(FLUX, PETITE, LECTURE, ["A1"], past).lignes == {"A1", "A2"}
    assert needed_rows(FLUX, PETITE, Lecture(TODAY, EPOQUE), ["A1"], past).lignes == {"A1"}
    assert needed_rows(Regles(Nature.TAUX), PETITE, LECTURE, ["B"], past).lignes == {"B", "B1", "B1X", "B1Y"}
