"""Keeps what counts of each dossier up to date with its events, and answers the figures of any period from it."""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.orientation.episodes import Evenement
from services.orientation.queries import comptes as queries
from services.orientation.queries.comptes import Question
from services.orientation.queries.flux import copy_rows
from services.orientation.statistics import Compte, fold
from services.orientation.statistics.sommes import Sommes, anomalies_of, figures_of
from shared.database import transaction
from shared.driver import driver_in_transaction

CHUNK = 4_000
REMEMBERED = 500
COLUMNS = (
    *("dossier", "numero", "commune", "nature", "jour", "cle", "perimetre", "precedent", "precedent_tous"),
    *("orientation", "rdv", "nombre", "de", "jusqu"),
)


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
        document = {**figures_of(sommes), "anomalies": anomalies_of(sommes)}
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


async def refresh(engine: AsyncEngine) -> int:
    """Fold again every dossier that changed, a few thousands a transaction; return the version then reached."""
    while True:
        async with transaction(engine) as session:
            version, late = await queries.read_state(session)
            if not late:
                return version
            await _refresh_some(session)


async def _refresh_some(session: AsyncSession) -> None:
    """Fold the oldest changes. What changes meanwhile is noted apart, and is folded next: nothing is lost."""
    driver = await driver_in_transaction(session)
    await queries.wait_for_turn(session)
    pending = await queries.list_pending(session, CHUNK)
    dossiers = sorted({dossier for _, dossier in pending})
    histories = await queries.read_histories(session, dossiers)
    places = await queries.read_places(session, dossiers)
    rows = await asyncio.to_thread(_fold_all, histories, places)
    await driver.execute("DELETE FROM dossier_compte WHERE dossier = ANY($1::text[])", dossiers)
    await copy_rows(session, "dossier_compte", COLUMNS, rows)
    await driver.execute("DELETE FROM compte_a_refaire WHERE rang = ANY($1::bigint[])", [rang for rang, _ in pending])
    if pending:
        await driver.execute("UPDATE compte_version SET version = version + 1")


def _fold_all(histories: Mapping[str, Sequence[Evenement]], places: Mapping[str, str | None]) -> list[tuple[Any, ...]]:
    return [
        _row_of(dossier, numero, places.get(dossier), compte)
        for dossier, evenements in histories.items()
        for numero, compte in enumerate(fold(evenements))
    ]


def _row_of(dossier: str, numero: int, commune: str | None, compte: Compte) -> tuple[Any, ...]:
    fait = compte.fait
    return (
        *(dossier, numero, commune, int(fait.nature), fait.jour, fait.cle, fait.perimetre),
        *(fait.precedent, fait.precedent_tous, fait.orientation, fait.rdv),
        *(compte.nombre, compte.de, compte.jusqu),
    )
