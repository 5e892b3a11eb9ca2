"""Rows that stand where nothing stood: written by COPY straight into both tables, with their sums.

Writers hold a lock on their source, and the natural key holds the source: what was found absent stays so.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import islice

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.bilan import Bilan, Somme
from services.indicators.models import SCHEMA
from services.indicators.queries.ecriture import CLE, CONTENU, ESCAPED, NOTHING_ELSE, NULL, copy_cell
from services.indicators.row_validation import Ligne
from shared.driver import driver_in_transaction

RECEIVED = """
SELECT 1 FROM unnest($1::int[], $2::text[]) AS k(definition, periode)
JOIN periode_recue r ON (r.definition, r.source, r.periode) = (k.definition, $3, k.periode) LIMIT 1
"""
SLICE = 1_000
SOMMES = "definition parent periode ventilation valeur diviseur recus signales source ecriture".split()  # noqa: SIM905
PERIODES = """
INSERT INTO periode_recue (definition, source, periode, ecriture, lignes)
SELECT p.definition, $3, p.periode, $4, $5 FROM unnest($1::int[], $2::text[]) AS p(definition, periode)
"""
PRESENCES = """
INSERT INTO presence (definition, source, nombre, ecriture) SELECT p.definition, $3, p.nombre, $4
FROM unnest($1::int[], $2::int[]) AS p(definition, nombre)
ON CONFLICT (definition, source) DO UPDATE SET nombre = presence.nombre + excluded.nombre, ecriture = excluded.ecriture
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
    lines = _iter_lines(lignes, source=source.translate(ESCAPED), ecriture=ecriture, plain=plain)
    parts: list[bytes] = []
    for table, body in (("mesure", _encode(lines, parts)), ("revision", _again(parts))):
        await driver.copy_to_table(table, source=body, columns=columns, schema_name=SCHEMA)


async def _encode(lines: Iterator[str], kept: list[bytes]) -> AsyncIterator[bytes]:
    """Yield lines by slices, so that the database begins with the first; keep them."""
    while part := "".join(islice(lines, SLICE)).encode():
        kept.append(part)
        yield part


async def _again(parts: Iterable[bytes]) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def _iter_lines(lignes: Iterable[Ligne], *, source: str, ecriture: int, plain: bool) -> Iterator[str]:
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


async def note_received(session: AsyncSession, bilan: Bilan, *, source: str, ecriture: int) -> None:
    """Note for which quantities and periods rows came, and how many of each quantity."""
    driver = await driver_in_transaction(session)
    places, lignes = zip(*sorted(bilan.nombres), strict=True), sum(bilan.nombres.values())
    await driver.execute(PERIODES, *map(list, places), source, ecriture, lignes)
    presences = sorted(bilan.presences.items())
    await driver.execute(PRESENCES, *map(list, zip(*presences, strict=True)), source, ecriture)
