"""Keeps what counts of each dossier, and what someone should look at, up to date with its events."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.orientation.episodes import Evenement
from services.orientation.episodes.alertes import Delai, find_alerts
from services.orientation.queries import comptes as queries
from services.orientation.queries.comptes import Place
from services.orientation.queries.flux import copy_rows
from services.orientation.service.delais import read_deadlines
from services.orientation.statistics import Compte, fold
from shared import clock
from shared.database import transaction
from shared.driver import driver_in_transaction

CHUNK = 4_000
NOWHERE: Place = (None, None)
COLUMNS = (
    *("dossier", "numero", "commune", "nature", "jour", "cle", "perimetre", "precedent", "precedent_tous"),
    *("orientation", "rdv", "nombre", "de", "jusqu"),
)
ALERT_COLUMNS = ("dossier", "type", "de", "jusqu", "echeance", "commune", "ctm")


@dataclass
class Plis:
    """The rows that some dossiers are folded into."""

    comptes: list[tuple[Any, ...]] = field(default_factory=list)
    alertes: list[tuple[Any, ...]] = field(default_factory=list)


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
    deadlines = await read_deadlines(session)
    plis = await asyncio.to_thread(_fold_all, histories, places, deadlines, clock.today())
    for table in ("dossier_compte", "dossier_alerte"):
        await driver.execute(f"DELETE FROM {table} WHERE dossier = ANY($1::text[])", dossiers)
    await copy_rows(session, "dossier_compte", COLUMNS, plis.comptes)
    await copy_rows(session, "dossier_alerte", ALERT_COLUMNS, plis.alertes)
    await driver.execute("DELETE FROM compte_a_refaire WHERE rang = ANY($1::bigint[])", [rang for rang, _ in pending])
    if pending:
        await driver.execute("UPDATE compte_version SET version = version + 1")


def _fold_all(
    histories: Mapping[str, Sequence[Evenement]], places: Mapping[str, Place], deadlines: Delai, today: date
) -> Plis:
    plis = Plis()
    for dossier, evenements in histories.items():
        commune, ctm = places.get(dossier, NOWHERE)
        plis.comptes += [_row_of(dossier, numero, commune, compte) for numero, compte in enumerate(fold(evenements))]
        plis.alertes += [
            (dossier, each.type, each.de, each.jusqu, each.echeance, commune, ctm)
            for each in find_alerts(evenements, deadlines, today)
        ]
    return plis


def _row_of(dossier: str, numero: int, commune: str | None, compte: Compte) -> tuple[Any, ...]:
    fait = compte.fait
    return (
        *(dossier, numero, commune, int(fait.nature), fait.jour, fait.cle, fait.perimetre),
        *(fait.precedent, fait.precedent_tous, fait.orientation, fait.rdv),
        *(compte.nombre, compte.de, compte.jusqu),
    )
