"""An instant is written in one way, whoever writes it."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from migrations.run import owner_engine
from shared.clock import write_instant
from tests.conftest import Base

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
WRITTEN = [
    (NOON, "2026-11-24T12:00:00+00:00"),
    (NOON.replace(microsecond=792_980), "2026-11-24T12:00:00.79298+00:00"),
    (NOON.replace(microsecond=100_000), "2026-11-24T12:00:00.1+00:00"),
    (NOON.replace(microsecond=1), "2026-11-24T12:00:00.000001+00:00"),
    (NOON.replace(tzinfo=timezone(timedelta(hours=2))), "2026-11-24T10:00:00+00:00"),
]


@pytest.mark.parametrize(("instant", "written"), WRITTEN)
def test_an_instant_is_in_utc_without_the_last_zeros_of_its_microseconds(instant: datetime, written: str) -> None:
    assert write_instant(instant) == written


@given(st.datetimes(timezones=st.timezones()).filter(lambda instant: 1900 < instant.year < 9000))
@settings(max_examples=200)
def test_what_is_written_reads_back_as_the_same_instant(instant: datetime) -> None:
    assert datetime.fromisoformat(write_instant(instant)) == instant.astimezone(UTC)


async def test_postgresql_writes_every_instant_as_the_services_do(base: Base) -> None:
    instants = [instant for instant, _ in WRITTEN]
    engine = owner_engine(base.owner_url)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SET timezone = 'UTC'"))
            told = await connection.scalar(
                text("SELECT to_json(CAST(:given AS timestamptz[]))::text"), {"given": instants}
            )
    finally:
        await engine.dispose()
    assert told is not None
    assert json.loads(told) == [write_instant(instant) for instant in instants]
