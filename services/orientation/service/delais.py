"""The legal clock as the rule files date it."""

from collections.abc import Sequence
from datetime import date
from functools import cache, lru_cache

from services.orientation.load import read_jeux
from services.orientation.rule_files import JeuFile
from services.orientation.rules.jeu import DAYS, MONTHS
from services.orientation.rules.situation import legal_deadline


@lru_cache(maxsize=1 << 12)
def orientation_deadline(notification: date) -> date | None:
    """Return the last day to orient who was notified on that day, ``None`` when no delay is known."""
    return legal_deadline(notification, _find_delay)


def _find_delay(notification: date) -> tuple[int, int] | None:
    source = next(jeu for jeu in _jeux() if jeu.covers(notification))
    values = {each.code: each.at(notification) for each in source.parametres if each.code in (MONTHS, DAYS)}
    found = {code: int(value.valeur) for code, value in values.items() if value is not None}
    return (found.get(MONTHS, 0), found.get(DAYS, 0)) if found else None


@cache
def _jeux() -> Sequence[JeuFile]:
    return read_jeux()
