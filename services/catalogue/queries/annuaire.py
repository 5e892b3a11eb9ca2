"""Every SELECT of the directory and the lexicon."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from shared.pagination import Key, Tranche
from shared.reading import read_element, read_page
from shared.versions import known

PLACES = f"""
(SELECT coalesce(json_agg(json_build_object('fiche', f.numero, 'portee', r.portee) ORDER BY f.numero, r.id), '[]')
 FROM role_version r JOIN fiche_version f ON f.id = r.fiche_version
 WHERE r.organisme = o.code AND r.role = '{{role}}' AND f.plan = o.plan AND {known("f")})
"""


ORGANISME = f"""
SELECT o.code, json_build_object('code', o.code, 'nom', o.contenu->'nom', 'sigle', o.contenu->'sigle',
  'nature', o.contenu->'nature', 'formes', o.contenu->'formes', 'note', o.contenu->'note',
  'pilote', {PLACES.format(role="pilote")}, 'partenaire', {PLACES.format(role="partenaire")}) AS element
FROM organisme_version o WHERE o.plan = :plan AND {known("o")}
"""


ORGANISME_FILTERS = {
    "nature": "o.contenu->>'nature' = ANY(CAST(:nature AS text[]))",
    "role": f"""EXISTS (SELECT FROM role_version r JOIN fiche_version f ON f.id = r.fiche_version
        WHERE r.organisme = o.code AND f.plan = o.plan AND r.role = ANY(CAST(:role AS text[])) AND {known("f")})""",
}


LEXIQUE = f"""
SELECT l.code, json_build_object('code', l.code, 'sigle', l.contenu->'sigle', 'developpe', l.contenu->'developpe',
  'groupe', l.contenu->'groupe') AS element
FROM lexique_version l WHERE l.plan = :plan AND {known("l")}
"""


async def list_organismes(
    session: AsyncSession, filters: Mapping[str, Any], *, context: Mapping[str, Any], after: Key, limite: int
) -> Tranche:
    """Return a page of the directory, in code order."""
    where = " ".join(f"AND {ORGANISME_FILTERS[name]}" for name in filters)
    return await read_page(
        session,
        f"{ORGANISME} {where}",
        key="code",
        after=after,
        limite=limite,
        parameters={**filters, **context},
    )


async def read_organisme(session: AsyncSession, *, plan: str, code: str, au: datetime) -> str | None:
    """Return one organisation as JSON."""
    return await read_element(session, f"{ORGANISME} AND o.code = :code", plan=plan, code=code, au=au)


async def list_lexique(session: AsyncSession, *, plan: str, au: datetime, after: Key, limite: int) -> Tranche:
    """Return a page of the lexicon, in code order."""
    return await read_page(
        session, LEXIQUE, key="code", after=after, limite=limite, parameters={"plan": plan, "au": au}
    )


async def read_lexique(session: AsyncSession, *, plan: str, code: str, au: datetime) -> str | None:
    """Return one abbreviation as JSON."""
    return await read_element(session, f"{LEXIQUE} AND l.code = :code", plan=plan, code=code, au=au)
