"""The one place that reads the time, so that tests can freeze it. A day is a Europe/Paris day."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def now() -> datetime:
    """Return the current instant, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Return the current day in Paris."""
    return now().astimezone(PARIS).date()
