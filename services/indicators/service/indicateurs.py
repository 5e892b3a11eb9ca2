"""Decisions of the indicators service."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.queries import indicateurs as queries
from services.indicators.schemas.indicateurs import FiltresIndicateurs
from shared.errors import DonneesRefusees
from shared.problems import unknown_value


async def check_codes(session: AsyncSession, filtres: FiltresIndicateurs, plan: str) -> None:
    """Refuse fiches and axes without any indicator, naming every one. Raises :class:`DonneesRefusees`."""
    faults = []
    for kind, asked in (("fiche", map(str, filtres.fiche)), ("axe", filtres.axe)):
        if codes := list(asked):
            known = await queries.list_known_codes(session, kind, plan=plan, au=filtres.known_at)
            faults += [unknown_value(kind, code, known) for code in codes if code not in known]
    if faults:
        raise DonneesRefusees(erreurs=faults)
