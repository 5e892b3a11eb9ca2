"""The timeline of a fiche: every bar where its days are, nothing outside the years shown."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.pages.frise import WIDTH, Frise, draw_frise

TODAY = date(2023, 7, 2)
DAY = st.dates(date(2021, 1, 1), date(2028, 12, 31))
BOUNDS = st.one_of(
    st.tuples(DAY, st.integers(0, 900)).map(lambda drawn: (drawn[0], drawn[0] + timedelta(days=drawn[1]))),
    st.tuples(DAY, st.none()),
    st.tuples(st.none(), DAY),
    st.just((None, None)),
)


def line(debut: date | None, fin: date | None, **more: Any) -> dict[str, Any]:
    return {"debut": debut and debut.isoformat(), "fin": fin and fin.isoformat(), **more}


def drawn(*actions: dict[str, Any], echeances: list[dict[str, Any]] | None = None) -> Frise:
    frise = draw_frise({"echeances": echeances or [], "actions": list(actions)}, TODAY)
    assert frise is not None
    return frise


def test_a_year_is_as_wide_as_its_days_and_a_bar_covers_its_last_day() -> None:
    frise = drawn(
        line(date(2022, 1, 1), date(2023, 12, 31), code="11.A1", titre="Homogénéiser", en_retard=True),
        echeances=[line(date(2023, 1, 1), date(2023, 12, 31), texte="2023")],
    )
    assert frise.annees == (2022, 2023)
    assert frise.reperes == (0, 500)
    assert frise.aujourd_hui == round((365 + 182) / 730 * WIDTH, 1)
    plan, action = frise.lignes
    assert (plan.texte, plan.code, plan.en_retard, plan.x, plan.largeur) == ("2023", None, False, 500, 500)
    assert (action.texte, action.code, action.en_retard) == ("Homogénéiser", "11.A1", True)
    assert (action.x, action.largeur) == (0, WIDTH)


def test_an_open_end_goes_on_to_the_edge_and_what_has_no_date_has_no_bar() -> None:
    begun, ended, none = drawn(
        line(date(2023, 1, 1), None, code="a", titre="a", en_retard=False),
        line(None, date(2022, 12, 31), code="b", titre="b", en_retard=False),
        line(None, None, code="c", titre="c", en_retard=False),
    ).lignes
    assert (begun.x, begun.largeur) == (500, 500)
    assert (ended.x, ended.largeur) == (0, 500)
    assert none.largeur == 0


def test_what_ended_long_ago_is_seen_beside_the_present_and_no_date_is_no_timeline() -> None:
    frise = drawn(line(None, date(2021, 12, 31), code="a", titre="a", en_retard=True))
    assert frise.annees == (2021, 2022, 2023)
    assert frise.lignes[0].largeur < frise.aujourd_hui
    assert draw_frise({"echeances": [line(None, None, texte="Continu")], "actions": []}, TODAY) is None


@settings(deadline=None)
@given(st.lists(BOUNDS, min_size=1, max_size=6))
def test_every_bar_is_inside_and_later_days_are_further_right(bounds: list[tuple[date | None, date | None]]) -> None:
    actions = [line(debut, fin, code="x", titre="x", en_retard=False) for debut, fin in bounds]
    frise = draw_frise({"echeances": [], "actions": actions}, TODAY)
    if frise is None:
        assert all(pair == (None, None) for pair in bounds)
        return
    assert list(frise.reperes) == sorted(frise.reperes)
    assert all(each.x >= 0 and each.x + each.largeur <= WIDTH + 0.1 for each in frise.lignes)
    dated = sorted((debut, each.x) for (debut, _), each in zip(bounds, frise.lignes, strict=True) if debut)
    assert [x for _, x in dated] == sorted(x for _, x in dated)
