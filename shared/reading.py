"""Reading JSON straight from SQL: one element, or one page by key."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.pagination import Tranche


async def read_scalar(session: AsyncSession, query: str, **parameters: Any) -> Any:
    """Return the one value of ``query``, ``None`` without a row."""
    return (await session.execute(text(query), parameters)).scalar_one_or_none()


async def read_column(session: AsyncSession, query: str, **parameters: Any) -> list[str]:
    """Return the first column of ``query``."""
    return list((await session.execute(text(query), parameters)).scalars())


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
    row = (await session.execute(text(query), {**parameters, **named, "limite": limite})).mappings().one()
    return Tranche(
        elements=row["elements"],
        last_key=[row[column] for column in columns] if row["encore"] else None,
        total=row["total"],
    )
