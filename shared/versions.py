"""What was known when: rows that are added and closed, never changed. ``?au=`` reads them.

A row is known from ``connu_du`` (included) to ``connu_au`` (excluded; null: still known).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, Index, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col, select

NAMES = {
    "ix": "%(column_0_N_label)s_idx",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}
"""How constraints are named in every schema."""


class Connu(SQLModel):
    """The columns of a version; ``contenu`` is the document in the shape the interface serves."""

    id: int | None = Field(default=None, primary_key=True)
    plan: str = Field(sa_type=Text)
    version: int
    contenu: dict[str, Any] = Field(sa_type=JSONB)
    connu_du: datetime = Field(sa_type=DateTime(timezone=True))
    connu_au: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


def current_once(table: str, *columns: str) -> Index:
    """Return the index that lets only one version of a key be current."""
    return Index(f"{table}_courant_key", *columns, unique=True, postgresql_where=text("connu_au IS NULL"))


def known(alias: str) -> str:
    """Return the SQL condition that the row ``alias`` was known at ``:au``."""
    return f"{alias}.connu_du <= :au AND ({alias}.connu_au IS NULL OR {alias}.connu_au > :au)"


@dataclass
class Rapport:
    """What a load did, counted in documents."""

    plan: str
    crees: int = 0
    modifies: int = 0
    retires: int = 0
    inchanges: int = 0
    noms: list[str] = field(default_factory=list)

    @property
    def a_change(self) -> bool:
        """Whether anything was written."""
        return bool(self.crees or self.modifies or self.retires)

    def __str__(self) -> str:
        changed = f" ({', '.join(self.noms[:5])}{'…' if len(self.noms) > 5 else ''})" if self.noms else ""
        return (
            f"{self.plan} : {self.crees} documents créés, {self.modifies} modifiés, {self.retires} retirés, "
            f"{self.inchanges} inchangés{changed}"
        )


class VersionLoader:
    """Brings the versions of one plan to what its files say, at one instant, counting what it does."""

    def __init__(self, session: AsyncSession, plan: str, now: datetime) -> None:
        self._session = session
        self._plan = plan
        self._now = now
        self.rapport = Rapport(plan)

    async def replace(
        self, table: type[Any], key: str, wanted: Mapping[Any, Mapping[str, Any]]
    ) -> list[tuple[Any | None, Any | None]]:
        """Bring ``table`` to ``wanted`` (column values by key); return the pairs (new, old) that differ."""
        query = select(table).where(col(table.plan) == self._plan, col(table.connu_au).is_(None))
        present = {getattr(row, key): row for row in (await self._session.scalars(query)).all()}
        numbers = select(getattr(table, key), func.max(table.version)).where(col(table.plan) == self._plan)
        rows = await self._session.execute(numbers.group_by(getattr(table, key)))
        last: dict[Any, int] = {code: number for code, number in rows.all()}  # noqa: C416 - rows are not pairs to mypy
        changes: list[tuple[Any | None, Any | None]] = []
        for code in sorted({*present, *wanted}, key=str):
            old, values = present.get(code), wanted.get(code)
            if old is not None and values is not None and all(getattr(old, n) == v for n, v in values.items()):
                self.rapport.inchanges += 1
                continue
            if old is not None:
                old.connu_au = self._now
                self.rapport.noms.append(f"{table.__tablename__.removesuffix('_version')} {code}")
            if values is None:
                changes.append((None, old))
            else:
                version = last.get(code, 0) + 1
                changes.append((table(plan=self._plan, version=version, connu_du=self._now, **values), old))
        await self._session.flush()  # the old versions end before the new ones begin
        self._session.add_all([new for new, _ in changes if new is not None])
        await self._session.flush()
        self._count(changes)
        return changes

    def _count(self, changes: list[tuple[Any | None, Any | None]]) -> None:
        self.rapport.crees += sum(old is None for _, old in changes)
        self.rapport.retires += sum(new is None for new, _ in changes)
        self.rapport.modifies += sum(new is not None and old is not None for new, old in changes)
