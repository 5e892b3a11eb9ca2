"""What the orientation service does without a caller: retention, seals of the access log, counts, sendings."""

import logging
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from services.orientation.models import Idempotence
from services.orientation.queries.acces import list_broken_seals
from services.orientation.service.acces import forget_old_acces, seal_all
from services.orientation.service.comptes import refresh
from services.orientation.service.envois import forget_envois, send_pending
from services.orientation.service.flux_writing import forget_files
from services.orientation.service.publication import publish
from services.orientation.service.retention import forget_identities
from services.orientation.settings import Settings
from shared.database import transaction
from shared.expedition import expediteur_to
from shared.idempotency import forget_old
from shared.jobs import Travaux, forget_old_jobs
from shared.territoires import arbre_of

ANSWERS_KEPT_DAYS = 1
"""Answers that tell of a person are not kept longer than a caller may need to repeat a request."""
log = logging.getLogger("spie")


async def forget(engine: AsyncEngine, payload: dict[str, Any]) -> None:
    """Delete what was kept for a time that is over."""
    async with transaction(engine) as session:
        await forget_files(session)
        await forget_envois(session)
        await forget_old(session, Idempotence, days=ANSWERS_KEPT_DAYS)
        await forget_old_jobs(session)
    after: str | None = ""
    while after is not None:
        async with transaction(engine) as session:
            after = await forget_identities(session, after)


async def count(engine: AsyncEngine, payload: dict[str, Any]) -> None:
    """Fold what changed, so that who reads figures does not wait for it."""
    await refresh(engine)


async def publish_rio(engine: AsyncEngine, payload: dict[str, Any]) -> None:
    """Write the indicators of the months asked for, or of the last ones, and the decision to send them."""
    months = [date.fromisoformat(each) for each in payload.get("mois", [])]
    await publish(engine, arbre_of(Settings().plan_dir), months)


async def send(engine: AsyncEngine, payload: dict[str, Any]) -> None:
    """Send to the indicators what waits, when the settings say where."""
    settings = Settings()
    expediteur = expediteur_to(settings.indicateurs_url, settings.indicateurs_jeton)
    if expediteur is not None:
        await send_pending(engine, expediteur)


async def keep_log(engine: AsyncEngine, payload: dict[str, Any]) -> None:
    """Check the seals of the access log, then forget what is over a year old."""
    async with transaction(engine) as session:
        if broken := await list_broken_seals(session):
            log.error("journal des accès : segments altérés : %s", broken)
        await forget_old_acces(session)


async def seal(engine: AsyncEngine, payload: dict[str, Any]) -> None:
    """Seal the accesses that came since the last time."""
    async with transaction(engine) as session:
        await seal_all(session)


TRAVAUX = Travaux(
    {
        "retention": forget,
        "journal-acces": keep_log,
        "scellement-acces": seal,
        "comptes": count,
        "publication-rio": publish_rio,
        "envoi": send,
    },
    horaires={
        "retention": "27 3 * * *",
        "journal-acces": "47 3 * * *",
        "scellement-acces": "*/10 * * * *",
        "comptes": "*/2 * * * *",
        "publication-rio": "47 2 * * *",
        "envoi": "*/5 * * * *",
    },
    seuls=frozenset({"retention", "scellement-acces", "comptes", "publication-rio", "envoi"}),
)
