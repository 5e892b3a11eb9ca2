"""Table Schemas of what may be pushed."""

import json
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.definitions import Grandeur, ventilations_of
from services.indicators.errors import GrandeurInconnue
from services.indicators.queries import definitions as queries
from services.indicators.service.atelier import Atelier
from services.indicators.service.codes import natural
from services.indicators.table_schema import schema_of, schema_of_lot


async def read_schema(
    session: AsyncSession, atelier: Atelier, code: str, *, plan: str, au: datetime, jour: date
) -> bytes:
    """Return the schema of one quantity, as defined on ``jour``. Raises :class:`GrandeurInconnue`."""
    definitions = await queries.read_definitions(session, plan, au=au, codes=[code])
    grandeur = _in_force(definitions.versions(code), jour)
    return _as_json(schema_of(grandeur, atelier.arbre, ventilations_of(atelier.plan_dir)))


def _in_force(versions: list[Grandeur], jour: date) -> Grandeur:
    begun = [each for each in versions if each.valide_du is None or each.valide_du <= jour]
    if not begun:
        raise GrandeurInconnue
    return begun[-1]


async def read_schema_lot(session: AsyncSession, atelier: Atelier, *, plan: str, au: datetime) -> bytes:
    """Return the schema of a CSV of any quantities of a plan."""
    definitions = await queries.read_definitions(session, plan, au=au)
    codes = sorted(definitions.codes, key=natural)
    return _as_json(schema_of_lot(codes, atelier.arbre, ventilations_of(atelier.plan_dir)))


def _as_json(schema: object) -> bytes:
    return json.dumps(schema, ensure_ascii=False).encode()
