"""Which plan a request speaks of."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import DonneesRefusees
from shared.plans import PlanAbsent, PlanDates, choose_plan

DAYS = st.dates(date(2000, 1, 1), date(2050, 12, 31))


@st.composite
def plans(draw: st.DrawFn) -> PlanDates:
    debut = draw(DAYS)
    return PlanDates(draw(st.text("abc", min_size=1, max_size=3)), debut, debut + timedelta(draw(st.integers(0, 3000))))


known_plans = st.lists(plans(), min_size=1, max_size=6, unique_by=lambda plan: plan.code)


def in_force(plan: PlanDates, jour: date) -> bool:
    return plan.debut <= jour <= plan.fin


@given(known=known_plans, jour=DAYS)
def test_the_plan_chosen_is_one_of_the_known_and_in_force_when_one_is(known: list[PlanDates], jour: date) -> None:
    (chosen,) = [plan for plan in known if plan.code == choose_plan(known, None, jour)]
    assert in_force(chosen, jour) or not any(in_force(plan, jour) for plan in known)


@given(known=known_plans, jour=DAYS)
def test_without_one_in_force_the_latest_begun_is_chosen(known: list[PlanDates], jour: date) -> None:
    (chosen,) = [plan for plan in known if plan.code == choose_plan(known, None, jour)]
    begun = [plan.debut for plan in known if plan.debut <= jour]
    if begun and not any(in_force(plan, jour) for plan in known):
        assert chosen.debut == max(begun)
    assert chosen.debut <= jour or not begun


@given(known=known_plans, jour=DAYS, data=st.data())
def test_the_order_in_which_plans_are_known_changes_nothing(
    known: list[PlanDates], jour: date, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(known))
    assert choose_plan(shuffled, None, jour) == choose_plan(known, None, jour)


@given(known=known_plans, jour=DAYS, data=st.data())
def test_the_plan_asked_for_is_given_whatever_the_day(known: list[PlanDates], jour: date, data: st.DataObject) -> None:
    asked = data.draw(st.sampled_from(known)).code
    assert choose_plan(known, asked, jour) == asked


def test_the_first_and_last_days_of_a_plan_belong_to_it() -> None:
    known = [
        PlanDates("ancien", date(2017, 1, 1), date(2021, 12, 31)),
        PlanDates("court", date(2023, 1, 1), date(2023, 6, 30)),
        PlanDates("present", date(2022, 1, 1), date(2026, 12, 31)),
        PlanDates("prochain", date(2027, 1, 1), date(2031, 12, 31)),
    ]
    chosen = {
        jour: choose_plan(known, None, date.fromisoformat(jour)) for jour in ("2021-12-31", "2022-01-01", "2026-12-31")
    }
    assert chosen == {"2021-12-31": "ancien", "2022-01-01": "present", "2026-12-31": "present"}
    assert choose_plan(known[:1], None, date(2030, 1, 1)) == "ancien"
    assert choose_plan(known, None, date(2010, 1, 1)) in {plan.code for plan in known}


def test_an_unknown_plan_is_refused_with_the_nearest() -> None:
    known = [PlanDates("pmie-2022-2026", date(2022, 1, 1), date(2026, 12, 31))]
    with pytest.raises(DonneesRefusees) as refused:
        choose_plan(known, "pmie-2022", date(2024, 1, 1))
    (faute,) = refused.value.erreurs
    assert (faute.champ, faute.code, faute.suggestion) == ("plan", "CODE_INCONNU", "pmie-2022-2026")


def test_without_any_plan_it_is_said() -> None:
    with pytest.raises(PlanAbsent):
        choose_plan([], None, date(2024, 1, 1))
