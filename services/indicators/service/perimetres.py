"""What the key of a caller is restricted to, outside pushes: quantities and territories."""

from collections.abc import Iterable

from services.indicators.row_context import covers
from services.indicators.service.suppressions import subtree
from shared.errors import DroitInsuffisant, Phrase
from shared.territoires import Arbre
from shared.tokens import Identite


def check_grandeur(identite: Identite, code: str) -> None:
    """Refuse a quantity that the caller's key does not cover. Raises :class:`DroitInsuffisant`."""
    if identite.grandeurs is not None and not covers(identite.grandeurs, code):
        raise _refused(code)


def check_codes(identite: Identite, codes: Iterable[str]) -> None:
    """Refuse codes (fiches, indicators, quantities; none: all) beyond the caller's key.

    Raises :class:`DroitInsuffisant`.
    """
    held = identite.grandeurs
    if held is None:
        return
    asked = list(codes)
    for code in asked:
        above = {code, code.rpartition(".")[0], code.partition(".")[0]}
        if held.isdisjoint(above):
            raise _refused(code)
    if not asked:
        raise _refused("toutes")


def check_territoire(identite: Identite, arbre: Arbre, code: str) -> None:
    """Refuse a territory that the caller's key does not cover. Raises :class:`DroitInsuffisant`."""
    if identite.territoires is not None and code not in subtree(arbre, identite.territoires):
        raise _refused(code)


def _refused(code: str) -> DroitInsuffisant:
    shown = code[:80]
    return DroitInsuffisant(
        Phrase(f"Votre clé ne couvre pas « {shown} »", f'Your key does not cover "{shown}"'),
        headers={"WWW-Authenticate": 'Bearer realm="spie", error="insufficient_scope"'},
    )
