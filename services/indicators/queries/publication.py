"""What is published: cells in versions, by units of one quantity and one year."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.queries.cadre import ETAT
from services.indicators.queries.sources import SEUIL
from services.indicators.queries.valeurs import value_of
from services.indicators.series import Valeur
from shared.driver import driver_in_transaction
from shared.pagination import Key, Tranche
from shared.plans import PlanAbsent
from shared.reading import Source, read_page, read_rows, read_scalar

SCOPE = """
p.definition = ANY(CAST(:definitions AS int[])) AND p.annee = ANY(CAST(:annees AS int[]))
  AND p.territoire = ANY(CAST(:territoires AS text[])) AND p.periode = ANY(CAST(:periodes AS text[]))
  AND p.ventilation = ANY(CAST(:ventilations AS text[]))
"""
STANDS = "(p.publie_au IS NULL OR p.publie_au > :au)"
CLOSED_SINCE = "(p.publie_au IS NULL OR p.publie_au > :depuis)"
CELLS = f"""
SELECT p.definition, p.territoire, p.periode, p.ventilation, p.cellule::text AS cellule, p.publie_du, p.publie_au
FROM publication p WHERE {SCOPE}
"""
UNITS = f"""
SELECT u.*, {ETAT} AS etat FROM (SELECT) une LEFT JOIN (
  SELECT u.definition, u.annee, u.publie_le, u.en_attente, u.motif, u.demandes > u.faites AS a_refaire
  FROM unite_publication u WHERE u.definition = ANY(CAST(:definitions AS int[]))
    AND u.annee = ANY(CAST(:annees AS int[]))
) u ON true
"""
WAITING = """
SELECT u.definition, u.annee, u.demandes FROM unite_publication u JOIN definition d ON d.id = u.definition
WHERE u.demandes > u.faites AND (CAST(:plan AS text) IS NULL OR d.plan = :plan) ORDER BY u.definition, u.annee
"""
ROWS = """
SELECT m.territoire, m.periode, m.ventilation, m.valeur, m.diviseur, m.texte, m.statut, m.confidentialite,
  e.enregistre_le AS revise_le
FROM mesure m JOIN ecriture e ON e.id = m.ecriture
WHERE m.definition = :definition AND m.source = :source AND m.periode >= :debut AND m.periode < :fin AND NOT m.supprimee
"""


async def list_cells(
    session: Source, scope: Mapping[str, Any], *, au: datetime | None, depuis: datetime | None, historique: bool
) -> list[asyncpg.Record]:
    """Return published cells, the oldest first: those shown now or at ``au``, those closed since ``depuis``, or all."""
    conditions = [] if au is None else ["p.publie_du <= :au"]
    if not historique and depuis is not None:
        conditions.append(CLOSED_SINCE)
    elif not historique:
        conditions.append("p.publie_au IS NULL" if au is None else STANDS)
    query = CELLS + "".join(f" AND {condition}" for condition in conditions)
    return await read_rows(session, f"{query} ORDER BY p.publie_du", {**scope, "au": au, "depuis": depuis})


async def list_units(
    session: Source, definitions: Collection[int], annees: Collection[int]
) -> tuple[dict[tuple[int, int], asyncpg.Record], str]:
    """Return the state of publication units, and the mark of the definitions that stand (:class:`Cadre`)."""
    rows = await read_rows(session, UNITS, {"definitions": list(definitions), "annees": list(annees)})
    return {(row["definition"], row["annee"]): row for row in rows if row["annee"]}, rows[0]["etat"]


async def list_waiting(session: AsyncSession, plan: str | None = None) -> list[tuple[int, int, int]]:
    """Return the units (of a plan, or of all) that writes touched since they were published, and how many writes."""
    return [tuple(row) for row in await read_rows(session, WAITING, {"plan": plan})]


async def list_held(session: AsyncSession, plan: str) -> list[tuple[int, int]]:
    """Return the units of a plan that wait for a person's agreement."""
    query = """
        SELECT u.definition, u.annee FROM unite_publication u JOIN definition d ON d.id = u.definition
        WHERE u.en_attente AND d.plan = :plan ORDER BY u.definition, u.annee
    """
    return [tuple(row) for row in await read_rows(session, query, {"plan": plan})]


async def find_plan_of(session: AsyncSession, definition: int) -> str:
    """Return the plan of a definition."""
    plan: str = await read_scalar(session, "SELECT d.plan FROM definition d WHERE d.id = :id", id=definition)
    return plan


async def lock_publication(session: AsyncSession) -> None:
    """Publish one thing at a time, so that instants of publication follow the order of commits; writes do not wait."""
    await driver_in_transaction(session)
    await read_scalar(session, "SELECT pg_advisory_xact_lock(hashtext('indicators.publication'))")


async def choose_instant(session: AsyncSession, now: datetime) -> datetime:
    """Return the instant of a publication, later than every other; to be asked for under the lock."""
    query = """
        SELECT greatest(CAST(:now AS timestamptz), (SELECT max(u.publie_le) + interval '1 microsecond'
          FROM unite_publication u), (SELECT max(m.au) + interval '1 microsecond' FROM millesime m))
    """
    instant: datetime = await read_scalar(session, query, now=now)
    return instant


async def read_unit_rows(
    session: AsyncSession, definition: int, source: str, annee: int
) -> dict[str, dict[tuple[str, str], Valeur]]:
    """Return the live rows of one quantity, source and year, by breakdown."""
    parameters = {"definition": definition, "source": source, "debut": str(annee), "fin": str(annee + 1)}
    found: dict[str, dict[tuple[str, str], Valeur]] = {}
    for row in await read_rows(session, ROWS, parameters):
        found.setdefault(row["ventilation"], {})[row["territoire"], row["periode"]] = value_of(row)
    return found


async def read_shown(session: AsyncSession, definition: int, annee: int) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return the cells of a unit that are shown now; ``cachee`` tells those that secrecy hides."""
    query = """
        SELECT p.territoire, p.periode, p.ventilation, p.cachee, p.cellule::text AS cellule FROM publication p
        WHERE p.definition = :definition AND p.annee = :annee AND p.publie_au IS NULL
    """
    rows = await read_rows(session, query, {"definition": definition, "annee": annee})
    return {
        (row["territoire"], row["periode"], row["ventilation"]): {
            "cachee": row["cachee"],
            "cellule": json.loads(row["cellule"]),
        }
        for row in rows
    }


async def list_ever_hidden(session: AsyncSession, definition: int, annee: int) -> set[tuple[str, str, str]]:
    """Return the cells of a unit that were hidden once: they stay so."""
    query = """
        SELECT DISTINCT p.territoire, p.periode, p.ventilation FROM publication p
        WHERE p.definition = :definition AND p.annee = :annee AND p.cachee
    """
    return {tuple(row) for row in await read_rows(session, query, {"definition": definition, "annee": annee})}


async def list_ever_shown(session: AsyncSession, definition: int, annee: int) -> set[tuple[str, str, str]]:
    """Return the cells of a unit whose value was shown once."""
    query = """
        SELECT DISTINCT p.territoire, p.periode, p.ventilation FROM publication p
        WHERE p.definition = :definition AND p.annee = :annee AND NOT p.cachee AND p.cellule->>'valeur' IS NOT NULL
    """
    return {tuple(row) for row in await read_rows(session, query, {"definition": definition, "annee": annee})}


async def replace_cells(
    session: AsyncSession,
    definition: int,
    annee: int,
    *,
    closed: Iterable[tuple[str, str, str]],
    opened: Iterable[tuple[tuple[str, str, str], bool, Mapping[str, Any]]],
    now: datetime,
) -> None:
    """Close cells and show others in their place."""
    driver = await driver_in_transaction(session)
    keys = list(closed)
    if keys:
        close = """
            UPDATE publication p SET publie_au = $3 FROM unnest($4::text[], $5::text[], $6::text[]) AS k(t, pe, v)
            WHERE p.definition = $1 AND p.annee = $2 AND p.publie_au IS NULL
              AND (p.territoire, p.periode, p.ventilation) = (k.t, k.pe, k.v)
        """
        await driver.execute(close, definition, annee, now, *(list(part) for part in zip(*keys, strict=True)))
    rows = [(*key, hidden, json.dumps(cell, ensure_ascii=False)) for key, hidden, cell in opened]
    if rows:
        show = """
            INSERT INTO publication (definition, annee, territoire, periode, ventilation, cachee, cellule, publie_du)
            SELECT $1, $2, t, pe, v, h, c::jsonb, $3
            FROM unnest($4::text[], $5::text[], $6::text[], $7::bool[], $8::text[]) AS k(t, pe, v, h, c)
        """
        await driver.execute(show, definition, annee, now, *(list(part) for part in zip(*rows, strict=True)))


async def close_unit(
    session: AsyncSession,
    definition: int,
    annee: int,
    *,
    demandes: int,
    now: datetime,
    en_attente: bool,
    motif: str | None,
) -> None:
    """Note what a unit's publication holds; writes that came meanwhile will have it done again."""
    query = """
        UPDATE unite_publication SET faites = greatest(faites, CAST(:demandes AS int)), publie_le = :now,
          en_attente = :en_attente, motif = :motif
        WHERE definition = :definition AND annee = :annee
    """
    parameters = {"definition": definition, "annee": annee, "demandes": demandes, "now": now}
    await read_rows(session, query, {**parameters, "en_attente": en_attente, "motif": motif})


async def ask_again(
    session: AsyncSession, *, plan: str | None = None, natures: Sequence[str] = (), indicateurs: Sequence[str] = ()
) -> int:
    """Have units published again: those of quantities whose cells change with the day, or of some indicators."""
    query = """
        UPDATE unite_publication u SET demandes = demandes + 1 FROM grandeur_version g
        WHERE g.definition = u.definition AND (CAST(:plan AS text) IS NULL OR g.plan = :plan) AND g.connu_au IS NULL
          AND (g.contenu->>'nature' = ANY(CAST(:natures AS text[])) OR g.indicateur = ANY(CAST(:indicateurs AS text[])))
        RETURNING 1
    """
    await driver_in_transaction(session)
    parameters = {"plan": plan, "natures": list(natures), "indicateurs": list(indicateurs)}
    return len(await read_rows(session, query, parameters))


async def read_threshold(session: AsyncSession, sources: Collection[str]) -> int:
    """Return the highest secrecy threshold of some sources, 0 when none has one."""
    query = f"SELECT max({SEUIL}) FROM source s WHERE s.code = ANY(CAST(:sources AS text[]))"
    return await read_scalar(session, query, sources=list(sources)) or 0


async def read_plan_dates(session: Source, plan: str) -> tuple[date, date]:
    """Return the first and last days of a plan. Raises :class:`PlanAbsent` when it was withdrawn a moment ago."""
    query = "SELECT p.debut, p.fin FROM plan_version p WHERE p.plan = :plan AND p.connu_au IS NULL"
    rows = await read_rows(session, query, {"plan": plan})
    if not rows:
        raise PlanAbsent
    return rows[0]["debut"], rows[0]["fin"]


MILLESIME = """
SELECT m.id AS rang, json_build_object('nom', m.nom, 'libelle', m.libelle, 'au', m.au, 'cree_le', m.cree_le) AS element
FROM millesime m WHERE m.plan = :plan
"""


async def list_millesimes(session: AsyncSession, plan: str, *, after: Key, limite: int) -> Tranche:
    """Return a page of the frozen publications, in the order they were made."""
    return await read_page(session, MILLESIME, key="rang", after=after, limite=limite, parameters={"plan": plan})


async def read_millesimes(session: Source, plan: str) -> dict[str, datetime]:
    """Return the instant that each frozen publication names."""
    rows = await read_rows(session, "SELECT m.nom, m.au FROM millesime m WHERE m.plan = :plan", {"plan": plan})
    return {row["nom"]: row["au"] for row in rows}
