"""Seats and queues of meetings; a person is seen only by who may see its territory."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from services.orientation.models import Attente, Inscription
from services.orientation.queries.visibility import scope_of, seen
from shared.driver import driver_in_transaction
from shared.pagination import Key, Tranche
from shared.reading import read_element, read_page, read_rows, read_scalar
from shared.tokens import Identite

INSCRIPTIONS = f"""
SELECT i.rang AS rang, json_build_object('id', i.id, 'rencontre', i.rencontre, 'dossier', i.dossier,
  'statut', i.statut, 'promue', i.promue, 'preavis_respecte', i.preavis_respecte,
  'motif_annulation', i.motif_annulation, 'issue', i.issue,
  'issue_le', i.issue_le, 'inscrite_le', i.inscrite_le, 'annulee_le', i.annulee_le) AS element
FROM inscription i JOIN dossier p ON p.id = i.dossier
WHERE i.rencontre = :rencontre AND {seen("p")}
"""
BEFORE = """(SELECT count(*) FROM attente b
  WHERE b.rencontre = w.rencontre AND b.statut = 'EN_ATTENTE' AND b.rang <= w.rang)"""
ATTENTES = f"""
SELECT w.rang AS rang, json_build_object('id', w.id, 'rencontre', w.rencontre, 'dossier', w.dossier,
  'statut', w.statut, 'position', CASE WHEN w.statut = 'EN_ATTENTE' THEN {BEFORE} END,
  'inscription', w.inscription, 'arrivee_le', w.arrivee_le, 'sortie_le', w.sortie_le) AS element
FROM attente w JOIN dossier p ON p.id = w.dossier
WHERE w.rencontre = :rencontre AND {seen("p")}
"""
LOCK = """
SELECT pg_advisory_xact_lock(hashtextextended('orientation.inscription ' || personne, 0))
FROM (SELECT DISTINCT personne FROM unnest($1::text[]) personne ORDER BY personne) rangees
"""
ELSEWHERE = """
SELECT i.id, i.rencontre, i.dossier FROM inscription i
WHERE i.dossier = ANY(CAST(:dossiers AS text[])) AND i.statut = 'INSCRITE' AND i.rencontre <> :rencontre
  AND i.debut < CAST(:fin AS timestamptz) AND i.fin > CAST(:debut AS timestamptz)
ORDER BY i.rang
"""


async def lock_persons(session: AsyncSession, dossiers: Iterable[str]) -> None:
    """Wait until nobody else gives a seat to these persons, and keep others from it until the end.

    To be called once a transaction, after the meeting was locked: they come in one order, so that nobody waits in a
    circle. No row is locked, for a partner's file changes the dossiers in its own order.
    """
    driver = await driver_in_transaction(session)
    await driver.fetch(LOCK, list(dossiers))


async def list_elsewhere(
    session: AsyncSession, dossiers: Iterable[str], *, rencontre: str, debut: datetime, fin: datetime
) -> list[asyncpg.Record]:
    """Return the seats that persons have in other meetings between two instants (``fin`` excluded)."""
    parameters = {"dossiers": list(dossiers), "rencontre": rencontre, "debut": debut, "fin": fin}
    return await read_rows(session, ELSEWHERE, parameters)


async def count_enrolled(session: AsyncSession, rencontre: str) -> int:
    """Return how many seats of a meeting are taken."""
    query = "SELECT count(*) FROM inscription i WHERE i.rencontre = :rencontre AND i.statut = 'INSCRITE'"
    number: int = await read_scalar(session, query, rencontre=rencontre)
    return number


async def list_enrolled(session: AsyncSession, rencontre: str) -> Sequence[Inscription]:
    """Return the seats of a meeting that are taken, in order of arrival."""
    query = select(Inscription).where(col(Inscription.rencontre) == rencontre, col(Inscription.statut) == "INSCRITE")
    return (await session.scalars(query.order_by(col(Inscription.rang)))).all()


async def find_seat(session: AsyncSession, rencontre: str, dossier: str) -> str | None:
    """Return the seat that a person has in a meeting."""
    query = """SELECT i.id FROM inscription i
      WHERE i.rencontre = :rencontre AND i.dossier = :dossier AND i.statut = 'INSCRITE'"""
    seat: str | None = await read_scalar(session, query, rencontre=rencontre, dossier=dossier)
    return seat


async def list_waiting(session: AsyncSession, rencontre: str) -> Sequence[Attente]:
    """Return who waits for a seat of a meeting, in order of arrival."""
    query = select(Attente).where(col(Attente.rencontre) == rencontre, col(Attente.statut) == "EN_ATTENTE")
    return (await session.scalars(query.order_by(col(Attente.rang)))).all()


async def find_inscription(
    session: AsyncSession, rencontre: str, inscription: str, identite: Identite
) -> Inscription | None:
    """Return a seat of a meeting, ``None`` when the caller may not see the person."""
    query = select(Inscription).where(col(Inscription.rencontre) == rencontre, col(Inscription.id) == inscription)
    found = (await session.scalars(query)).one_or_none()
    return found if found is not None and await _is_seen(session, found.dossier, identite) else None


async def find_attente(session: AsyncSession, rencontre: str, attente: str, identite: Identite) -> Attente | None:
    """Return a place in the queue of a meeting, ``None`` when the caller may not see the person."""
    query = select(Attente).where(col(Attente.rencontre) == rencontre, col(Attente.id) == attente)
    found = (await session.scalars(query)).one_or_none()
    return found if found is not None and await _is_seen(session, found.dossier, identite) else None


async def _is_seen(session: AsyncSession, dossier: str, identite: Identite) -> bool:
    query = f"SELECT count(*) FROM dossier p WHERE p.id = :dossier AND {seen('p')}"
    return bool(await read_scalar(session, query, dossier=dossier, **scope_of(identite)))


async def list_inscriptions(
    session: AsyncSession, rencontre: str, identite: Identite, *, statuts: list[str], after: Key, limite: int
) -> Tranche:
    """Return a page of the seats of a meeting, in order of arrival."""
    rows = INSCRIPTIONS + (" AND i.statut = ANY(CAST(:statuts AS text[]))" if statuts else "")
    parameters = {"rencontre": rencontre, **scope_of(identite)} | ({"statuts": statuts} if statuts else {})
    return await read_page(session, rows, key="rang", after=after, limite=limite, parameters=parameters)


async def read_inscription(session: AsyncSession, rencontre: str, inscription: str, identite: Identite) -> str | None:
    """Return a seat of a meeting as JSON."""
    rows = f"{INSCRIPTIONS} AND i.id = :inscription"
    return await read_element(session, rows, rencontre=rencontre, inscription=inscription, **scope_of(identite))


async def list_attentes(
    session: AsyncSession, rencontre: str, identite: Identite, *, statuts: list[str], after: Key, limite: int
) -> Tranche:
    """Return a page of the queue of a meeting, in order of arrival."""
    rows = f"{ATTENTES} AND w.statut = ANY(CAST(:statuts AS text[]))"
    parameters = {"rencontre": rencontre, "statuts": statuts, **scope_of(identite)}
    return await read_page(session, rows, key="rang", after=after, limite=limite, parameters=parameters)


async def read_attente(session: AsyncSession, rencontre: str, attente: str, identite: Identite) -> str | None:
    """Return a place in the queue of a meeting as JSON."""
    rows = f"{ATTENTES} AND w.id = :attente"
    return await read_element(session, rows, rencontre=rencontre, attente=attente, **scope_of(identite))
