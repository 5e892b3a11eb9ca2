"""What rules read: the facts, and what follows from them on the day of reference."""

from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from services.orientation.rules.facts import Faits
from services.orientation.rules.lues import Lues

LIGHT, STRONG, BLOCKING = 1, 2, 3
"""Levels of an obstacle (§5.3 of our specification; CASF L262-29 2° for those that block)."""
NEW_LAW = date(2025, 1, 1)
"""The day the law « plein emploi » came into force (loi 2023-1196): what was notified from then on follows it."""


@dataclass(frozen=True)
class Cadre:
    """What a situation is computed with: levels of obstacles, territory, delays and thresholds in force."""

    niveaux: Mapping[str, Mapping[str, int]]
    """By obstacle, the level of each value."""
    inside: Callable[[str, date], bool]
    """Whether a commune is of the Métropole on a day."""
    renamed: Callable[[str, date], bool]
    """Whether the code of a commune is that of one which merged before a day."""
    delay: Callable[[date], tuple[int, int] | None]
    """The legal delay of what was notified on a day: months, days."""
    seuil_revenu: int
    lues: Lues


def derive(faits: Faits, cadre: Cadre) -> dict[str, Any]:
    """Return the situation: impossible dates and the impossible pair are unknown, and told apart."""
    found: dict[str, Any] = dict(faits)
    jour: date = found["date_reference"]
    found.setdefault("absences_rio", 0)
    _settle_dates(found, jour)
    _settle_status(found, cadre.seuil_revenu)
    _locate(found, jour, cadre)
    _weigh_obstacles(found, cadre.niveaux)
    notification = found.get("date_notification_sdd")
    if notification is not None:
        deadline = legal_deadline(notification, cadre.delay)
        if deadline is not None:
            found["delai_depasse"] = jour > deadline
        found["notifie_2025"] = notification >= NEW_LAW
    cadre.lues.reduce(found)
    return found


def _settle_dates(found: dict[str, Any], jour: date) -> None:
    for name, told in (
        ("date_naissance", "naissance_impossible"),
        ("date_notification_sdd", "notification_impossible"),
    ):
        given = found.get(name)
        if given is not None and given > jour:
            del found[name]
            found[told] = True
    naissance = found.get("date_naissance")
    if naissance is not None:
        found["age"] = age_on(naissance, jour)


def age_on(naissance: date, jour: date) -> int:
    """Return the completed years of someone on a day."""
    return jour.year - naissance.year - ((jour.month, jour.day) < (naissance.month, naissance.day))


def _settle_status(found: dict[str, Any], seuil: int) -> None:
    """Find whether the person is subject to duties: as the CAF says, else by the income (CASF L262-28, D262-65)."""
    if found.get("brsa") is False and found.get("soumis_dd") is True:
        del found["brsa"], found["soumis_dd"]
        found["paire_impossible"] = True
    if "soumis_dd" in found:
        found["sdd"] = found["soumis_dd"]
    elif found.get("brsa") is True and "revenu_activite_moyen_trim" in found:
        found["sdd"] = found["revenu_activite_moyen_trim"] < seuil
        found["sdd_calcule"] = True


def _locate(found: dict[str, Any], jour: date, cadre: Cadre) -> None:
    commune = found.get("commune_residence_insee")
    if commune is not None:
        found["territoire"] = "DEDANS" if cadre.inside(commune, jour) else "DEHORS"
        found["code_ancien"] = cadre.renamed(commune, jour)


def _weigh_obstacles(found: dict[str, Any], niveaux: Mapping[str, Mapping[str, int]]) -> None:
    """Count what is known: a blocking obstacle is established by one, light ones only when all are known."""
    known = [levels[value] for name, levels in niveaux.items() if (value := found.get(name)) is not None]
    whole = len(known) == len(niveaux)
    if BLOCKING in known:
        found["frein_bloquant"] = True
    elif whole:
        found["frein_bloquant"] = False
    if whole or any(level > LIGHT for level in known):
        found["freins_legers"] = whole and max(known) <= LIGHT
    if whole:
        found["freins_forts"] = sum(level >= STRONG for level in known)


def legal_deadline(notification: date, delay: Callable[[date], tuple[int, int] | None]) -> date | None:
    """Return the last day of the legal clock (CASF R262-65-2, then D262-65-2): late is after it, be it a holiday."""
    found = delay(notification)
    if found is None:
        return None
    months, days = found
    return add_months(notification, months) + timedelta(days=days)


def add_months(day: date, months: int) -> date:
    """Return the same day of the month ``months`` later, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
