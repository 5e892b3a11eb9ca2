"""What each source says of a person's facts."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from shared.reading import read_rows

FACTS = """
SELECT f.code, f.source, f.flux, f.valeur::text AS valeur, f.confirme, f.extrait_le, f.recu_le FROM fait_recu f
WHERE f.dossier = :dossier ORDER BY f.code, f.source, f.flux
"""


@dataclass(frozen=True, slots=True)
class FaitDit:
    """What a source last said of a fact; a null value retracts what it said before. Derived facts have no instants."""

    code: str
    source: str
    flux: str
    valeur: Any
    confirme: bool
    extrait_le: datetime | None
    recu_le: datetime | None


async def read_facts(session: AsyncSession, dossier: str) -> list[FaitDit]:
    """Return what every source says of the facts of a dossier."""
    rows = await read_rows(session, FACTS, {"dossier": dossier})
    return [FaitDit(**{**row, "valeur": json.loads(row["valeur"])}) for row in rows]
