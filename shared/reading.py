"""Reading JSON straight from SQL: one element, or one page by key.

Statements go to the driver as they are, on the session's own connection: inside its transaction when it has begun one,
alone otherwise. That is much cheaper than through the ORM, which keeps the writes.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from shared.pagination import Key, Tranche
from shared.reader import Lecteur

Source = AsyncSession | Lecteur

PARAMETER = re.compile(r"(?<![:\w]):([a-z_]\w*)")


@lru_cache(maxsize=512)
def number_parameters(query: str) -> tuple[str, tuple[str, ...]]:
    """Return ``query`` with ``:name`` turned into ``$1``, and the names in the order of their numbers."""
    names = tuple(dict.fromkeys(PARAMETER.findall(query)))
    numbers = {name: f"${number}" for number, name in enumerate(names, 1)}
    return PARAMETER.sub(lambda found: numbers[found.group(1)], query), names


async def read_rows(session: Source, query: str, parameters: Mapping[str, Any]) -> list[asyncpg.Record]:
    """Return every row of ``query``; values are bound, never written into it."""
    statement, names = number_parameters(query)
    driver = session.driver if isinstance(session, Lecteur) else await _driver_of(session)
    return await driver.fetch(statement, *(parameters[name] for name in names))


async def _driver_of(session: AsyncSession) -> "asyncpg.Connection[asyncpg.Record]":
    connection = await (await session.connection()).get_raw_connection()
    driver: asyncpg.Connection[asyncpg.Record] = connection.driver_connection  # type: ignore[assignment]
    return driver


async def read_scalar(session: Source, query: str, **parameters: Any) -> Any:
    """Return the one value of ``query``, ``None`` without a row."""
    rows = await read_rows(session, query, parameters)
    return rows[0][0] if rows else None


async def read_column(session: Source, query: str, **parameters: Any) -> list[str]:
    """Return the first column of ``query``."""
    return [row[0] for row in await read_rows(session, query, parameters)]


async def read_element(session: Source, rows: str, **parameters: Any) -> str | None:
    """Return the ``element`` column of the one row of ``rows``, as JSON text."""
    value: str | None = await read_scalar(session, f"SELECT element::text FROM ({rows}) lignes", **parameters)
    return value


async def read_page(
    session: Source,
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


@dataclass(frozen=True)
class Parcours:
    """How pages of a large table are read.

    ``rows`` selects the columns of ``key`` (qualified: ``m.code``) and what ``elements`` needs; it ends in its
    ``WHERE``. ``elements`` makes of ``lignes``, the rows of the page, the columns of ``key`` and ``element``.
    ``beside`` is what the caller wants to know by the way.

    What filters the first column of the key is apart, in ``lead`` (`` AND m.code = …``): pages after the first are read
    without it, so the caller refuses a key that it leaves out. ``listed``: the second column is filtered by a list.
    """

    rows: str
    elements: str
    key: tuple[str, ...]
    beside: str
    lead: str = ""
    listed: bool = False

    @property
    def columns(self) -> list[str]:
        """The columns of the key, without their table."""
        return [column.rpartition(".")[2] for column in self.key]


async def read_keyset_page(
    session: Source, parcours: Parcours, *, after: Key, limite: int, parameters: Mapping[str, Any]
) -> tuple[Tranche, asyncpg.Record]:
    """Read a page in key order, uncounted, reading little more of the table than the page; return it, and the record.

    One statement; one row more than ``limite`` is looked at, to know whether another page follows.
    """
    named = {f"apres_{position}": value for position, value in enumerate(after or ())}
    query = page_statement(parcours, limite + 1, bool(named))
    (row,) = await read_rows(session, query, {**parameters, **named, "limite": limite})
    last = [row[column] for column in parcours.columns] if row["encore"] else None
    return Tranche(elements=row["elements"], last_key=last, total=None), row


@lru_cache(maxsize=512)
def page_statement(parcours: Parcours, number: int, beyond: bool) -> str:
    """Return the statement that looks at ``number`` rows: the first ones, or those ``beyond`` ``:apres_0, …``."""
    columns = parcours.columns
    return f"""
        WITH {_scan_beyond(parcours, number) if beyond else f"lignes AS ({_first(parcours, number)})"},
        page AS ({parcours.elements}),
        rangees AS (SELECT *, row_number() OVER (ORDER BY {", ".join(columns)}) AS rang FROM page)
        SELECT '[' || coalesce(string_agg(element::text, ',' ORDER BY rang) FILTER (WHERE rang <= :limite), '') || ']'
          AS elements, count(*) > :limite AS encore,
          {", ".join(f"min({column}) FILTER (WHERE rang = :limite) AS {column}" for column in columns)},
          {parcours.beside}
        FROM rangees
    """


def _first(parcours: Parcours, number: int, condition: str = "") -> str:
    """Return the first rows. Their number is written, not bound: the plan that suits a page is then kept for all."""
    order = ", ".join(parcours.key)
    return f"{parcours.rows}{parcours.lead}{condition} ORDER BY {order} LIMIT {number:d}"


def _scan_beyond(parcours: Parcours, number: int) -> str:
    """Return the rows after ``:apres_0, …`` in two scans of the index: the rest of the same lead, then the next leads.

    One scan by row comparison would begin at the head of the lead, or of the list of seconds, whenever a list of them
    is asked for. The second scan is not begun when the first has filled the page.
    """
    lead, *rest = parcours.key
    bounds = ", ".join(f":apres_{position}" for position in range(1, len(parcours.key)))
    skip = f" AND {rest[0]} >= :apres_1" if parcours.listed else ""
    same = f"{parcours.rows} AND {lead} = :apres_0{skip} AND ({', '.join(rest)}) > ({bounds})"
    beyond = f" AND {lead} > :apres_0 AND (SELECT count(*) FROM debut) < {number:d}"
    return f"""debut AS MATERIALIZED ({same} ORDER BY {", ".join(rest)} LIMIT {number:d}),
        suite AS ({_first(parcours, number, beyond)}),
        lignes AS (SELECT * FROM debut UNION ALL SELECT * FROM suite
          ORDER BY {", ".join(parcours.columns)} LIMIT {number:d})"""
