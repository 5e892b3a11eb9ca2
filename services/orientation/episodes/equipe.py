"""When the équipe pluridisciplinaire is asked before a new pathway is decided, and how long its silence counts (pure).

Source: CASF L262-39 and R262-71 as of 2022: it is asked before a recipient goes to an organisation of social or
professional insertion, and one month of silence is an opinion. The text of 2025 was not established (§7 of our
specification): the same protection stays, as our choice.
"""

from dataclasses import dataclass
from datetime import date

from services.orientation.rules.situation import add_months


@dataclass(frozen=True, slots=True)
class RegimeAvis:
    """What is asked of the team from ``du`` on: before which pathways, and how many months it has."""

    du: date
    vers: frozenset[str]
    mois: int


REGIMES = (
    RegimeAvis(date(2009, 6, 1), frozenset({"SOCIAL", "SOCIO_PRO"}), 1),
    RegimeAvis(date(2025, 1, 1), frozenset({"SOCIAL", "SOCIO_PRO"}), 1),
)
"""In the order of their days: the law in force on the day of the request is the one that counts."""


def opinion_deadline(demande: date, vers: str, *, brsa: bool | None) -> date | None:
    """Return the last day of the team's silence, ``None`` when it need not be asked: only recipients are concerned."""
    regime = next((each for each in reversed(REGIMES) if each.du <= demande), None)
    if regime is None or brsa is not True or vers not in regime.vers:
        return None
    return add_months(demande, regime.mois)
