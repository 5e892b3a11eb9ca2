"""What measurements are keyed with, held in the process as long as the database says that nothing was loaded since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import asyncpg

from services.indicators.vocabulary import Nature
from shared.plans import PlanDates
from shared.reading import Source, read_rows

REPERE = "(SELECT max(id) FROM grandeur_version) AS repere, (SELECT max(id) FROM plan_version) AS repere_plan"
"""What changes whenever definitions are loaded: two looks at the end of an index."""
DEFINITIONS = f"""
SELECT DISTINCT ON (g.definition) g.definition, g.plan, g.code, g.contenu->>'nature' AS nature, {REPERE}
FROM grandeur_version g ORDER BY g.definition, g.connu_du DESC
"""
PLANS = "SELECT p.plan, p.debut, p.fin, p.connu_du, p.connu_au FROM plan_version p"
Repere = tuple[int | None, int | None]


class PlanConnu(NamedTuple):
    """The dates of a plan, as known between two instants."""

    code: str
    debut: date
    fin: date
    connu_du: datetime
    connu_au: datetime | None


def plans_known(plans: Sequence[PlanConnu], au: datetime) -> list[PlanDates]:
    """Return those of ``plans`` that were known at ``au``."""
    return [
        PlanDates(plan.code, plan.debut, plan.fin)
        for plan in plans
        if plan.connu_du <= au and (plan.connu_au is None or plan.connu_au > au)
    ]


@dataclass(frozen=True, eq=False)
class Registre:
    """Every plan and every definition ever loaded. The code, version and nature of a definition never change."""

    repere: Repere
    plans: Sequence[PlanConnu]
    definitions: Mapping[str, Mapping[str, tuple[int, ...]]]
    """By plan, then by quantity."""
    formes: Mapping[str, list[int]]
    """Definitions by the members that carry their value, those of one ``valeur`` left out."""

    def plans_at(self, au: datetime) -> list[PlanDates]:
        """Return the plans as known at ``au``."""
        return plans_known(self.plans, au)


FORMES = {
    Nature.RATIO: "parts",
    Nature.COHORTE: "parts",
    Nature.TAUX: "parts",
    Nature.MOYENNE: "moyennes",
    Nature.QUALITATIF: "modalites",
    Nature.TEXTE: "textes",
}
_HELD: WeakKeyDictionary[Any, Registre] = WeakKeyDictionary()


async def held_registre(session: Source, *, afresh: bool = False) -> Registre:
    """Return what this process holds of the session's database; ``afresh``: read it again."""
    registre = _HELD.get(session.bind)
    if registre is None or afresh:
        registre = _HELD[session.bind] = await _read_registre(session)
    return registre


async def _read_registre(session: Source) -> Registre:
    rows = await read_rows(session, DEFINITIONS, {})
    plans = [PlanConnu(*row) for row in await read_rows(session, PLANS, {})]
    definitions: dict[str, dict[str, tuple[int, ...]]] = {}
    formes: dict[str, list[int]] = {name: [] for name in FORMES.values()}
    for row in rows:
        codes = definitions.setdefault(row["plan"], {})
        codes[row["code"]] = (*codes.get(row["code"], ()), row["definition"])
        forme = FORMES.get(Nature.of(row["nature"]))
        if forme:
            formes[forme].append(row["definition"])
    return Registre(repere_of(rows[0]) if rows else (None, None), plans, definitions, formes)


def repere_of(row: asyncpg.Record) -> Repere:
    """Return what a statement that selects ``REPERE`` saw."""
    return row["repere"], row["repere_plan"]
