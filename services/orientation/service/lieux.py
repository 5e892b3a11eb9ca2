"""Which communes a caller asks about: those of a territory, within what the caller's key covers."""

from collections.abc import Iterable
from datetime import date

from services.orientation.errors import fault
from shared import clock
from shared.errors import DonneesRefusees, DroitInsuffisant, Phrase
from shared.problems import unknown_value
from shared.territoires import Arbre
from shared.tokens import Identite

ECHOED = 80


def communes_asked(arbre: Arbre, identite: Identite, territoire: str | None) -> tuple[str, ...] | None:
    """Return the communes and arrondissements of ``territoire``, in order; ``None`` is everywhere, known or not.

    Without one, all that the caller's key covers. Raises :class:`DonneesRefusees` when today has no such territory,
    :class:`DroitInsuffisant` when the key does not cover it.
    """
    today = clock.today()
    held = _communes_of(arbre, identite.territoires, today) if identite.territoires is not None else None
    if territoire is None:
        return held
    if arbre.find(territoire, today) is None:
        known = [each.code for each in arbre.list_at(today)]
        raise DonneesRefusees(erreurs=[unknown_value("territoire", territoire[:ECHOED], known, code="VALEUR_INCONNUE")])
    asked = _communes_of(arbre, [territoire], today)
    if held is not None and (asked is None or not set(asked) <= set(held)):
        told = f"Votre clé ne couvre pas le territoire « {territoire} »"
        raise DroitInsuffisant(Phrase(told, f'Your key does not cover the territory "{territoire}"'))
    return asked


def _communes_of(arbre: Arbre, codes: Iterable[str], today: date) -> tuple[str, ...] | None:
    """Return every code that stands, as of today, in one of the territories; a former commune is where it went."""
    wanted = {found.code for code in codes if (found := arbre.find(code, today)) is not None}
    if any(arbre.entry(code).parent is None for code in wanted):
        return None
    return tuple(sorted(code for code in arbre.codes() if not wanted.isdisjoint(_line_of(arbre, code, today))))


def _line_of(arbre: Arbre, code: str, today: date) -> list[str]:
    """Return what ``code`` means today, and what that is a part of."""
    line: list[str] = []
    found = arbre.find(code, today)
    while found is not None:
        line.append(found.code)
        found = arbre.find(found.parent, today) if found.parent else None
    return line


def refuse_inverted(debut: date, fin: date) -> None:
    """Refuse a period that ends before it starts. Raises :class:`DonneesRefusees`."""
    if fin < debut:
        raise DonneesRefusees(erreurs=[fault("fin", "DATES_INVERSEES", "au plus tôt debut")])
