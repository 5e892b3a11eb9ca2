"""The notice of a convocation, in working days, against the dates of a calendar."""

from datetime import date
from importlib import import_module

import pytest

from services.orientation.preavis import easter_of, holidays_of, is_working_day, leaves_notice


def test_easter_is_that_of_another_algorithm_for_three_centuries() -> None:
    easter = import_module("dateutil.easter").easter
    assert [easter_of(year) for year in range(1900, 2200)] == [easter(year) for year in range(1900, 2200)]


def test_a_year_has_its_eleven_public_holidays() -> None:
    assert sorted(holidays_of(2027)) == [
        date(2027, 1, 1),
        date(2027, 3, 29),
        date(2027, 5, 1),
        date(2027, 5, 6),
        date(2027, 5, 8),
        date(2027, 5, 17),
        date(2027, 7, 14),
        date(2027, 8, 15),
        date(2027, 11, 1),
        date(2027, 11, 11),
        date(2027, 12, 25),
    ]
    assert [is_working_day(date(2027, 3, day)) for day in (26, 27, 28, 29, 30)] == [True, False, False, False, True]


@pytest.mark.parametrize(
    ("convocation", "rencontre", "enough"),
    [
        ("2027-02-01", "2027-02-15", True),
        ("2027-02-01", "2027-02-12", False),
        ("2027-02-06", "2027-02-19", True),
        ("2027-03-22", "2027-04-05", False),
        ("2027-03-22", "2027-04-06", True),
        ("2027-05-03", "2027-05-18", False),
        ("2027-05-03", "2027-05-19", True),
        ("2027-05-03", "2027-05-03", False),
    ],
)
def test_ten_working_days_are_a_notice_and_nine_are_not(convocation: str, rencontre: str, enough: bool) -> None:
    assert leaves_notice(date.fromisoformat(convocation), date.fromisoformat(rencontre)) is enough
