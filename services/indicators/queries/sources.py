"""Sources: who pushes, and which one is published for an indicator."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from shared.driver import driver_in_transaction
from shared.pagination import Key, Tranche
from shared.query import LATEST
from shared.reading import read_column, read_element, read_page, read_rows, read_scalar
from shared.versions import known

SEUIL = "coalesce(s.seuil_secret, CASE s.code WHEN 'orientation' THEN 11 END)"
"""The threshold that holds for the source ``s``: what was said of it, else that of our own service."""
REFERENCES = """
SELECT json_agg(json_build_object('indicateur', r.indicateur, 'valide_du', r.valide_du, 'valide_au', r.valide_au)
  ORDER BY split_part(r.indicateur, '.', 1)::int, substr(split_part(r.indicateur, '.', 2), 2)::int,
    r.valide_du NULLS FIRST)
FROM source_reference r WHERE r.plan = :plan AND r.source = s.code
"""
SOURCE = f"""
SELECT s.code COLLATE "C" AS code, json_build_object('code', s.code, 'libelle', s.libelle, 'organisme', s.organisme,
  'seuil_secret', {SEUIL}, 'references', coalesce(({REFERENCES}), '[]')) AS element
FROM source s
"""
FILTERS = {
    "indicateur": """EXISTS (SELECT FROM source_reference f WHERE f.plan = :plan AND f.source = s.code
      AND f.indicateur = ANY(CAST(:indicateur AS text[])))"""
}
UPSERT = """
INSERT INTO source (code, libelle, organisme, seuil_secret, vue_le)
VALUES (:code, :libelle, :organisme, :seuil_secret, :now)
ON CONFLICT (code) DO UPDATE SET libelle = excluded.libelle, organisme = excluded.organisme,
  seuil_secret = excluded.seuil_secret
"""
ADD_REFERENCES = """
INSERT INTO source_reference (plan, source, indicateur, valide_du, valide_au)
SELECT :plan, :code, t.indicateur, t.valide_du, t.valide_au
FROM unnest(CAST(:indicateurs AS text[]), CAST(:debuts AS date[]), CAST(:fins AS date[]))
  AS t(indicateur, valide_du, valide_au)
"""
MEASURED = """
SELECT DISTINCT g.indicateur FROM presence p JOIN grandeur_version g ON g.definition = p.definition
WHERE p.source = :code AND p.nombre > 0 AND g.plan = :plan AND g.connu_au IS NULL
"""


class ReferenceConnue(NamedTuple):
    """A source published for an indicator, and the days."""

    source: str
    indicateur: str
    valide_du: date | None
    valide_au: date | None


async def lock_sources(session: AsyncSession) -> None:
    """Let one change of the sources through at a time: two could name one indicator."""
    await driver_in_transaction(session)
    await read_scalar(session, "SELECT pg_advisory_xact_lock(hashtext('indicators.sources'))")


async def list_sources(
    session: AsyncSession, filters: Mapping[str, Any], *, plan: str, after: Key, limite: int
) -> Tranche:
    """Return a page of sources, in code order."""
    rows = SOURCE + "".join(f" WHERE {FILTERS[name]}" for name in filters)
    parameters = {**filters, "plan": plan}
    return await read_page(session, rows, key="code", after=after, limite=limite, parameters=parameters)


async def read_source(session: AsyncSession, plan: str, code: str) -> str | None:
    """Return one source as JSON."""
    return await read_element(session, f"{SOURCE} WHERE s.code = :code", plan=plan, code=code)


async def list_indicateurs(session: AsyncSession, plan: str) -> list[str]:
    """Return the codes of every indicator of a plan."""
    query = f"SELECT i.code FROM indicateur_version i WHERE i.plan = :plan AND {known('i')}"
    return await read_column(session, query, plan=plan, au=LATEST)


async def list_other_references(
    session: AsyncSession, *, plan: str, code: str, indicateurs: Sequence[str]
) -> list[ReferenceConnue]:
    """Return what other sources are published for, among ``indicateurs``."""
    query = """
        SELECT r.source, r.indicateur, r.valide_du, r.valide_au FROM source_reference r
        WHERE r.plan = :plan AND r.source <> :code AND r.indicateur = ANY(CAST(:indicateurs AS text[]))
        ORDER BY r.source, r.valide_du NULLS FIRST
    """
    rows = await read_rows(session, query, {"plan": plan, "code": code, "indicateurs": list(indicateurs)})
    return [ReferenceConnue(*row) for row in rows]


async def list_measured(session: AsyncSession, *, plan: str, code: str) -> list[str]:
    """Return the indicators that the source has measurements of."""
    return await read_column(session, MEASURED, plan=plan, code=code)


async def save_source(session: AsyncSession, values: Mapping[str, Any], now: datetime) -> None:
    """Write what is said of a source."""
    await driver_in_transaction(session)
    await read_rows(session, UPSERT, {**values, "now": now})


async def replace_references(
    session: AsyncSession, references: Iterable[tuple[str, date | None, date | None]], *, plan: str, code: str
) -> None:
    """Write which indicators a source is published for, and when."""
    query = "DELETE FROM source_reference WHERE plan = :plan AND source = :code"
    await read_rows(session, query, {"plan": plan, "code": code})
    columns = list(zip(*references, strict=True)) or [(), (), ()]
    names = ("indicateurs", "debuts", "fins")
    parameters = {name: list(column) for name, column in zip(names, columns, strict=True)}
    await read_rows(session, ADD_REFERENCES, {**parameters, "plan": plan, "code": code})
