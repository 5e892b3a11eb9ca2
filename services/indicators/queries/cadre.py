"""What questions about values are asked with, held in the process as long as the database says that nothing changed.

A statement that the question needs anyway also selects ``ETAT``: a question that was asked with something else is asked
again. So the definitions cost no statement of their own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from services.indicators.definitions import Definitions, parse_grandeur
from services.indicators.queries.registre import PLANS, PlanConnu, plans_known
from shared.plans import PlanDates
from shared.query import LATEST
from shared.reading import Source, read_rows, read_scalar
from shared.versions import known

ETAT = """
(SELECT concat_ws(' ', max(g.id), max(g.connu_du), max(g.connu_au), count(*)) FROM grandeur_version g) || ', '
  || (SELECT concat_ws(' ', max(p.id), max(p.connu_du), max(p.connu_au), count(*)) FROM plan_version p)
"""
GRANDEURS = f"SELECT g.plan, g.definition, g.contenu::text AS contenu FROM grandeur_version g WHERE {known('g')}"


@dataclass(frozen=True, eq=False)
class Cadre:
    """Every plan ever loaded, and the definitions of each that stand now."""

    etat: str
    plans: Sequence[PlanConnu]
    definitions: Mapping[str, Definitions]

    def plans_at(self, au: datetime) -> list[PlanDates]:
        """Return the plans as known at ``au``."""
        return plans_known(self.plans, au)

    def definitions_of(self, plan: str) -> Definitions:
        """Return the definitions of a plan, none when it has none."""
        return self.definitions.get(plan) or Definitions(())


_HELD: WeakKeyDictionary[Any, Cadre] = WeakKeyDictionary()


async def held_cadre(session: Source, *, afresh: bool = False) -> Cadre:
    """Return what this process holds of the session's database; ``afresh``: read it again."""
    cadre = _HELD.get(session.bind)
    if cadre is None or afresh:
        cadre = _HELD[session.bind] = await _read_cadre(session)
    return cadre


async def read_etat(session: Source) -> str:
    """Return the mark of what stands now."""
    etat: str = await read_scalar(session, f"SELECT {ETAT}")
    return etat


async def _read_cadre(session: Source) -> Cadre:
    etat = await read_etat(session)  # before the rest: what changes meanwhile is seen by the next question
    plans = [PlanConnu(*row) for row in await read_rows(session, PLANS, {})]
    found: dict[str, list[Any]] = {}
    for row in await read_rows(session, GRANDEURS, {"au": LATEST}):
        found.setdefault(row["plan"], []).append(parse_grandeur(row["definition"], row["contenu"]))
    return Cadre(etat, plans, {plan: Definitions(grandeurs) for plan, grandeurs in found.items()})
