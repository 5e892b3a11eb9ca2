"""What the orientation service does without a caller: retention."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from services.orientation.models import Idempotence
from services.orientation.service.comptes import refresh
from services.orientation.service.flux_writing import forget_files
from shared.database import transaction
from shared.idempotency import forget_old
from shared.jobs import Travaux, forget_old_jobs

ANSWERS_KEPT_DAYS = 1
"""Answers that tell of a person are not kept longer than a caller may need to repeat a request."""


async def forget(engine: AsyncEngine, payload: dict[str, Any]) -> None:
    """Delete what was kept for a time that is over."""
    async with transaction(engine) as session:
        await forget_files(session)
        await forget_old(session, Idempotence, days=ANSWERS_KEPT_DAYS)
        await forget_old_jobs(session)


async def count(engine: AsyncEngine, payload: dict[str, Any]) -> None:
    """Fold what changed, so that who reads figures does not wait for it."""
    await refresh(engine)


TRAVAUX = Travaux(
    {"retention": forget, "comptes": count},
    horaires={"retention": "27 3 * * *", "comptes": "*/2 * * * *"},
    seuls=frozenset({"comptes"}),
)
