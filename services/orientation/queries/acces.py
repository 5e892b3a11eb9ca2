"""The log of who looked at a dossier, and its seals. The functions are those of migration 0004: owner's work."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from shared.driver import driver_in_transaction
from shared.pagination import Key, Tranche
from shared.reading import read_page, read_rows

LOG = """
SELECT a.rang, jsonb_build_object('le', a.le, 'acteur', a.acteur, 'operation', a.operation, 'motif', a.motif,
  'segment', a.segment) AS element
FROM acces a WHERE a.dossier = :dossier
"""
WRITE = """
INSERT INTO acces (dossier, acteur, operation, motif, motif_empreinte, le)
SELECT lu.dossier, $2, $3, $4, $5, $6 FROM unnest($1::text[]) WITH ORDINALITY AS lu(dossier, rang) ORDER BY lu.rang
"""
BROKEN = """
SELECT s.numero FROM acces_segment s LEFT JOIN acces_segment p ON p.numero = s.numero - 1
WHERE s.precedente IS DISTINCT FROM p.empreinte OR (s.numero > 1 AND p.numero IS NULL)
  OR (s.efface_le IS NULL AND (
    s.empreinte IS DISTINCT FROM acces_empreinte(s.precedente, s.numero)
    OR s.nombre <> (SELECT count(*) FROM acces a WHERE a.segment = s.numero)
    OR EXISTS (SELECT FROM acces a WHERE a.segment = s.numero AND a.motif IS NOT NULL
      AND sha256(convert_to(a.motif, 'UTF8')) IS DISTINCT FROM a.motif_empreinte)))
ORDER BY s.numero
"""


async def write_acces(session: AsyncSession, dossiers: Sequence[str], *said: str | bytes | datetime | None) -> None:
    """Write one access to each of ``dossiers``, in one statement; ``said`` is the rest of its row, in order."""
    driver = await driver_in_transaction(session)
    await driver.execute(WRITE, list(dossiers), *said)


async def list_acces(session: AsyncSession, dossier: str, *, after: Key, limite: int) -> Tranche:
    """Return a page of the accesses to a dossier, the first ones first; uncounted, for reading it adds to it."""
    tranche = await read_page(session, LOG, key="rang", after=after, limite=limite, parameters={"dossier": dossier})
    return Tranche(tranche.elements, tranche.last_key, None)


async def list_broken_seals(session: AsyncSession) -> list[int]:
    """Return the segments that no longer are what was sealed, or that do not follow the one before."""
    return [row[0] for row in await read_rows(session, BROKEN, {})]


async def seal(session: AsyncSession, most: int) -> int:
    """Seal the next segment, of ``most`` accesses at most; return how many there were."""
    driver = await driver_in_transaction(session)
    sealed: int = await driver.fetchval("SELECT sceller_acces($1)", most)
    return sealed


async def forget_acces(session: AsyncSession, before: datetime) -> int:
    """Delete the sealed accesses of before an instant, never those of the last year; return how many there were."""
    driver = await driver_in_transaction(session)
    gone: int = await driver.fetchval("SELECT oublier_acces($1)", before)
    return gone


async def erase_motifs(session: AsyncSession, dossier: str) -> int:
    """Erase the reasons that were given for looking at a dossier; return how many there were."""
    driver = await driver_in_transaction(session)
    gone: int = await driver.fetchval("SELECT effacer_motifs($1)", dossier)
    return gone
