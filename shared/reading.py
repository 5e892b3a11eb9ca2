"""Reading JSON straight from SQL: one element, or one page by key.

Statements go to the driver as they are, on the session's own connection: inside its transaction when it has begun one,
alone otherwise. That is much cheaper than through the ORM, which keeps the writes.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from shared.pagination import Tranche

PARAMETER = re.compile(r"(?<![:\w]):([a-z_]\w*)")


@lru_cache(maxsize=512)
def number_parameters(query: str) -> tuple[str, tuple[str, ...]]:
    """Return ``query`` with ``:name`` turned into ``$1``, and the names in the order of their numbers."""
    names = tuple(dict.fromkeys(PARAMETER.findall(query)))
    numbers = {name: f"${number}" for number, name in enumerate(names, 1)}
    return PARAMETER.sub(lambda found: numbers[found.group(1)], query), names


async def read_rows(session: AsyncSession, query: str, parameters: Mapping[str, Any]) -> list[asyncpg.Record]:
    """Return every row of ``query``; values are bound, never written into it."""
    statement, names = number_parameters(query)
    connection = await (await session.connection()).get_raw_connection()
    driver: asyncpg.Connection[asyncpg.Record] = connection.driver_connection  # type: ignore[assignment]
    return await driver.fetch(statement, *(parameters[name] for name in names))


async def read_scalar(session: AsyncSession, query: str, **parameters: Any) -> Any:
    """Return the one value of ``query``, ``None`` without a row."""
    rows = await read_rows(session, query, parameters)
    return rows[0][0] if rows else None


async def read_column(session: AsyncSession, query: str, **parameters: Any) -> list[str]:
    """Return the first column of ``query``."""
    return [row[0] for row in await read_rows(session, query, parameters)]


async def read_element(session: AsyncSession, rows: str, **parameters: Any) -> str | None:
    """Return the ``element`` column of the one row of ``rows``, as JSON text."""
    value: str | None = await read_scalar(session, f"SELECT element::text FROM ({rows}) lignes", **parameters)
    return value


async def read_page(
    session: AsyncSession,
    rows: str,
    *,
    key: str,
    after: Sequence[Any] | None,
    limite: int,
    parameters: Mapping[str, Any],
) -> Tranche:
    """Read a page of ``rows`` (the columns of ``key``, then ``element``) in key order, after the key ``after``.

    One statement; one row more than ``limite`` is looked at, to know whether another page follows.
    """
    columns = key.split(", ")
    named = {f"apres_{position}": value for position, value in enumerate(after or ())}
    beyond = f"WHERE ({key}) > ({', '.join(':' + name for name in named)})" if named else ""
    last = ", ".join(f"{column} DESC" for column in columns)
    query = f"""
        WITH lignes AS ({rows}),
        page AS (SELECT * FROM lignes {beyond} ORDER BY {key} LIMIT :limite + 1),
        gardees AS (SELECT * FROM page ORDER BY {key} LIMIT :limite)
        SELECT (SELECT coalesce(json_agg(element ORDER BY {key}), '[]')::text FROM gardees) AS elements,
          (SELECT count(*) FROM page) > :limite AS encore, (SELECT count(*) FROM lignes) AS total,
          {", ".join(f"(SELECT {column} FROM gardees ORDER BY {last} LIMIT 1) AS {column}" for column in columns)}
    """
    (row,) = await read_rows(session, query, {**parameters, **named, "limite": limite})
    return Tranche(
        elements=row["elements"],
        last_key=[row[column] for column in columns] if row["encore"] else None,
        total=row["total"],
    )
