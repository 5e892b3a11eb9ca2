"""Every SELECT of the indicators service. ``:au`` is the instant of knowledge."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from shared.pagination import Tranche
from shared.reading import read_column, read_element, read_page
from shared.versions import known

INDICATEUR = f"""
SELECT i.fiche AS fiche, i.rang AS rang, json_build_object('code', i.code, 'libelle', i.contenu->'libelle',
  'fiche', i.fiche, 'axe', i.axe) AS element
FROM indicateur_version i WHERE i.plan = :plan AND {known("i")}
"""
FILTERS = {"fiche": "i.fiche = ANY(CAST(:fiche AS int[]))", "axe": "i.axe = ANY(CAST(:axe AS text[]))"}
COLUMNS = {"fiche": "i.fiche::text", "axe": "i.axe"}


async def list_known_codes(session: AsyncSession, kind: str, *, plan: str, au: datetime) -> list[str]:
    """Return the codes of one ``kind`` (``fiche``, ``axe``) that have indicators."""
    query = f"SELECT DISTINCT {COLUMNS[kind]} FROM indicateur_version i WHERE i.plan = :plan AND {known('i')}"
    return await read_column(session, query, plan=plan, au=au)


async def list_indicateurs(
    session: AsyncSession,
    filters: Mapping[str, Any],
    *,
    plan: str,
    au: datetime,
    after: Sequence[int] | None,
    limite: int,
) -> Tranche:
    """Return a page of indicators, by fiche and rank."""
    rows = INDICATEUR + "".join(f" AND {FILTERS[name]}" for name in filters)
    parameters = {**filters, "plan": plan, "au": au}
    return await read_page(session, rows, key="fiche, rang", after=after, limite=limite, parameters=parameters)


async def read_indicateur(session: AsyncSession, *, plan: str, code: str, au: datetime) -> str | None:
    """Return one indicator as JSON."""
    return await read_element(session, f"{INDICATEUR} AND i.code = :code", plan=plan, code=code, au=au)
