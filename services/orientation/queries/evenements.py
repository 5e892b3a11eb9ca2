"""What happened to persons, in the order in which it is played."""

import json
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.episodes import Evenement, Type
from services.orientation.episodes.evenements import FIELDS
from shared.pagination import Key, Tranche
from shared.reading import read_element, read_page, read_rows

HISTORIES = """
SELECT e.dossier, e.date, e.type, e.contenu::text AS contenu, e.rang FROM evenement e
WHERE e.dossier = ANY(CAST(:dossiers AS text[])) ORDER BY e.dossier, e.rang
"""
SHOWN = """
SELECT e.date::text AS jour,
  CASE e.type WHEN 'statut' THEN 0 WHEN 'notification_sdd' THEN 1 WHEN 'signalement' THEN 1 ELSE 2 END AS ordre, e.rang,
  jsonb_build_object('id', e.id, 'date', e.date, 'type', e.type, 'contenu', e.contenu, 'acteur', e.acteur,
    'enregistre_le', e.enregistre_le) AS element
FROM evenement e WHERE e.dossier = :dossier
"""
KEY = "jour, ordre, rang"
KINDS = (str, int, int)


async def read_histories(session: AsyncSession, dossiers: Sequence[str]) -> dict[str, list[Evenement]]:
    """Return what happened to the person of each dossier, in the order of arrival."""
    found: dict[str, list[Evenement]] = defaultdict(list)
    for row in await read_rows(session, HISTORIES, {"dossiers": list(dossiers)}):
        kind, contenu = Type(row["type"]), json.loads(row["contenu"])
        champs = {name: contenu.get(name) for name in FIELDS.get(kind, ())}
        found[row["dossier"]].append(Evenement(row["date"], kind, champs, row["rang"]))
    return found


async def list_events(session: AsyncSession, dossier: str, *, after: Key, limite: int) -> Tranche:
    """Return a page of the events of a dossier: by day, then status, notification and signalement, then arrival."""
    return await read_page(session, SHOWN, key=KEY, after=after, limite=limite, parameters={"dossier": dossier})


async def read_event(session: AsyncSession, dossier: str, code: str) -> str | None:
    """Return one event of a dossier, as JSON."""
    return await read_element(session, f"{SHOWN} AND e.id = :code", dossier=dossier, code=code)
