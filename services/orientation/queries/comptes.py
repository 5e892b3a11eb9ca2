"""What counts of the dossiers: what is to be folded again, and the sums of a period, each in one statement."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.episodes import Evenement, Type
from services.orientation.episodes.evenements import FIELDS
from services.orientation.statistics import Nature, PerimetreBrsa, Periode
from services.orientation.statistics.comptes import EVERYONE, FORME, PERIMETRES
from shared.driver import driver_in_transaction
from shared.reading import Source, read_rows

STATE = """
SELECT (SELECT v.version FROM compte_version v) AS version,
  EXISTS (SELECT FROM compte_a_refaire) OR EXISTS (SELECT FROM compte_depasse) AS en_retard
"""
AGAIN = """
WITH depasses AS (DELETE FROM compte_depasse RETURNING dossier)
INSERT INTO compte_a_refaire (dossier) SELECT DISTINCT dossier FROM depasses
"""
PENDING = "SELECT r.rang, r.dossier FROM compte_a_refaire r ORDER BY r.rang LIMIT :limite"
EVENTS = """
SELECT e.dossier, e.date, e.type, e.contenu::text AS contenu, e.rang FROM evenement e
WHERE e.dossier = ANY(CAST(:dossiers AS text[]))
"""
PLACES = "SELECT d.id, d.commune, d.ctm FROM dossier d WHERE d.id = ANY(CAST(:dossiers AS text[]))"
SEEN = "c.de <= :fin AND c.jusqu > :fin AND c.perimetre = ANY(CAST(:perimetres AS smallint[]))"
DATED = tuple(
    int(each)
    for each in (
        Nature.PRESENCE,
        Nature.ENTREE,
        Nature.REORIENTATION,
        Nature.ABANDON,
        Nature.PREMIERE,
        Nature.INCONNU,
    )
)
STANDING = (int(Nature.ATTENTE), int(Nature.ANOMALIE))
SUMS = """
SELECT (SELECT v.version FROM compte_version v) AS nature, '' AS cle, 0::bigint AS nombre, 0::bigint AS personnes,
  0::bigint AS personnes_tous, 'version' AS serie
UNION ALL
SELECT c.nature, c.cle, sum(c.nombre), count(*) FILTER (WHERE c.precedent < :debut),
  count(*) FILTER (WHERE c.precedent_tous < :debut), ''
FROM dossier_compte c
WHERE c.nature = ANY(CAST(:dated AS smallint[])) AND c.jour BETWEEN :debut AND :fin AND {seen} GROUP BY 1, 2
UNION ALL
SELECT c.nature, c.cle, sum(c.nombre), 0, 0, ''
FROM dossier_compte c WHERE c.nature = ANY(CAST(:standing AS smallint[])) AND {seen} GROUP BY 1, 2
UNION ALL
SELECT coalesce(c.orientation, c.rdv, c.orientation + c.rdv), '', sum(c.nombre), 0, 0,
  CASE WHEN GROUPING(c.orientation) = 0 THEN 'orientation' WHEN GROUPING(c.rdv) = 0 THEN 'rdv' ELSE 'total' END
FROM dossier_compte c WHERE c.nature = :delai AND c.jour BETWEEN :debut AND :fin AND {seen}
GROUP BY GROUPING SETS ((c.orientation), (c.rdv), (c.orientation + c.rdv))
UNION ALL
SELECT c.nature, c.cle, 0, count(*), 0, ''
FROM dossier_compte c
WHERE c.nature = :etape AND c.jour BETWEEN :debut AND :fin AND c.precedent < :debut AND {seen} GROUP BY 1, 2
"""


Place = tuple[str | None, str | None]


@dataclass(frozen=True)
class Question:
    """What is asked: days, perimeter, and the communes where persons live; ``None`` for all, known or not."""

    periode: Periode
    perimetre: PerimetreBrsa
    communes: tuple[str, ...] | None = None


async def wait_for_turn(session: AsyncSession) -> None:
    """Wait until no one else folds: what they fold is then no longer to be, unless an older version did it."""
    driver = await driver_in_transaction(session)
    await driver.execute("SELECT pg_advisory_xact_lock(hashtextextended('orientation.dossier_compte', 0))")
    await driver.execute("SELECT set_config('orientation.forme', $1, true)", str(FORME))
    await driver.execute(AGAIN)


async def read_state(session: Source) -> tuple[int, bool]:
    """Return the version of what is folded, and whether something is to be folded again."""
    (row,) = await read_rows(session, STATE, {})
    return row["version"], row["en_retard"]


async def list_pending(session: Source, limite: int) -> list[tuple[int, str]]:
    """Return the oldest changes that are to be folded: rank, dossier."""
    return [(row["rang"], row["dossier"]) for row in await read_rows(session, PENDING, {"limite": limite})]


async def note_notified(session: AsyncSession, since: date) -> None:
    """Have every dossier notified on ``since`` or later folded again: its legal day is no longer what it was."""
    query = (
        "INSERT INTO compte_a_refaire (dossier)"
        " SELECT DISTINCT e.dossier FROM evenement e WHERE e.type = :type AND e.date >= :since"
    )
    await session.execute(text(query), {"type": Type.NOTIFICATION.value, "since": since})


async def read_histories(session: Source, dossiers: Sequence[str]) -> dict[str, list[Evenement]]:
    """Return the events of dossiers; a type that counts nowhere is left out."""
    histories: dict[str, list[Evenement]] = defaultdict(list)
    for dossier, jour, kind, contenu, rang in await read_rows(session, EVENTS, {"dossiers": list(dossiers)}):
        if kind in KNOWN:
            told = json.loads(contenu)
            champs = {name: told.get(name) for name in FIELDS.get(KNOWN[kind], ())}
            histories[dossier].append(Evenement(jour, KNOWN[kind], champs, rang))
    return histories


KNOWN = {each.value: each for each in Type}


async def read_places(session: Source, dossiers: Sequence[str]) -> dict[str, Place]:
    """Return the commune and the CTM where the person of each dossier lives."""
    return {
        row["id"]: (row["commune"], row["ctm"])
        for row in await read_rows(session, PLACES, {"dossiers": list(dossiers)})
    }


async def sum_comptes(session: Source, question: Question) -> list[asyncpg.Record]:
    """Return the sums of a period: nature, cle, nombre, personnes, personnes_tous; the delays and the version apart.

    One statement, so that all of it tells of one moment.
    """
    seen = SEEN + (" AND c.commune = ANY(CAST(:communes AS text[]))" if question.communes is not None else "")
    parameters: dict[str, Any] = {
        "debut": question.periode.debut,
        "fin": question.periode.fin,
        "perimetres": [EVERYONE, PERIMETRES[question.perimetre]],
        "dated": list(DATED),
        "standing": list(STANDING),
        "delai": int(Nature.DELAI),
        "etape": int(Nature.ETAPE),
    }
    if question.communes is not None:
        parameters["communes"] = list(question.communes)
    return await read_rows(session, SUMS.format(seen=seen), parameters)
