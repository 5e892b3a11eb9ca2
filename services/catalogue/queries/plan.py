"""Every SELECT of the plan, its axes and its codes."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from shared.pagination import Key, Tranche
from shared.reading import read_column, read_element, read_page
from shared.versions import known

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


def _select_plan(more: str = "") -> str:
    return f"""
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
          'remarques', p.contenu->'remarques'{more}) AS element
        FROM plan_version p WHERE {known("p")}
    """


PLAN = _select_plan()
ENTIER = _select_plan(f", 'axes', (SELECT coalesce(json_agg(a.element ORDER BY a.rang), '[]') FROM ({AXE}) a)")


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
    """Return one plan, its axes within, as JSON."""
    return await read_element(session, f"{ENTIER} AND p.plan = :plan", plan=plan, au=au)


async def list_plans(session: AsyncSession, *, au: datetime, after: Key, limite: int) -> Tranche:
    """Return a page of plans, in code order."""
    return await read_page(session, PLAN, key="code", after=after, limite=limite, parameters={"au": au})


async def list_axes(session: AsyncSession, *, plan: str, au: datetime, after: Key, limite: int) -> Tranche:
    """Return a page of axes, in the plan's order."""
    return await read_page(session, AXE, key="rang", after=after, limite=limite, parameters={"plan": plan, "au": au})


async def read_axe(session: AsyncSession, *, plan: str, code: str, au: datetime) -> str | None:
    """Return one axe as JSON."""
    return await read_element(session, f"{AXE} AND axe.contenu->>'code' = :code", plan=plan, code=code, au=au)
