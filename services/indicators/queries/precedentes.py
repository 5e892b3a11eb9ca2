"""The values of the period before that are far from new ones. Mostly none is: what is near stays in the database."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.bilan import Bornes, Cle, Lieu
from shared.driver import driver_in_transaction

Quand = tuple[int, str]
"""Definition, period."""
MOST_READ = 20
"""So many rows of a write are read rather than one place looked up."""
RECEIVED = """
SELECT r.definition, r.periode, r.ecriture, r.lignes FROM unnest($1::int[], $2::text[]) AS k(definition, periode)
JOIN periode_recue r ON (r.definition, r.source, r.periode) = (k.definition, $3, k.periode)
"""
FAR = "NOT m.supprimee AND (abs(m.valeur) >= {facteur} * k.least OR {facteur} * abs(m.valeur) <= k.greatest)"
OF_PLACES = f"""
SELECT k.definition, k.territoire, k.periode, m.ventilation, m.valeur
FROM unnest($1::int[], $2::text[], $3::text[], $4::numeric[], $5::numeric[])
  AS k(definition, territoire, periode, least, greatest)
CROSS JOIN LATERAL (
  SELECT m.ventilation, m.valeur FROM mesure m
  WHERE (m.definition, m.territoire, m.periode, m.source) = (k.definition, k.territoire, k.periode, $6)
    AND {FAR.format(facteur="$7")} OFFSET 0
) m
"""
OF_WRITES = f"""
SELECT m.definition, m.territoire, m.periode, m.ventilation, m.valeur FROM mesure m
JOIN unnest($1::int[], $2::text[], $3::numeric[], $4::numeric[]) AS k(definition, periode, least, greatest)
  ON (m.definition, m.periode) = (k.definition, k.periode)
WHERE m.ecriture = ANY($5::bigint[]) AND {FAR.format(facteur="$6")}
"""
"""A write is of one source. What is far from a value of another place comes back too."""


@dataclass(frozen=True)
class _Ways:
    """Where to read each period before: off the writes that alone filled some, place by place the others."""

    ecritures: list[int]
    of_writes: Mapping[Quand, Bornes]
    of_places: Mapping[Lieu, Bornes]


async def read_far(
    session: AsyncSession, bounds: Mapping[Lieu, Bornes], source: str, *, facteur: int
) -> Mapping[Cle, Decimal]:
    """Return the live values of ``source`` that are ``facteur`` times a bound of their place, or a ``facteur``-th."""
    if not bounds:
        return {}
    driver = await driver_in_transaction(session)
    quands = sorted({(definition, periode) for definition, _, periode in bounds})
    ways = _choose(await driver.fetch(RECEIVED, *_columns(quands), source), bounds)
    rows: list[Any] = []
    if ways.of_writes:
        rows += await driver.fetch(OF_WRITES, *_bounded(ways.of_writes), ways.ecritures, facteur)
    if ways.of_places:
        rows += await driver.fetch(OF_PLACES, *_bounded(ways.of_places), source, facteur)
    return {row[:4]: row[4] for row in map(tuple, rows)}


def _bounded(bounds: Mapping[Any, Bornes]) -> list[list[Any]]:
    return _columns((*place, *bounds[place]) for place in sorted(bounds))


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _choose(received: Iterable[asyncpg.Record], bounds: Mapping[Lieu, Bornes]) -> _Ways:
    """Say where to read; nothing is read where nothing was ever received."""
    found = {(row["definition"], row["periode"]): row for row in received}
    places: dict[int | None, dict[Lieu, Bornes]] = defaultdict(dict)
    for lieu, each in bounds.items():
        row = found.get((lieu[0], lieu[2]))
        if row is not None:
            places[row["ecriture"]][lieu] = each
    sizes = {row["ecriture"]: row["lignes"] for row in found.values()}
    alone = [number for number in places if number is not None and sizes[number] <= MOST_READ * len(places[number])]
    of_writes: dict[Quand, Bornes] = {}
    for number in alone:
        _widen(of_writes, places.pop(number))
    return _Ways(alone, of_writes, {lieu: each for some in places.values() for lieu, each in some.items()})


def _widen(of_writes: dict[Quand, Bornes], places: Mapping[Lieu, Bornes]) -> None:
    for (definition, _, periode), (least, greatest) in places.items():
        known = of_writes.get((definition, periode))
        if known is None:
            of_writes[definition, periode] = least, greatest
        elif least < known[0] or greatest > known[1]:
            of_writes[definition, periode] = min(least, known[0]), max(greatest, known[1])
