"""Which plan a request speaks of. Every code belongs to a plan: the next one will have its own fiche 11."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from shared import clock
from shared.errors import DonneesRefusees, Introuvable, Phrase
from shared.problems import unknown_value
from shared.query import LATEST, ParametresConnus, ParametresPlan
from shared.reading import read_rows
from shared.versions import Connu, known


class PlanAbsent(Introuvable):
    """No plan is loaded, or none was at the instant asked for."""

    code = "PLAN_ABSENT"
    titre = Phrase("Aucun plan n'est connu à cet instant", "No plan is known at that instant")


class PlanConnu(Connu):
    """The columns of a plan's versions, in each schema that has some: the table is always ``plan_version``."""

    debut: date
    fin: date


@dataclass(frozen=True)
class PlanDates:
    """A plan and its first and last days."""

    code: str
    debut: date
    fin: date


def choose_plan(plans: Sequence[PlanDates], asked: str | None, jour: date) -> str:
    """Return the plan asked for, else the one in force on ``jour``, else the latest begun.

    Raises :class:`PlanAbsent`, or :class:`DonneesRefusees` with the nearest code when ``asked`` does not exist.
    """
    if asked is not None:
        codes = [plan.code for plan in plans]
        if asked not in codes:
            raise DonneesRefusees(erreurs=[unknown_value("plan", asked, codes)])
        return asked
    if not plans:
        raise PlanAbsent

    def preference(plan: PlanDates) -> tuple[bool, bool, date, str]:
        return plan.debut <= jour <= plan.fin, plan.debut <= jour, plan.debut, plan.code

    return max(plans, key=preference).code


async def find_plan(session: AsyncSession, parametres: ParametresPlan) -> str:
    """Return the code of the plan that a request reads, among those its service knows.

    Raises :class:`PlanAbsent` or :class:`DonneesRefusees`.
    """
    au = parametres.known_at if isinstance(parametres, ParametresConnus) else LATEST
    query = f"SELECT p.plan, p.debut, p.fin FROM plan_version p WHERE {known('p')}"
    rows = await read_rows(session, query, {"au": au})
    return choose_plan([PlanDates(*row) for row in rows], parametres.plan, clock.today())
