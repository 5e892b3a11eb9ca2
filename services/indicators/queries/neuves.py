"""Rows that stand where nothing stood: written by COPY straight into both tables, with their sums.

Writers hold a lock on their source, and the natural key holds the source: what was found absent stays so.
"""

import io
from collections.abc import Iterable, Mapping
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.bilan import Bilan, Cle, Lieu, Somme
from services.indicators.models import SCHEMA
from services.indicators.queries.ecriture import CLE, CONTENU, ESCAPED, NOTHING_ELSE, NULL, copy_cell
from services.indicators.row_validation import Ligne
from shared.driver import driver_in_transaction

RECEIVED = """
SELECT 1 FROM unnest($1::int[], $2::text[]) AS k(definition, periode)
JOIN periode_recue r ON (r.definition, r.source, r.periode) = (k.definition, $3, k.periode) LIMIT 1
"""
BEFORE = """
SELECT k.definition, k.territoire, k.periode, m.ventilation, m.valeur
FROM unnest($1::int[], $2::text[], $3::text[], $4::numeric[], $5::numeric[])
  AS k(definition, territoire, periode, least, greatest)
CROSS JOIN LATERAL (
  SELECT m.ventilation, m.valeur FROM mesure m
  WHERE (m.definition, m.territoire, m.periode, m.source) = (k.definition, k.territoire, k.periode, $6)
    AND NOT m.supprimee AND (abs(m.valeur) >= $7 * k.least OR $7 * abs(m.valeur) <= k.greatest) OFFSET 0
) m
"""
"""Only what may be far from one of the new values of its place comes back: mostly nothing."""
SOMMES = "definition parent periode ventilation valeur diviseur recus signales source ecriture".split()  # noqa: SIM905
PERIODES = """
INSERT INTO periode_recue (definition, source, periode)
SELECT p.definition, $3, p.periode FROM unnest($1::int[], $2::text[]) AS p(definition, periode)
ON CONFLICT DO NOTHING
"""
PRESENCES = """
INSERT INTO presence (definition, source, nombre) SELECT p.definition, $3, p.nombre
FROM unnest($1::int[], $2::int[]) AS p(definition, nombre)
ON CONFLICT (definition, source) DO UPDATE SET nombre = presence.nombre + excluded.nombre
"""


async def is_received(session: AsyncSession, bilan: Bilan, source: str) -> bool:
    """Tell whether ``source`` ever gave anything for one of the quantities and periods, anywhere."""
    driver = await driver_in_transaction(session)
    places = zip(*sorted(bilan.nombres), strict=True)
    return bool(await driver.fetchval(RECEIVED, *map(list, places), source))


async def copy_rows(session: AsyncSession, lignes: Iterable[Ligne], *, source: str, ecriture: int) -> None:
    """Bring rows to the current state and to the revisions."""
    driver = await driver_in_transaction(session)
    plain = all(ligne.contenu[1:] == NOTHING_ELSE for ligne in lignes)
    columns = [*CLE.split(", "), *(["valeur"] if plain else CONTENU.split(", ")), "extrait_le", "supprimee", "ecriture"]
    body = "".join(_iter_lines(lignes, source=source.translate(ESCAPED), ecriture=ecriture, plain=plain)).encode()
    for table in ("mesure", "revision"):
        await driver.copy_to_table(table, source=io.BytesIO(body), columns=columns, schema_name=SCHEMA)


def _iter_lines(lignes: Iterable[Ligne], *, source: str, ecriture: int, plain: bool) -> Iterable[str]:
    """Yield rows as COPY's text format has them; codes have nothing to escape."""
    instant, told = None, ""
    for _, definition, territoire, periode, ventilation, _, _, contenu, extrait_le in lignes:
        if extrait_le is not instant:  # mostly the envelope's, the same for every row
            instant, told = extrait_le, str(extrait_le)
        valeur = contenu[0]
        said = NULL if valeur is None else str(valeur)
        if not plain:
            said = "\t".join([said, *map(copy_cell, contenu[1:])])
        yield f"{definition}\t{territoire}\t{periode}\t{ventilation}\t{source}\t{said}\t{told}\tf\t{ecriture}\n"


async def add_sums(session: AsyncSession, sommes: Iterable[Somme], *, source: str, ecriture: int) -> None:
    """Keep the sums of rows by parent: there is none yet."""
    driver = await driver_in_transaction(session)
    records = [(*somme, source, ecriture) for somme in sommes]
    await driver.copy_records_to_table("agregat", records=records, columns=SOMMES, schema_name=SCHEMA)


async def note_received(session: AsyncSession, bilan: Bilan, *, source: str) -> None:
    """Note for which quantities and periods rows came, and how many of each quantity."""
    driver = await driver_in_transaction(session)
    await driver.execute(PERIODES, *map(list, zip(*sorted(bilan.nombres), strict=True)), source)
    presences = sorted(bilan.presences.items())
    await driver.execute(PRESENCES, *map(list, zip(*presences, strict=True)), source)


async def read_far(
    session: AsyncSession, bounds: Mapping[Lieu, tuple[Decimal, Decimal]], source: str, *, facteur: int
) -> Mapping[Cle, Decimal]:
    """Return the live values of ``source`` that are ``facteur`` times a bound of their place, or a ``facteur``-th."""
    driver = await driver_in_transaction(session)
    places = [(*lieu, *bounds[lieu]) for lieu in sorted(bounds)]
    rows = await driver.fetch(BEFORE, *map(list, zip(*places, strict=True)), source, facteur) if places else []
    return {row[:4]: row[4] for row in map(tuple, rows)}
