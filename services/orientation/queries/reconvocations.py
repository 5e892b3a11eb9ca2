"""Persons whose last move before an orientation was an absence or a cancellation, and who have no later seat."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.episodes import Evenement, Type
from services.orientation.queries.flux import EVENEMENTS
from services.orientation.queries.visibility import scope_of, seen
from shared.clock import PARIS
from shared.pagination import Key
from shared.query import EARLIEST, LATEST
from shared.reading import read_rows
from shared.tokens import Identite

MISSED = (Type.ABSENCE, Type.ANNULATION)
MOVES = (*MISSED, Type.CONVOCATION, Type.PRESENCE, Type.ORIENTATION, Type.SORTIE, Type.ABANDON)
CANDIDATES = f"""
WITH dernier AS (
  SELECT DISTINCT ON (e.dossier) e.dossier, e.date, e.type FROM evenement e
  WHERE e.type = ANY(CAST(:moves AS text[])) AND e.date <= CAST(:jour AS date)
  ORDER BY e.dossier, e.date DESC, e.rang DESC)
SELECT m.dossier, m.date AS depuis FROM dernier m JOIN dossier p ON p.id = m.dossier
WHERE m.type = ANY(CAST(:missed AS text[])) AND {seen("p")}
  AND m.date BETWEEN CAST(:du AS date) AND CAST(:au AS date)
  AND (m.date, m.dossier COLLATE "C") > (CAST(:apres_jour AS date), CAST(:apres_dossier AS text))
  AND NOT EXISTS (SELECT FROM inscription i WHERE i.dossier = m.dossier AND i.statut = 'INSCRITE'
    AND i.issue IS NULL AND i.fin > CAST(:maintenant AS timestamptz))
ORDER BY m.date, m.dossier COLLATE "C" LIMIT :nombre
"""


async def list_candidates(
    session: AsyncSession, identite: Identite, *, between: tuple[date, date], after: Key, now: datetime, nombre: int
) -> list[asyncpg.Record]:
    """Return who may have to be convened again since a day ``between`` two (both included), by that day.

    ``after`` is the number of a day (proleptic Gregorian ordinal) and a dossier.
    """
    since, dossier = after or (0, "")
    jour = date.fromordinal(min(max(since, EARLIEST.toordinal()), LATEST.toordinal()))
    parameters = {
        "moves": list(MOVES),
        "missed": list(MISSED),
        "jour": now.astimezone(PARIS).date(),
        "du": between[0],
        "au": between[1],
        "apres_jour": jour,
        "apres_dossier": dossier,
        "maintenant": now,
        "nombre": nombre,
    }
    return await read_rows(session, CANDIDATES, parameters | scope_of(identite))


async def read_histories(session: AsyncSession, dossiers: Sequence[str]) -> dict[str, list[Evenement]]:
    """Return all that happened to persons, each in order."""
    histories: dict[str, list[Evenement]] = defaultdict(list)
    for rank, row in enumerate(await read_rows(session, EVENEMENTS, {"dossiers": list(dossiers)})):
        champs = json.loads(row["contenu"])
        histories[row["dossier"]].append(Evenement(row["date"], Type(row["type"]), champs, rank))
    return histories
