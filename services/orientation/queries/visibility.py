"""Which rows a caller sees: those of its territories, all of them when its key is not restricted."""

from typing import Any

from shared.tokens import Identite

WHOLE = "69M"


def own_territories(identite: Identite) -> list[str] | None:
    """Return the territories to which the caller is restricted, ``None`` when to none."""
    mine = identite.territoires
    return None if mine is None or WHOLE in mine else sorted(mine)


def seen(alias: str) -> str:
    """Return the SQL condition that the place of ``alias`` (columns ``ctm`` and ``commune``) is the caller's."""
    mine = "CAST(:miens AS text[])"
    return f"(CAST(:tous AS boolean) OR {alias}.ctm = ANY({mine}) OR {alias}.commune = ANY({mine}))"


def scope_of(identite: Identite) -> dict[str, Any]:
    """Return the parameters of :func:`seen`."""
    mine = own_territories(identite)
    return {"tous": mine is None, "miens": mine or []}


def covers(identite: Identite, *territoires: str) -> bool:
    """Tell whether a place, named by its CTM and its commune, is the caller's."""
    mine = own_territories(identite)
    return mine is None or not set(mine).isdisjoint(territoires)
