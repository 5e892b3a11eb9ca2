"""Closing periods, and opening them again."""

import json
import secrets

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.errors import VerrouInconnu
from services.indicators.models import Verrou
from services.indicators.queries import verrous as queries
from services.indicators.schemas.verrous import VerrouIn
from services.indicators.service.perimetres import check_codes
from shared import clock
from shared.errors import DonneesRefusees
from shared.problems import unknown_value
from shared.responses import found
from shared.tokens import Identite


async def add_verrou(session: AsyncSession, corps: VerrouIn, *, plan: str, identite: Identite) -> tuple[str, bytes]:
    """Close days for some codes; return the lock's identifier and representation.

    Raises :class:`DonneesRefusees` for codes that the plan has not, ``DroitInsuffisant``.
    """
    check_codes(identite, corps.codes)
    known = await queries.list_known_codes(session, plan)
    if faults := [
        unknown_value(f"/codes/{place}", code, known) for place, code in enumerate(corps.codes) if code not in known
    ]:
        raise DonneesRefusees(erreurs=faults)
    verrou = f"verrou-{secrets.token_hex(12)}"
    values = corps.model_dump() | {"codes": list(dict.fromkeys(corps.codes))}
    session.add(Verrou(id=verrou, plan=plan, acteur=identite.sujet, pose_le=clock.now(), **values))
    await session.flush()
    return verrou, found(await queries.read_verrou(session, verrou), VerrouInconnu)


async def lift_verrou(session: AsyncSession, verrou: str, identite: Identite) -> bytes:
    """Open again what a lock closed; it is kept, with the day it was lifted. Raises :class:`VerrouInconnu`."""
    current = found(await queries.read_verrou(session, verrou), VerrouInconnu)
    check_codes(identite, json.loads(current)["codes"])
    await queries.lift_verrou(session, verrou, clock.now())
    return found(await queries.read_verrou(session, verrou), VerrouInconnu)
