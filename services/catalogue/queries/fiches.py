"""Every SELECT of fiches, actions and their history.

``:au`` is the instant of knowledge, ``:jour`` today in Paris, ``:plan`` the plan's code.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from services.catalogue.models import Suivi
from shared.pagination import Key, Tranche
from shared.reading import read_element, read_page, read_scalar
from shared.versions import known

SUIVI_DE = f"""
LEFT JOIN suivi s ON s.plan = f.plan AND s.code = {{code}} AND {known("s")}
"""


# What a pilot said, else what the schedule says.
SUIVI_JSON = """
'statut', coalesce(s.statut, 'non-renseigne'),
'debut', coalesce(s.debut, {of}.debut), 'fin', coalesce(s.fin, {of}.fin),
'en_retard', {late}, 'note', s.note
"""


LATE = (
    "(coalesce(coalesce(s.fin, {of}.fin) < :jour, false) AND coalesce(s.statut, '') NOT IN ('realisee', 'abandonnee'))"
)


def _suivi_json(of: str) -> str:
    return SUIVI_JSON.format(of=of, late=LATE.format(of=of))


AVANCEMENT = f"""
(SELECT json_build_object('actions', count(*), 'realisees', count(*) FILTER (WHERE s.statut = 'realisee'),
   'part', count(*) FILTER (WHERE s.statut = 'realisee')::float8 / nullif(count(*), 0))
 FROM action_version a {SUIVI_DE.format(code="a.code")} WHERE a.fiche_version = f.id)
"""


FICHE_RESUME = f"""
'numero', f.numero, 'titre', f.contenu->'titre', 'axe', f.axe, 'objectif', f.objectif,
'thematiques', f.thematiques, 'publics', f.publics, {_suivi_json("f")},
'avancement', {AVANCEMENT}, 'pilotes', f.contenu->'pilotes', 'echeances', f.contenu->'echeances'
"""


FICHE = f"""
SELECT json_build_object('plan', f.plan, {FICHE_RESUME},
  'constats', f.contenu->'constats', 'objectifs_operationnels', f.contenu->'objectifs_operationnels',
  'actions', (SELECT coalesce(json_agg(json_build_object('code', a.code, 'rang', a.rang,
       'numero_officiel', a.contenu->'numero_officiel', 'groupe', a.contenu->'groupe', 'titre', a.contenu->'titre',
       'contenu', a.contenu->'contenu', {_suivi_json("a")}) ORDER BY a.rang), '[]')
     FROM action_version a {SUIVI_DE.format(code="a.code")} WHERE a.fiche_version = f.id),
  'indicateurs', f.contenu->'indicateurs', 'points_vigilance', f.contenu->'points_vigilance',
  'partenaires', f.contenu->'partenaires', 'chiffres', f.contenu->'chiffres', 'pages', f.contenu->'pages',
  'remarques', f.contenu->'remarques', 'version', f.version)::text
FROM fiche_version f {SUIVI_DE.format(code="f.numero::text")}
WHERE f.plan = :plan AND f.numero = :numero AND {known("f")}
"""


ACTION = f"""
json_build_object('code', a.code, 'fiche', f.numero, 'axe', f.axe, 'objectif', f.objectif, 'rang', a.rang,
  'numero_officiel', a.contenu->'numero_officiel', 'groupe', a.contenu->'groupe', 'titre', a.contenu->'titre',
  'contenu', a.contenu->'contenu', {_suivi_json("a")}, 'echeances', a.contenu->'echeances',
  'pilotes', a.contenu->'pilotes', 'partenaires', a.contenu->'partenaires')
"""


ACTIONS_FROM = f"""
FROM action_version a JOIN fiche_version f ON f.id = a.fiche_version {SUIVI_DE.format(code="a.code")}
WHERE f.plan = :plan AND {known("f")}
"""


COMMON_FILTERS: Mapping[str, str] = {
    "axe": "f.axe = ANY(CAST(:axe AS text[]))",
    "objectif": "f.objectif = ANY(CAST(:objectif AS text[]))",
    "thematique": "f.thematiques && CAST(:thematique AS text[])",
    "public": "f.publics && CAST(:public AS text[])",
    "statut": "coalesce(s.statut, 'non-renseigne') = ANY(CAST(:statut AS text[]))",
    "echeance_avant": "coalesce(s.fin, {of}.fin) < :echeance_avant",
    "en_retard": "{late} = :en_retard",
    "fiche": "f.numero = ANY(CAST(:fiche AS int[]))",
    "debut_avant": "coalesce(s.debut, {of}.debut) < :debut_avant",
    "fin_apres": "coalesce(s.fin, {of}.fin) > :fin_apres",
    "q": """EXISTS (SELECT FROM recherche r WHERE r.fiche_version = f.id AND r.type = '{type}' AND r.code = {code}
        AND r.vecteur @@ websearch_to_tsquery('catalogue.francais', :q))""",
}


ROLES = "EXISTS (SELECT FROM role_version r WHERE r.fiche_version = f.id{asked} {scope})"


ACTION_ROLE = "AND r.portee IN ('fiche', a.code)"


CHANGEMENT = """
SELECT c.id, json_build_object('quand', c.quand, 'auteur', CASE WHEN :avec_auteur THEN c.auteur END,
  'nature', c.nature, 'portee', c.portee, 'avant', c.avant, 'apres', c.apres) AS element
FROM changement c WHERE c.plan = :plan AND c.fiche = :fiche
"""


async def read_fiche(session: AsyncSession, *, plan: str, numero: int, au: datetime, jour: date) -> str | None:
    """Return one fiche as JSON, in a single statement."""
    body: str | None = await read_scalar(session, FICHE, plan=plan, numero=numero, au=au, jour=jour)
    return body


async def list_fiches(
    session: AsyncSession, filters: Mapping[str, Any], *, context: Mapping[str, Any], after: Key, limite: int
) -> Tranche:
    """Return a page of fiches in numerical order. ``context`` holds plan, au and jour."""
    where = _where(filters, of="f", type="fiche", code="f.numero::text", scope="")
    rows = f"""
        SELECT f.numero AS numero, json_build_object({FICHE_RESUME}) AS element
        FROM fiche_version f {SUIVI_DE.format(code="f.numero::text")} WHERE f.plan = :plan AND {known("f")} {where}
    """
    return await read_page(session, rows, key="numero", after=after, limite=limite, parameters={**filters, **context})


async def list_actions(
    session: AsyncSession,
    filters: Mapping[str, Any],
    *,
    context: Mapping[str, Any],
    after: Key,
    limite: int,
) -> Tranche:
    """Return a page of actions, by fiche and rank. ``context`` holds plan, au and jour."""
    where = _where(filters, of="a", type="action", code="a.code", scope=ACTION_ROLE)
    rows = f"SELECT f.numero AS numero, a.rang AS rang, {ACTION} AS element {ACTIONS_FROM} {where}"
    return await read_page(
        session, rows, key="numero, rang", after=after, limite=limite, parameters={**filters, **context}
    )


async def read_action(session: AsyncSession, *, plan: str, code: str, au: datetime, jour: date) -> str | None:
    """Return one action as JSON."""
    query = f"SELECT {ACTION} AS element {ACTIONS_FROM} AND a.code = :code"
    return await read_element(session, query, plan=plan, code=code, au=au, jour=jour)


async def lock_suivi(session: AsyncSession, *, plan: str, code: str) -> None:
    """Let one change of a fiche or action through at a time, until the transaction ends."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:key))"), {"key": f"suivi {plan} {code}"})


async def find_suivi(session: AsyncSession, *, plan: str, code: str) -> Suivi | None:
    """Return what is now said of a fiche or action, as the row that a change replaces."""
    query = select(Suivi).where(col(Suivi.plan) == plan, col(Suivi.code) == code, col(Suivi.connu_au).is_(None))
    return (await session.scalars(query)).one_or_none()


async def has_changements(session: AsyncSession, *, plan: str, fiche: int) -> bool:
    """Tell whether the plan ever had this fiche."""
    query = "SELECT EXISTS (SELECT FROM changement c WHERE c.plan = :plan AND c.fiche = :fiche)"
    return bool(await read_scalar(session, query, plan=plan, fiche=fiche))


async def list_changements(
    session: AsyncSession, *, plan: str, fiche: int, avec_auteur: bool, after: Key, limite: int
) -> Tranche:
    """Return a page of a fiche's history, oldest first."""
    parameters = {"plan": plan, "fiche": fiche, "avec_auteur": avec_auteur}
    return await read_page(session, CHANGEMENT, key="id", after=after, limite=limite, parameters=parameters)


def _where(filters: Mapping[str, Any], *, of: str, type: str, code: str, scope: str) -> str:  # noqa: A002
    late = LATE.format(of=of)
    parts = [
        COMMON_FILTERS[name].format(of=of, late=late, type=type, code=code)
        for name in filters
        if name in COMMON_FILTERS
    ]
    asked = "".join(
        f" AND r.{name} = ANY(CAST(:{name} AS text[]))" for name in ("organisme", "role") if name in filters
    )
    if asked:
        parts.append(ROLES.format(asked=asked, scope=scope))
    return "".join(f" AND {part}" for part in parts)
