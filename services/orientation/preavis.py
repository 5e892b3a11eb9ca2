"""The notice that a convocation leaves before a meeting, in working days (specification, §5.9). Pure functions.

Working days are Monday to Friday, public holidays of metropolitan France apart (Code du travail, L3133-1).
"""

from datetime import date, timedelta
from functools import lru_cache

NOTICE = 10
"""Working days between a convocation and its meeting; our own choice."""
FIXED = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
AFTER_EASTER = (1, 39, 50)
"""Easter Monday, Ascension, Whit Monday."""
SATURDAY = 5


def leaves_notice(convocation: date, rencontre: date) -> bool:
    """Tell whether ten working days go by after ``convocation``, the day of the meeting included."""
    days = (convocation + timedelta(days=ahead) for ahead in range(1, (rencontre - convocation).days + 1))
    return sum(is_working_day(day) for day in days) >= NOTICE


def is_working_day(day: date) -> bool:
    """Tell whether ``day`` is a working day."""
    return day.weekday() < SATURDAY and day not in holidays_of(day.year)


@lru_cache(maxsize=64)
def holidays_of(year: int) -> frozenset[date]:
    """Return the public holidays of a year."""
    sunday = easter_of(year)
    return frozenset(
        [date(year, month, day) for month, day in FIXED] + [sunday + timedelta(days=after) for after in AFTER_EASTER]
    )


def easter_of(year: int) -> date:
    """Return Easter Sunday of a Gregorian year (anonymous algorithm of 1876)."""
    golden, century, rest = year % 19, year // 100, year % 100
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)
