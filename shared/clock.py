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


def write_instant(instant: datetime) -> str:
    """Return ``instant`` as PostgreSQL writes it in JSON, so that it reads the same wherever it is served from.

    In UTC, the microseconds without their last zeros: ``2026-01-02T03:04:05.12+00:00``.
    """
    seconds, _, fraction = instant.astimezone(UTC).replace(tzinfo=None).isoformat().partition(".")
    fraction = fraction.rstrip("0")
    return f"{seconds}.{fraction}+00:00" if fraction else f"{seconds}+00:00"
