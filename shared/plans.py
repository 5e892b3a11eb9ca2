"""Which plan a request speaks of. Every code belongs to a plan: the next one will have its own fiche 11."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shared.errors import DonneesRefusees, Introuvable, Phrase
from shared.problems import unknown_value


class PlanAbsent(Introuvable):
    """No plan is loaded, or none was at the instant asked for."""

    code = "PLAN_ABSENT"
    titre = Phrase("Aucun plan n'est connu à cet instant", "No plan is known at that instant")


@dataclass(frozen=True)
class PlanDates:
    """A plan and its first and last days."""

    code: str
    debut: date
    fin: date


def choose_plan(known: Sequence[PlanDates], asked: str | None, jour: date) -> str:
    """Return the plan asked for, else the one in force on ``jour``, else the latest begun.

    Raises :class:`PlanAbsent`, or :class:`DonneesRefusees` with the nearest code when ``asked`` does not exist.
    """
    if asked is not None:
        codes = [plan.code for plan in known]
        if asked not in codes:
            raise DonneesRefusees(erreurs=[unknown_value("plan", asked, codes)])
        return asked
    if not known:
        raise PlanAbsent

    def preference(plan: PlanDates) -> tuple[bool, bool, date, str]:
        return plan.debut <= jour <= plan.fin, plan.debut <= jour, plan.debut, plan.code

    return max(known, key=preference).code
