"""The clock of Paris, every half hour of a year, against the clock of the system."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orientation.horaires import iter_weeks, read_debut
from shared.clock import PARIS
from shared.problems import FauteError

HALF_HOUR = timedelta(minutes=30)
FIRST = datetime(2020, 1, 1, tzinfo=UTC)
INSTANTS = st.integers(0, 15 * 366 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))


def code_of(text: str) -> str:
    """The refusal of a time, or nothing."""
    try:
        read_debut(text)
    except FauteError as fault:
        return fault.code
    return ""


def test_of_all_half_hours_of_a_year_two_are_skipped_and_two_come_twice() -> None:
    walls = [datetime(2027, 1, 1, tzinfo=UTC) + rank * HALF_HOUR for rank in range(365 * 48)]
    told = Counter(code_of(f"{wall:%Y-%m-%dT%H:%M}") for wall in walls)
    assert told == {"": 365 * 48 - 4, "HEURE_INEXISTANTE": 2, "HEURE_AMBIGUE": 2}


@given(instant=INSTANTS)
def test_a_time_that_clocks_show_once_tells_the_instant_at_which_they_show_it(instant: datetime) -> None:
    wall = instant.astimezone(PARIS).replace(tzinfo=None).isoformat(timespec="minutes")
    assert code_of(wall) == "HEURE_AMBIGUE" or read_debut(wall) == instant


@given(instant=INSTANTS, offset=st.integers(-12, 14))
def test_an_instant_is_the_same_whatever_its_offset(instant: datetime, offset: int) -> None:
    moved = instant.replace(tzinfo=None) + timedelta(hours=offset)
    assert read_debut(f"{moved.isoformat(timespec='minutes')}{offset:+03d}:00") == instant


@given(instant=INSTANTS, semaines=st.integers(1, 53))
def test_a_series_shows_the_same_time_on_the_same_day_of_the_week(instant: datetime, semaines: int) -> None:
    hour = instant.astimezone(PARIS).hour
    try:
        walls = [each.astimezone(PARIS).replace(tzinfo=None) for each in iter_weeks(instant, semaines)]
    except FauteError:
        walls = []
    assert len(walls) == semaines or (not walls and hour == 2)
    assert {later - earlier for earlier, later in pairwise(walls)} <= {timedelta(days=7)}


@pytest.mark.parametrize(
    "text", ["", "2027-01-01", "2027-01-01T9:00", "2027-01-01 09:00", "2027-01-01T09:00:00.5", "٢027-01-01T09:00"]
)
def test_another_form_is_refused(text: str) -> None:
    assert code_of(text) == "HEURE_INVALIDE"
