"""Every SELECT of the catalogue. The database writes the JSON; Python adds the cursor and sends the bytes.

``:au`` is the instant of knowledge, ``:jour`` today in Paris, ``:plan`` the plan's code.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.pagination import Tranche
from shared.plans import PlanDates
from shared.reading import read_column, read_element, read_page, read_scalar
from shared.versions import known

Key = Sequence[Any] | None
"""The key of the last row of the page before, ``None`` for the first page."""

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
    "q": """EXISTS (SELECT FROM recherche r WHERE r.plan = :plan AND r.type = '{type}' AND r.code = {code}
        AND r.vecteur @@ websearch_to_tsquery('catalogue.francais', :q))""",
}
ROLE_FILTER = """EXISTS (SELECT FROM role_version r WHERE r.fiche_version = f.id
    AND (CAST(:organisme AS text[]) IS NULL OR r.organisme = ANY(CAST(:organisme AS text[])))
    AND (CAST(:role AS text[]) IS NULL OR r.role = ANY(CAST(:role AS text[]))) {scope})"""
ACTION_ROLE = "AND r.portee IN ('fiche', a.code)"

PLAN = f"""
SELECT p.plan AS code, json_build_object('code', p.plan, 'titre', p.contenu->'titre',
  'collectivite', p.contenu->'collectivite', 'debut', p.debut, 'fin', p.fin, 'source', p.contenu->'source',
  'version', p.version,
  'decomptes', (SELECT json_build_object('axes', jsonb_array_length(p.contenu->'axes'),
      'objectifs', (SELECT coalesce(sum(jsonb_array_length(un_axe->'objectifs')), 0)
                    FROM jsonb_array_elements(p.contenu->'axes') un_axe),
      'fiches', count(*), 'actions', coalesce(sum(jsonb_array_length(f.contenu->'actions')), 0),
      'indicateurs', coalesce(sum(jsonb_array_length(f.contenu->'indicateurs')), 0),
      'objectifs_operationnels', coalesce(sum(jsonb_array_length(f.contenu->'objectifs_operationnels')), 0))
    FROM fiche_version f WHERE f.plan = p.plan AND {known("f")}),
  'remarques', p.contenu->'remarques') AS element
FROM plan_version p WHERE {known("p")}
"""

AXE = f"""
SELECT axe.rang, axe.contenu->>'code' AS code, json_build_object('code', axe.contenu->'code',
  'titre', axe.contenu->'titre', 'nature', axe.contenu->'nature', 'page', axe.contenu->'page',
  'objectifs', axe.contenu->'objectifs',
  'fiches', (SELECT coalesce(json_agg(json_build_object('numero', f.numero, 'titre', f.contenu->'titre')
      ORDER BY f.numero), '[]')
    FROM fiche_version f WHERE f.plan = p.plan AND f.axe = axe.contenu->>'code' AND {known("f")})) AS element
FROM plan_version p, jsonb_array_elements(p.contenu->'axes') WITH ORDINALITY axe (contenu, rang)
WHERE p.plan = :plan AND {known("p")}
"""

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

CHANGEMENT = """
SELECT c.id, json_build_object('quand', c.quand, 'auteur', CASE WHEN :avec_auteur THEN c.auteur END,
  'nature', c.nature, 'portee', c.portee, 'avant', c.avant, 'apres', c.apres) AS element
FROM changement c WHERE c.plan = :plan AND c.fiche = :fiche
"""

# A fiche weighs more than its parts, the lexicon answers first to its own abbreviations.
RECHERCHE = """
SELECT r.id, r.type, r.code, r.titre, r.lien, r.poids AS rang,
  ts_headline('catalogue.francais', r.texte, r.question,
    U&'StartSel=\\E000, StopSel=\\E001, MaxWords=30, MinWords=12, MaxFragments=1') AS extrait
FROM (SELECT r.*, question, (1000000 * ts_rank('{0.01, 0.1, 0.4, 1.0}', r.vecteur, question)
        * CASE r.type WHEN 'fiche' THEN 3 WHEN 'lexique' THEN 2 ELSE 1 END)::int AS poids
      FROM recherche r, websearch_to_tsquery('catalogue.francais', :q) question
      WHERE r.plan = :plan AND r.vecteur @@ question
        AND (CAST(:types AS text[]) IS NULL OR r.type = ANY(CAST(:types AS text[])))) r
WHERE CAST(:rang AS int) IS NULL OR (-r.poids, r.id) > (-CAST(:rang AS int), CAST(:id AS int))
ORDER BY r.poids DESC, r.id LIMIT :limite
"""
RECHERCHE_TOTAL = """
SELECT count(*) FROM recherche r WHERE r.plan = :plan AND r.vecteur @@ websearch_to_tsquery('catalogue.francais', :q)
  AND (CAST(:types AS text[]) IS NULL OR r.type = ANY(CAST(:types AS text[])))
"""


async def list_plan_dates(session: AsyncSession, *, au: datetime) -> list[PlanDates]:
    """Return every plan known, with its dates."""
    rows = await session.execute(
        text(f"SELECT p.plan, p.debut, p.fin FROM plan_version p WHERE {known('p')}"), {"au": au}
    )
    return [PlanDates(*row) for row in rows]


async def list_known_codes(session: AsyncSession, kind: str, *, plan: str, au: datetime) -> list[str]:
    """Return the codes of one ``kind`` (``axe``, ``objectif``, ``organisme``, ``fiche``) of a plan."""
    axes = f"FROM plan_version p, jsonb_array_elements(p.contenu->'axes') axe WHERE p.plan = :plan AND {known('p')}"
    queries = {
        "axe": f"SELECT axe->>'code' {axes}",
        "objectif": axes.replace("WHERE", ", jsonb_array_elements(axe->'objectifs') objectif WHERE").join(
            ["SELECT objectif->>'code' ", ""]
        ),
        "organisme": f"SELECT o.code FROM organisme_version o WHERE o.plan = :plan AND {known('o')}",
        "fiche": f"SELECT f.numero::text FROM fiche_version f WHERE f.plan = :plan AND {known('f')}",
    }
    return await read_column(session, queries[kind], plan=plan, au=au)


async def read_plan(session: AsyncSession, *, plan: str, au: datetime) -> str | None:
    """Return one plan as JSON."""
    return await read_element(session, f"{PLAN} AND p.plan = :plan", plan=plan, au=au)


async def list_plans(session: AsyncSession, *, au: datetime, after: Key, limite: int) -> Tranche:
    """Return a page of plans, in code order."""
    return await read_page(session, PLAN, key="code", after=after, limite=limite, parameters={"au": au})


async def list_axes(session: AsyncSession, *, plan: str, au: datetime, after: Key, limite: int) -> Tranche:
    """Return a page of axes, in the plan's order."""
    return await read_page(session, AXE, key="rang", after=after, limite=limite, parameters={"plan": plan, "au": au})


async def read_axe(session: AsyncSession, *, plan: str, code: str, au: datetime) -> str | None:
    """Return one axe as JSON."""
    return await read_element(session, f"{AXE} AND axe.contenu->>'code' = :code", plan=plan, code=code, au=au)


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


async def list_changements(
    session: AsyncSession, *, plan: str, fiche: int, avec_auteur: bool, after: Key, limite: int
) -> Tranche:
    """Return a page of a fiche's history, oldest first."""
    parameters = {"plan": plan, "fiche": fiche, "avec_auteur": avec_auteur}
    return await read_page(session, CHANGEMENT, key="id", after=after, limite=limite, parameters=parameters)


async def search(
    session: AsyncSession, *, plan: str, q: str, types: list[str] | None, after: Key, limite: int
) -> tuple[list[Mapping[str, Any]], int]:
    """Return the best answers to ``q`` after the key ``(rang, id)``, and how many there are in all."""
    parameters = {"plan": plan, "q": q, "types": types or None}
    rang, identifier = after or (None, 0)
    rows = await session.execute(text(RECHERCHE), {**parameters, "rang": rang, "id": identifier, "limite": limite})
    total = await read_scalar(session, RECHERCHE_TOTAL, **parameters)
    return [dict(row) for row in rows.mappings()], int(total or 0)


def _where(filters: Mapping[str, Any], *, of: str, type: str, code: str, scope: str) -> str:  # noqa: A002
    late = LATE.format(of=of)
    parts = [
        COMMON_FILTERS[name].format(of=of, late=late, type=type, code=code)
        for name in filters
        if name in COMMON_FILTERS
    ]
    if "organisme" in filters or "role" in filters:
        parts.append(ROLE_FILTER.format(scope=scope))
    return "".join(f" AND {part}" for part in parts)
