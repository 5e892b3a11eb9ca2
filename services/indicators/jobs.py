"""What the indicators service does without a caller: pushes kept for their turn, publication, retention."""

import json
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.indicators.models import Idempotence
from services.indicators.queries import lots as queries
from services.indicators.queries import publication as publication_queries
from services.indicators.service import publication, reception
from services.indicators.service.atelier import make_atelier
from services.indicators.service.fonds import open_fonds
from services.indicators.service.reception import Kept
from services.indicators.settings import Settings
from services.indicators.vocabulary import Nature
from shared import clock
from shared.database import transaction
from shared.errors import ErreurInterne, Refus
from shared.idempotency import forget_old
from shared.jobs import Travaux, enqueue, forget_old_jobs
from shared.problems import build_problem


async def process_lot(engine: AsyncEngine, payload: dict[str, Any]) -> None:
    """Judge and write a push that was kept, whole or not at all; its state says which."""
    lot: str = payload["lot"]
    async with transaction(engine) as session:
        found = await queries.read_demande(session, lot)
    if found is None:
        return
    demande = json.loads(found)
    try:
        await _judge_kept(engine, lot, demande)
    except Refus as refus:
        if refus.status >= 500:
            raise
        async with transaction(engine) as session:
            await _fail(session, lot, refus, demande["langue"])


async def _judge_kept(engine: AsyncEngine, lot: str, demande: dict[str, Any]) -> None:
    """Judge and write a push in one transaction. The body is held meanwhile: a second worker finds it gone."""
    avancement = Avancement(engine, lot)
    async with transaction(engine) as session:
        await queries.allow_long_statements(session)
        taken = await queries.take_body(session, lot)
        if taken is None:
            return
        await avancement(0, 0)
        kept = Kept(lot, taken["corps"], taken["recu_le"])
        atelier = make_atelier(Settings().plan_dir)
        await reception.process_kept(session, atelier, kept, demande=demande, progress=avancement)
        await queries.forget_body(session, lot)


async def _fail(session: AsyncSession, lot: str, refus: Refus, langue: str) -> None:
    """Note that nothing of a push was written, and why."""
    await queries.fail_lot(session, lot, build_problem(refus, language=langue, request_id=lot), clock.now())
    await queries.forget_body(session, lot)


class Avancement:
    """Tells how far a push has come, in transactions of its own: its rows are not seen before they are all written."""

    def __init__(self, engine: AsyncEngine, lot: str) -> None:
        self._engine = engine
        self._lot = lot

    async def __call__(self, lignes: int, total: int) -> None:
        """Note that ``lignes`` of ``total`` rows were checked."""
        async with transaction(self._engine) as session:
            await queries.tell_progress(session, self._lot, lignes=lignes, total=total)


async def publish(engine: AsyncEngine, payload: dict[str, Any]) -> None:
    """Publish again every unit that a write touched, each in a transaction of its own; one that fails stops no other.

    Raises the first failure, at the end: the work is then tried again.
    """
    atelier = make_atelier(Settings().plan_dir)
    async with transaction(engine) as session:
        waiting = await publication_queries.list_waiting(session)
    failures: list[Exception] = []
    for definition, annee, demandes in waiting:
        try:
            async with transaction(engine) as session:
                await queries.allow_long_statements(session)
                plan = await publication_queries.find_plan_of(session, definition)
                fonds = await open_fonds(session, atelier, plan)
                await publication.publish_unit(session, fonds, publication.Demande(definition, annee, demandes))
        except Exception as failure:
            failures.append(failure)
    if failures:
        raise failures[0]


async def renew(engine: AsyncEngine, payload: dict[str, Any]) -> None:
    """Have published again what changes with the day: those who entered a while ago are now to be read."""
    async with transaction(engine) as session:
        if await publication_queries.ask_again(session, natures=[Nature.COHORTE]):
            await enqueue(session, "publication", cle="tout")


async def forget(engine: AsyncEngine, payload: dict[str, Any]) -> None:
    """Delete the pushes and the answers whose time is over; a push whose work was given up has failed."""
    async with transaction(engine) as session:
        for lot in await queries.list_abandoned(session):
            await _fail(session, lot, ErreurInterne(), "fr")
        await queries.forget_lots(session, clock.now())
        await forget_old(session, Idempotence)
        await forget_old_jobs(session)


TRAVAUX = Travaux(
    {"lot": process_lot, "publication": publish, "jour": renew, "retention": forget},
    horaires={"jour": "11 1 * * *", "retention": "17 3 * * *"},
    seuls=frozenset({"publication"}),
)
