"""What holds of sums whatever the data: order, grouping, rollups; and a second, naive way to compute them."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from services.indicators.geography import VueGeographique
from services.indicators.periods import Periode, parse_periode, split
from services.indicators.series import (
    Cellule,
    Donnees,
    Lecture,
    Regles,
    Serie,
    Somme,
    Valeur,
    collapse,
    needed_rows,
    sum_children,
)
from services.indicators.series.arrondis import round_quotient
from services.indicators.series.sommes import Cle, combine, weigh
from services.indicators.vocabulary import (
    Confidentialite,
    MotifCellule,
    Nature,
    Periodicite,
    RegleQualitative,
    RegleTemps,
    StatutMesure,
)
from shared.territoires import ORDRE, Niveau
from tests.indicators.test_geography import PETIT_ARBRE, PETITE, TODAY

MONTHS = ("2023-10", "2023-11", "2023-12", "2024-01", "2024-02", "2024-03")
PERIODES = ("2023-12", "2024-01", "2023-Q4", "2024-Q1", "2023", "2024")
CODES = PETIT_ARBRE.codes()
TEXTES = ("rouge", "orange", "vert")
NOMBRES = st.decimals(0, 10**9, places=3)
CLES = st.tuples(st.sampled_from(CODES), st.sampled_from((*MONTHS, "2023-Q4", "2024-Q1", "2024")))
REVISIONS = st.datetimes(datetime(2024, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def rows(valeurs: st.SearchStrategy[Valeur]) -> st.SearchStrategy[dict[Cle, Valeur]]:
    """Rows of territories that existed."""
    dates = {code: parse_periode(code).dernier_jour for code in (*MONTHS, "2023-Q4", "2024-Q1", "2024")}
    there = CLES.filter(lambda cle: cle[0] in PETITE.read_at(dates[cle[1]]).territoires)
    return st.dictionaries(there, valeurs, max_size=40)


PLAIN = st.builds(Valeur, valeur=NOMBRES, diviseur=NOMBRES, revise_le=st.none() | REVISIONS)
ANY = st.builds(
    Valeur,
    valeur=st.none() | NOMBRES,
    diviseur=st.none() | NOMBRES,
    texte=st.sampled_from(TEXTES),
    statut=st.none() | st.sampled_from(list(StatutMesure)),
    confidentialite=st.none() | st.sampled_from(list(Confidentialite)),
    revise_le=st.none() | REVISIONS,
)
REGLES = st.builds(
    Regles,
    nature=st.sampled_from(list(Nature)),
    decimales=st.integers(0, 3),
    pour=st.sampled_from((1, 100)),
    temps=st.none() | st.sampled_from(list(RegleTemps)),
    couverture_minimale=st.sampled_from((None, Decimal(0), Decimal("0.5"), Decimal(1))),
    modalites=st.just(TEXTES),
    regle=st.none() | st.sampled_from(list(RegleQualitative)),
    horizon_jours=st.none() | st.just(60),
)
LECTURES = st.builds(
    Lecture,
    today=st.sampled_from((date(2024, 2, 1), date(2024, 4, 15), TODAY)),
    geographie=st.sampled_from(list(VueGeographique)),
    stock_moyenne=st.booleans(),
)


def compute_all(regles: Regles, donnees: Donnees, lecture: Lecture) -> dict[Cle, Cellule]:
    serie = Serie(regles, PETITE, donnees, lecture)
    return {(code, periode): serie.compute(code, parse_periode(periode)) for code in CODES for periode in PERIODES}


def of_rows(regles: Regles, valeurs: dict[Cle, Valeur]) -> Donnees:
    return Donnees(valeurs, sum_children(regles, PETITE, valeurs))


@given(REGLES, LECTURES, rows(ANY), st.randoms())
def test_the_order_of_rows_changes_no_cell(
    regles: Regles, lecture: Lecture, valeurs: dict[Cle, Valeur], random: st.DataObject
) -> None:
    shuffled = list(valeurs.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    cells = compute_all(regles, of_rows(regles, valeurs), lecture)
    assert cells == compute_all(regles, of_rows(regles, dict(shuffled)), lecture)


@given(REGLES, LECTURES, rows(PLAIN), st.sampled_from(CODES), st.sampled_from(PERIODES))
def test_kept_sums_and_the_few_rows_needed_give_the_cells_of_all_rows(
    regles: Regles, lecture: Lecture, valeurs: dict[Cle, Valeur], code: str, periode: str
) -> None:
    asked = parse_periode(periode)
    besoins = needed_rows(regles, PETITE, lecture, [code], [asked])
    lignes = {cle: row for cle, row in valeurs.items() if cle[0] in besoins.lignes and cle[1] in besoins.periodes}
    every = of_rows(regles, valeurs)
    kept = {
        cle: Somme(each.valeur, each.diviseur, each.recus, each.revise_le)
        for cle, each in every.sommes.items()
        if cle[0] in besoins.sommes and cle[1] in besoins.periodes
    }
    few = Donnees(lignes, kept if regles.rolled_up else sum_children(regles, PETITE, lignes))
    assert Serie(regles, PETITE, few, lecture).compute(code, asked) == Serie(regles, PETITE, every, lecture).compute(
        code, asked
    )


@given(REGLES, st.lists(ANY, min_size=2, max_size=12), st.integers(1, 11))
def test_sums_of_sums_are_the_sum(regles: Regles, valeurs: list[Valeur], where: int) -> None:
    sommes = [weigh(regles, each, 10) for each in valeurs]
    cut = min(where, len(sommes) - 1)
    grouped = combine([combine(sommes[cut:]), combine(sommes[:cut])])
    whole = combine(sommes)
    assert Counter(grouped.textes) == Counter(whole.textes)
    assert replace(grouped, textes=()) == replace(whole, textes=())


@given(rows(PLAIN), st.sampled_from([Nature.FLUX, Nature.STOCK, Nature.CUMUL, Nature.RATIO, Nature.MOYENNE]))
def test_rows_split_by_modality_give_the_same_cells(valeurs: dict[Cle, Valeur], nature: Nature) -> None:
    regles = Regles(nature, decimales=2)
    third, rest = Fraction(1, 4), Fraction(3, 4)
    modalites = {
        nom: {
            cle: replace(row, valeur=scale(row.valeur, share), diviseur=scale(row.diviseur, share))
            for cle, row in valeurs.items()
        }
        for nom, share in (("F", third), ("H", rest))
    }
    collapsed = collapse(regles, modalites, exigees=("F", "H"))
    lecture = Lecture(TODAY)
    assert compute_all(regles, of_rows(regles, collapsed), lecture) == compute_all(
        regles, of_rows(regles, valeurs), lecture
    )


def scale(value: Decimal | None, share: Fraction) -> Decimal:
    assert value is not None
    return value * share.numerator / share.denominator


@given(st.decimals(-(10**12), 10**12, places=6), st.decimals(1, 10**9, places=4), st.integers(0, 6))
def test_a_quotient_is_rounded_from_its_true_value(numerateur: Decimal, denominateur: Decimal, decimales: int) -> None:
    exact = round(Fraction(numerateur) / Fraction(denominateur), decimales)
    found = round_quotient(numerateur, denominateur, decimales)
    assert Fraction(found) == exact
    assert found.as_tuple().exponent == -decimales


@given(REGLES, LECTURES, rows(ANY))
def test_a_cell_has_a_value_or_says_why_not(regles: Regles, lecture: Lecture, valeurs: dict[Cle, Valeur]) -> None:
    for cellule in compute_all(regles, of_rows(regles, valeurs), lecture).values():
        assert 0 <= cellule.recus <= cellule.attendus
        assert (cellule.valeur is None) == (cellule.motif is not None or cellule.statut is StatutMesure.M)
        if cellule.valeur is not None:
            assert cellule.recus >= regles.seuil * cellule.attendus
        if cellule.motif in (MotifCellule.COUVERTURE, MotifCellule.AUCUNE_DONNEE, MotifCellule.IMMATURE):
            assert (cellule.bornes, cellule.composants) == (None, None)
            assert cellule.numerateur is None or (regles.quotient and cellule.motif is MotifCellule.COUVERTURE)


def list_used(code: str, periode: Periode, valeurs: dict[Cle, Valeur]) -> list[str]:
    """The territories whose rows make up ``code``, walked down one by one."""
    if (code, periode.code) in valeurs:
        return [code]
    there = [each for each in PETIT_ARBRE.list_at(periode.dernier_jour) if each.parent == code]
    return [used for each in there for used in list_used(each.code, periode, valeurs)]


def count_leaves(code: str, day: date, maille: Niveau) -> int:
    there = [each for each in PETIT_ARBRE.list_at(day) if each.parent == code]
    niveau = next(each.niveau for each in PETIT_ARBRE.list_at(day) if each.code == code)
    if not there or ORDRE.index(niveau) >= ORDRE.index(maille):
        return 1
    return sum(count_leaves(each.code, day, maille) for each in there)


def sum_naively(code: str, way: tuple[Periode, ...], valeurs: dict[Cle, Valeur]) -> tuple[Decimal, int, int]:
    """The sum, and how many units of how many."""
    used = [(each, periode) for periode in way for each in list_used(code, periode, valeurs)]
    niveaux = {
        each.niveau for each in PETIT_ARBRE.list_at(way[0].debut) if each.code in {territoire for territoire, _ in used}
    }
    maille = max(niveaux, key=ORDRE.index, default=Niveau.METROPOLE)
    total = sum((valeurs[each, periode.code].valeur or Decimal(0) for each, periode in used), Decimal(0))
    recus = sum(count_leaves(each, periode.dernier_jour, maille) for each, periode in used)
    return total, recus, sum(count_leaves(code, periode.dernier_jour, maille) for periode in way)


@given(rows(PLAIN), st.sampled_from([code for code in CODES if code != "A2"]), st.sampled_from(PERIODES))
def test_a_flux_is_what_a_naive_walk_finds(valeurs: dict[Cle, Valeur], code: str, periode: str) -> None:
    regles = Regles(Nature.FLUX, decimales=3, couverture_minimale=Decimal(0))
    lecture = Lecture(TODAY, VueGeographique.EPOQUE)
    asked = parse_periode(periode)
    found = Serie(regles, PETITE, of_rows(regles, valeurs), lecture).compute(code, asked)
    if (code, periode) in valeurs:
        assert (found.valeur, found.recus, found.attendus) == (valeurs[code, periode].valeur, 1, 1)
        return
    genres = (Periodicite.SEMESTRE, Periodicite.TRIMESTRE, Periodicite.MOIS)
    finer = [split(asked, genre) for genre in genres if genre != asked.genre and asked.genre is not Periodicite.MOIS]
    ways = [(asked,), *(way for way in finer if way)]
    best = max((sum_naively(code, way, valeurs) for way in ways), key=lambda each: Fraction(each[1], each[2]))
    if best[1]:
        assert (found.valeur, found.recus, found.attendus) == best
    else:
        assert (found.valeur, found.motif) == (None, MotifCellule.AUCUNE_DONNEE)


@given(REGLES, LECTURES, rows(ANY))
def test_the_short_way_to_a_whole_sum_gives_what_the_general_way_gives(
    regles: Regles, lecture: Lecture, valeurs: dict[Cle, Valeur]
) -> None:
    donnees = of_rows(regles, valeurs)
    general = Serie(regles, PETITE, donnees, lecture)
    general._plain = False
    for (code, periode), cellule in compute_all(regles, donnees, lecture).items():
        assert cellule == general.compute(code, parse_periode(periode))
