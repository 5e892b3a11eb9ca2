"""Codes that a list is filtered by: those that do not exist are refused, every one named."""

from collections.abc import Collection, Mapping
from typing import Any

from services.indicators.definitions import Definitions
from shared.errors import Faute
from shared.problems import unknown_value


def known_codes(definitions: Definitions) -> dict[str, Collection[str]]:
    """Return the codes of the quantities, and those of the indicators, fiches and producers that they have."""
    codes = definitions.codes
    return {
        "grandeur": codes,
        "indicateur": sorted({code.rpartition(".")[0] for code in codes}),
        "fiche": sorted({code.partition(".")[0] for code in codes}, key=int),
        "producteur": sorted({each.document["producteur"] for code in codes for each in definitions.versions(code)}),
    }


def unknown_codes(filtres: Any, known: Mapping[str, Collection[str]]) -> list[Faute]:
    """Return the fault of each code asked for that is not known of its kind."""
    return [
        unknown_value(kind, str(code), those)
        for kind, those in known.items()
        for code in getattr(filtres, kind, ())
        if str(code) not in those
    ]


def natural(code: str) -> tuple[int, int, str]:
    """Return what puts codes of quantities in order: ``2.I1.a`` before ``10.I1.a``."""
    fiche, rang, lettre = code.split(".")
    return int(fiche), int(rang[1:]), lettre
