"""Taking a push: at once, or later when it is large or its caller would rather not wait."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.collection import without_collection
from services.indicators.lot_reading import LotLu, check_lot, read_lot
from services.indicators.queries import ecriture as ecriture_queries
from services.indicators.queries import lots as queries
from services.indicators.reports import Rapport
from services.indicators.schemas.lots import Enveloppe
from services.indicators.service import lots
from services.indicators.service.atelier import Atelier
from services.indicators.vocabulary import EtatLot
from shared import clock
from shared.errors import DonneesRefusees, Refus
from shared.jobs import enqueue
from shared.plans import find_plan
from shared.problems import build_problem
from shared.query import ParametresPlan
from shared.tokens import Identite

MAX_BYTES = 64 << 20
SYNCHRONOUS_BYTES = 20_000_000
SYNCHRONOUS_ROWS = 50_000
UNKNOWN = "inconnue"


@dataclass(frozen=True)
class Depot:
    """What a caller sent, before it is read."""

    body: bytes
    media_type: str
    parameters: Mapping[str, Any]
    langue: str
    differe: bool = False


@dataclass(frozen=True)
class Kept:
    """A push that was kept, and when it came."""

    lot: str
    body: bytes
    recu_le: datetime


@dataclass(frozen=True)
class Reception:
    """What is answered: a report, and the refusal it explains when the whole was refused."""

    statut: int
    document: dict[str, Any]
    lot: str
    refus: Refus | None = None


async def receive_lot(session: AsyncSession, atelier: Atelier, identite: Identite, depot: Depot) -> Reception:
    """Take a push: judge and write it now, or keep it safe for its turn.

    Raises :class:`RequeteIllisible`, :class:`DonneesRefusees` (the envelope) or :class:`DroitInsuffisant`.
    """
    with without_collection():
        return await _receive(session, atelier, identite, depot)


async def _receive(session: AsyncSession, atelier: Atelier, identite: Identite, depot: Depot) -> Reception:
    if len(depot.body) > SYNCHRONOUS_BYTES:
        return await _keep_for_later(session, identite, depot, None)
    lot = await _read(depot, clock.now())
    lots.check_source(identite, lot.enveloppe.source)
    if depot.differe or len(lot.lignes) > SYNCHRONOUS_ROWS:
        return await _keep_for_later(session, identite, depot, lot)
    rapport = await _open_rapport(session, lot.enveloppe, depot)
    refus = await _judge(session, atelier, identite, lot, rapport)
    return await _close_lot(session, rapport, refus, acteur=identite.sujet)


async def _read(depot: Depot, recu_le: datetime) -> LotLu:
    lot = await asyncio.to_thread(read_lot, depot.body, depot.media_type, depot.parameters)
    check_lot(lot, recu_le)
    return lot


async def _open_rapport(session: AsyncSession, enveloppe: Enveloppe, depot: Depot, kept: Kept | None = None) -> Rapport:
    """Return the report of a push that begins, or that was kept. Raises :class:`DonneesRefusees`: no such plan."""
    try:
        plan = await find_plan(session, ParametresPlan(plan=enveloppe.plan))
    except DonneesRefusees as refus:
        raise DonneesRefusees(
            erreurs=[replace(each, champ=f"/enveloppe/{each.champ}") for each in refus.erreurs]
        ) from refus
    lot, recu_le = (kept.lot, kept.recu_le) if kept else (lots.new_lot_id(), clock.now())
    return Rapport(lot, plan, enveloppe, lots.fingerprint(depot.body), recu_le, langue=depot.langue)


async def _judge(
    session: AsyncSession, atelier: Atelier, identite: Identite, lot: LotLu, rapport: Rapport, progress: Any = None
) -> Refus | None:
    """Judge the rows and write what may be; return why the whole is refused, if it is."""
    contexte = await lots.read_contexte(session, atelier, identite, lot.enveloppe, rapport.plan)
    return await lots.process_lot(
        session, lot, contexte=contexte, rapport=rapport, acteur=identite.sujet, progress=progress
    )


async def _close_lot(session: AsyncSession, rapport: Rapport, refus: Refus | None, *, acteur: str) -> Reception:
    """Keep the report of a push that was judged, ask for the publication of what it changed, and stamp it last."""
    rapport.statut = refus.status if refus else 207 if rapport.rejetees else 200
    rapport.termine_le = clock.now()
    probleme = build_problem(refus, language=rapport.langue, request_id=rapport.lot) if refus else None
    document = rapport.document(probleme)
    await queries.save_lot(session, rapport, document, acteur, lots.horizon(rapport.recu_le))
    if rapport.ecriture is not None:
        if rapport.touchees:
            await queries.mark_units(session, rapport.unites)
            await enqueue(session, "publication", cle="tout")
        await ecriture_queries.stamp(session, rapport.ecriture, clock.now())
    return Reception(rapport.statut, document, rapport.lot, refus)


async def _keep_for_later(session: AsyncSession, identite: Identite, depot: Depot, lot: LotLu | None) -> Reception:
    """Keep the body and who sent it; the work is asked for in the same transaction."""
    enveloppe = lot.enveloppe if lot else Enveloppe(source=UNKNOWN)
    rapport = await _open_rapport(session, enveloppe, depot)
    rapport.etat = EtatLot.RECU
    total = len(lot.lignes) if lot else 0
    document = rapport.document(progression={"lignes": 0, "total": total})
    await queries.save_lot(session, rapport, document, identite.sujet, lots.horizon(rapport.recu_le))
    await queries.save_body(session, rapport.lot, depot.body, _demande(identite, depot))
    await enqueue(session, "lot", {"lot": rapport.lot})
    return Reception(202, document, rapport.lot)


def _demande(identite: Identite, depot: Depot) -> dict[str, Any]:
    restrictions = ("sources", "grandeurs", "territoires")
    rights = {name: None if (held := getattr(identite, name)) is None else sorted(held) for name in restrictions}
    return {
        "media_type": depot.media_type,
        "parametres": dict(depot.parameters),
        "langue": depot.langue,
        "sujet": identite.sujet,
        **rights,
    }


def identite_of(demande: Mapping[str, Any]) -> Identite:
    """Return the caller of a push that was kept, with the restrictions of the key it came with."""
    restrictions = ("sources", "grandeurs", "territoires")
    held = {name: None if demande[name] is None else frozenset(demande[name]) for name in restrictions}
    return Identite(sujet=demande["sujet"], portees=frozenset(), **held)


async def process_kept(
    session: AsyncSession, atelier: Atelier, kept: Kept, *, demande: Mapping[str, Any], progress: Any
) -> Reception:
    """Judge and write a push that was kept, in the one transaction of ``session``.

    Raises :class:`Refus` when it cannot be read or its envelope is refused: nothing of it is written then.
    """
    with without_collection():
        return await _process(session, atelier, kept, demande, progress)


async def _process(
    session: AsyncSession, atelier: Atelier, kept: Kept, demande: Mapping[str, Any], progress: Any
) -> Reception:
    identite = identite_of(demande)
    depot = Depot(kept.body, demande["media_type"], demande["parametres"], demande["langue"])
    read = await _read(depot, kept.recu_le)
    lots.check_source(identite, read.enveloppe.source)
    rapport = await _open_rapport(session, read.enveloppe, depot, kept)
    counted = partial(progress, total=len(read.lignes))
    refus = await _judge(session, atelier, identite, read, rapport, counted)
    return await _close_lot(session, rapport, refus, acteur=identite.sujet)
