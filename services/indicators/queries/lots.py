"""Pushes and their reports; what a push is compared with once written."""

import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.reports import Rapport
from shared import clock
from shared.driver import driver_in_transaction
from shared.pagination import Key, Tranche
from shared.reading import read_column, read_page, read_rows, read_scalar

NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
LOT = """
SELECT l.rang AS rang, l.rapport AS element FROM lot l WHERE l.acteur = :acteur
"""
FAIL = """
UPDATE lot SET etat = 'ECHEC', statut = :statut, termine_le = :now, rapport = rapport || jsonb_build_object(
  'etat', 'ECHEC', 'statut', CAST(:statut AS int), 'progression', NULL, 'termine_le', CAST(:quand AS text),
  'probleme', CAST(:probleme AS jsonb))
WHERE id = :lot AND etat IN ('RECU', 'EN_COURS')
"""
ABANDONED = """
SELECT l.id FROM lot l WHERE l.etat IN ('RECU', 'EN_COURS') AND NOT EXISTS (
  SELECT FROM pgqueuer q WHERE q.entrypoint = 'lot' AND q.status IN ('queued', 'picked')
    AND convert_from(q.payload, 'UTF8')::jsonb ->> 'lot' = l.id)
"""
FILTERS = {"source": "l.source = :source", "etat": "l.etat = :etat"}
REJET = """
SELECT r.rang AS rang, r.faute AS element FROM lot_rejet r JOIN lot l ON l.id = r.lot
WHERE r.lot = :lot AND l.acteur = :acteur
"""


async def note_source(session: AsyncSession, source: str, now: datetime) -> None:
    """Record a source on its first use."""
    query = "INSERT INTO source (code, vue_le) VALUES (:source, :now) ON CONFLICT (code) DO NOTHING"
    await read_scalar(session, query, source=source, now=now)


async def save_lot(
    session: AsyncSession, rapport: Rapport, document: dict[str, Any], acteur: str, until: datetime
) -> None:
    """Keep a push, its report and its faults."""
    driver = await driver_in_transaction(session)
    query = """
        INSERT INTO lot (id, plan, acteur, source, etat, statut, rapport, recu_le, termine_le, expire_le)
        VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8, $9, $10)
        ON CONFLICT (id) DO UPDATE SET plan = excluded.plan, source = excluded.source, etat = excluded.etat,
          statut = excluded.statut, rapport = excluded.rapport, termine_le = excluded.termine_le
    """
    await driver.execute(
        query,
        rapport.lot,
        rapport.plan,
        acteur,
        rapport.enveloppe.source,
        rapport.etat.value,
        rapport.statut,
        as_json(document),
        rapport.recu_le,
        rapport.termine_le,
        until,
    )
    if rapport.fautes:
        columns = ("lot", "rang", "indice", "faute", "ligne")
        await driver.copy_records_to_table("lot_rejet", records=_fault_rows(rapport), columns=columns)


def _fault_rows(rapport: Rapport) -> Iterable[tuple[Any, ...]]:
    """Yield the faults as they are kept; the row itself stands beside its first fault."""
    last = None
    for rang, fault in enumerate(rapport.fautes):
        row = as_json(rapport.lues[fault["indice"]].contenu) if fault["indice"] != last else None
        last = fault["indice"]
        yield rapport.lot, rang, fault["indice"], as_json(fault), row


def as_json(value: Any) -> str:
    """Return JSON that PostgreSQL can hold: decimals digit for digit, no nul, no lone surrogate."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return NUL.sub(r"\1?", text.encode("utf-8", "replace").decode())


async def save_body(session: AsyncSession, lot: str, body: bytes, demande: dict[str, Any]) -> None:
    """Keep the body of a push until its turn."""
    driver = await driver_in_transaction(session)
    query = "INSERT INTO lot_corps (lot, corps, demande) VALUES ($1, $2, $3::text::jsonb)"
    await driver.execute(query, lot, body, as_json(demande))


async def read_demande(session: AsyncSession, lot: str) -> str | None:
    """Return what is needed to read a push that waits as its caller, as JSON; ``None`` once it was judged."""
    found: str | None = await read_scalar(session, "SELECT demande::text FROM lot_corps WHERE lot = :lot", lot=lot)
    return found


async def take_body(session: AsyncSession, lot: str) -> asyncpg.Record | None:
    """Return the body of a push that waits and when it came, held until this transaction ends: it is judged once."""
    query = "SELECT c.corps, l.recu_le FROM lot_corps c JOIN lot l ON l.id = c.lot WHERE c.lot = :lot FOR UPDATE OF c"
    rows = await read_rows(session, query, {"lot": lot})
    return rows[0] if rows else None


async def forget_body(session: AsyncSession, lot: str) -> None:
    """Delete the body of a push that was judged."""
    await read_rows(session, "DELETE FROM lot_corps WHERE lot = :lot", {"lot": lot})


async def allow_long_statements(session: AsyncSession) -> None:
    """Let the statements of this transaction last: nobody waits at the other end of a line."""
    driver = await driver_in_transaction(session)
    await driver.execute("SET LOCAL statement_timeout = '10min'")


async def forget_lots(session: AsyncSession, now: datetime) -> None:
    """Delete the pushes whose time is over, with their faults."""
    old = "SELECT l.id FROM lot l WHERE l.expire_le < :now"
    for table in ("lot_rejet", "lot_corps"):
        await read_rows(session, f"DELETE FROM {table} WHERE lot IN ({old})", {"now": now})
    await read_rows(session, "DELETE FROM lot WHERE expire_le < :now", {"now": now})


async def tell_progress(session: AsyncSession, lot: str, *, lignes: int, total: int) -> None:
    """Note how far a push has come."""
    query = """
        UPDATE lot SET etat = 'EN_COURS', rapport = rapport || jsonb_build_object('etat', 'EN_COURS', 'progression',
          jsonb_build_object('lignes', CAST(:lignes AS int), 'total', CAST(:total AS int)))
        WHERE id = :lot AND etat IN ('RECU', 'EN_COURS')
    """
    await read_rows(session, query, {"lot": lot, "lignes": lignes, "total": total})


async def fail_lot(session: AsyncSession, lot: str, probleme: dict[str, Any], now: datetime) -> None:
    """Note that nothing of a push was written, and why."""
    parameters = {"lot": lot, "statut": probleme["status"], "now": now, "quand": clock.write_instant(now)}
    await read_rows(session, FAIL, {**parameters, "probleme": as_json(probleme)})


async def list_abandoned(session: AsyncSession) -> list[str]:
    """Return the pushes that no work will judge any more: it was given up."""
    return await read_column(session, ABANDONED)


async def read_lot(session: AsyncSession, lot: str, acteur: str) -> str | None:
    """Return the report of one's own push, as JSON."""
    query = "SELECT l.rapport::text FROM lot l WHERE l.id = :lot AND l.acteur = :acteur"
    found: str | None = await read_scalar(session, query, lot=lot, acteur=acteur)
    return found


async def list_lots(session: AsyncSession, filters: dict[str, Any], *, acteur: str, after: Key, limite: int) -> Tranche:
    """Return a page of one's own pushes, the latest first, without their faults."""
    light = "l.rapport - 'rejets' - 'avertissements' - 'incidence'"
    rows = LOT.replace("l.rang AS rang, l.rapport", f"-l.rang AS rang, {light}")
    rows += "".join(f" AND {FILTERS[name]}" for name in filters)
    parameters = {**filters, "acteur": acteur}
    return await read_page(session, rows, key="rang", after=after, limite=limite, parameters=parameters)


async def list_rejets(session: AsyncSession, lot: str, *, acteur: str, after: Key, limite: int) -> Tranche:
    """Return a page of the faults of one's own push, in the order of the rows."""
    parameters = {"lot": lot, "acteur": acteur}
    return await read_page(session, REJET, key="rang", after=after, limite=limite, parameters=parameters)


async def list_rejected_rows(session: AsyncSession, lot: str) -> list[asyncpg.Record]:
    """Return the faults of a push with the rows they stand in, in order."""
    query = "SELECT r.indice, r.faute::text, r.ligne::text FROM lot_rejet r WHERE r.lot = :lot ORDER BY r.rang"
    return await read_rows(session, query, {"lot": lot})


async def mark_units(session: AsyncSession, unites: Iterable[tuple[int, int]]) -> None:
    """Note which quantities and years must be published again."""
    pairs = sorted(unites)
    query = """
        INSERT INTO unite_publication (definition, annee, demandes, faites, en_attente)
        SELECT d, a, 1, 0, false FROM unnest(CAST(:definitions AS int[]), CAST(:annees AS int[])) AS t(d, a)
        ON CONFLICT (definition, annee) DO UPDATE SET demandes = unite_publication.demandes + 1
    """
    parameters = {"definitions": [pair[0] for pair in pairs], "annees": [pair[1] for pair in pairs]}
    await read_rows(session, query, parameters)
