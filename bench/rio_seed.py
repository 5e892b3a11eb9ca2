"""Histories of persons written before the measures begin: the same ones each time, about eight events each.

Most of what happens in three years of a service: status, notification, convocations, absences, presences, decisions,
appointments, new decisions, ends. Events are written by COPY, as a partner's file would be.
"""

import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bench.instance import Connection
from bench.seed import list_communes

FIRST, DAYS = date(2023, 1, 1), 1000
WRITTEN = datetime(2026, 1, 5, tzinfo=UTC)
CHUNK = 20_000
PARCOURS = ("EMPLOI", "SOCIO_PRO", "SOCIAL", "TNS", "JEUNES")
RIO: dict[str, Any] = {"modalite": "RIO_COLLECTIVE"}
MISSED: dict[str, Any] = {**RIO, "excusee": False}
DOSSIERS = ("id", "commune", "ctm", "cree_le", "modifie_le")
EVENTS = ("id", "dossier", "date", "type", "contenu", "acteur", "enregistre_le")
Step = tuple[int, str, dict[str, Any]]


async def seed_persons(connection: Connection, persons: int, first: int = 0) -> int:
    """Write the persons numbered from ``first`` to ``persons``, and what happened to them; return how many events."""
    places = list(zip(*list_communes(FIRST), strict=True))
    chance = random.Random(11 + first)  # noqa: S311 - the same persons each time
    total = 0
    for start in range(first, persons, CHUNK):
        codes = [f"dos-{number:024x}" for number in range(start, min(start + CHUNK, persons))]
        dossiers = [(code, *chance.choice(places), WRITTEN, WRITTEN) for code in codes]
        events = [row for code in codes for row in _rows_of(code, chance)]
        total += len(events)
        await connection.copy_records_to_table("dossier", columns=DOSSIERS, records=dossiers, schema_name="orientation")
        await connection.copy_records_to_table("evenement", columns=EVENTS, records=events, schema_name="orientation")
    return total


def _rows_of(dossier: str, chance: random.Random) -> Iterator[tuple[Any, ...]]:
    first = FIRST + timedelta(days=chance.randrange(DAYS))
    for rank, (after, kind, contenu) in enumerate(_life(chance)):
        jour = first + timedelta(days=after)
        yield f"evt-{dossier[4:]}-{rank}", dossier, jour, kind, json.dumps(contenu), "banc", WRITTEN


def _life(chance: random.Random) -> Iterator[Step]:
    """Yield what happens to someone: days after the first, type, fields."""
    brsa = chance.random() < 0.8
    yield 0, "statut", {"brsa": brsa, "soumis_dd": brsa and chance.random() < 0.9}
    yield 0, "notification_sdd" if brsa else "signalement", {}
    day = chance.randrange(10, 40)
    yield day, "convocation", RIO
    for _ in range(chance.choice((0, 0, 1, 2))):
        day += chance.randrange(10, 20)
        yield day, "absence", MISSED
        yield day + 1, "convocation", RIO
    if chance.random() < 0.15:
        return
    day += chance.randrange(10, 20)
    yield day, "presence", RIO
    parcours, other = chance.sample(PARCOURS, 2)
    yield day, "orientation", {"parcours": parcours, "etape": chance.choice(("APRES_RIO", "APRES_RIO", "DIRECTE"))}
    day += chance.randrange(5, 40)
    yield day, "premier_rdv", {"honore": chance.random() < 0.9}
    yield day + 20, "contrat", {}
    yield day + 60, "contact", {}
    if chance.random() < 0.2:
        yield day + 150, "reorientation", {"vers": other}
        yield day + 170, "premier_rdv", {"honore": True}
    if chance.random() < 0.3:
        yield day + 300, "sortie", {"motif": "EMPLOI_DURABLE"}
