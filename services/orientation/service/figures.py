"""Answers the figures of any period from what counts of each dossier."""

import json
from collections import OrderedDict
from collections.abc import Sequence

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from services.orientation.queries import comptes as queries
from services.orientation.queries.comptes import Question
from services.orientation.service.comptes import refresh
from services.orientation.statistics.sommes import Sommes, anomalies_of, figures_of, funnel_of
from shared.database import transaction

REMEMBERED = 500


class Memoire:
    """The last answers of this process, each under the version of what it was read from."""

    def __init__(self, size: int = REMEMBERED) -> None:
        self._size = size
        self._kept: OrderedDict[tuple[int, Question], bytes] = OrderedDict()

    def get(self, version: int, question: Question) -> bytes | None:
        """Return what was answered when things stood as they do."""
        found = self._kept.get((version, question))
        if found is not None:
            self._kept.move_to_end((version, question))
        return found

    def put(self, version: int, question: Question, body: bytes) -> None:
        """Remember an answer, and forget the one that was asked longest ago."""
        self._kept[version, question] = body
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)


async def answer_rio(engine: AsyncEngine, memoire: Memoire, question: Question) -> bytes:
    """Return the figures of a period over every event written before, as JSON."""
    version = await refresh(engine)
    body = memoire.get(version, question)
    if body is None:
        async with transaction(engine) as session:
            version, sommes = read_sums(await queries.sum_comptes(session, question))
        document = {**figures_of(sommes), "entonnoir": funnel_of(sommes), "anomalies": anomalies_of(sommes)}
        body = json.dumps(document, ensure_ascii=False).encode()
        memoire.put(version, question, body)
    return body


def read_sums(rows: Sequence[asyncpg.Record]) -> tuple[int, Sommes]:
    """Return the version of what was summed, and the sums."""
    version, sommes = 0, Sommes()
    for nature, cle, nombre, personnes, personnes_tous, serie in rows:
        if serie == "version":
            version = nature
        elif serie:
            sommes.delais[serie][nature] = int(nombre)
        else:
            sommes.nombre[nature, cle] = int(nombre)
            sommes.personnes[nature, cle] = personnes
            sommes.personnes_tous[nature] += personnes_tous
    return version, sommes
