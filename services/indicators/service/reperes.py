"""What a drawing of one quantity at one territory is held against: its targets, and where the plan says it starts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.indicators.periods import parse_periode
from services.indicators.progress import can_compare
from services.indicators.queries import tableaux as queries
from services.indicators.service.fonds import Fonds
from services.indicators.vocabulary import NatureReference
from shared.reading import Source

WHOLE = "69M"
"""The territory that the plan's own figures are about."""
A_YEAR = "2021"
"""The figures that the plan starts from are those of a year."""


@dataclass(frozen=True)
class Repere:
    """A value to hold others against, and what it is called."""

    nom: str
    valeur: Decimal


async def read_reperes(session: Source, fonds: Fonds, cellules: Sequence[str]) -> tuple[Repere, ...]:
    """Return the targets and starting points of what is drawn; none for several quantities, territories or parts."""
    drawn = {(cell["grandeur"], cell["territoire"], bool(cell["ventilation"])) for cell in map(json.loads, cellules)}
    if len(drawn) != 1:
        return ()
    ((grandeur, territoire, parts),) = drawn
    if parts:
        return ()
    document = fonds.definitions.versions(grandeur)[-1]
    genres = {parse_periode(json.loads(text)["periode"]).genre for text in cellules}

    def compares(periode: str) -> bool:
        return all(can_compare(document, each, parse_periode(periode).genre) for each in genres)

    found = [
        Repere(f"Cible {row['periode']}", Decimal(row["valeur"]))
        for row in await queries.list_cibles(session, fonds.plan, territoire)
        if row["grandeur"] == grandeur and compares(row["periode"])
    ]
    if territoire == WHOLE and compares(A_YEAR):
        rows = await queries.list_references(session, fonds.plan, document.indicateur)
        found += [
            Repere(NatureReference.REFERENCE.libelle, Decimal(row["valeur"]))
            for row in rows
            if row["nature"] == NatureReference.REFERENCE and row["unite"] == document.document["unite"]
        ]
    return tuple(found)
