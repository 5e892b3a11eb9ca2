"""Partner feeds: the register, and what stands of the persons that a file tells of, in a few statements."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.flux.etat import Etat, FaitConnu
from services.orientation.flux.events import EvenementLu
from services.orientation.flux.identities import Key
from shared.driver import driver_in_transaction
from shared.pagination import Key as PageKey
from shared.pagination import Tranche
from shared.reading import read_column, read_page, read_rows, read_scalar
from shared.tokens import Identite

OWN = "(r.acteur = :acteur OR r.source = ANY(CAST(:sources AS text[])))"
RECUS = f"""
SELECT -r.rang AS rang, r.rapport - 'rejets' - 'avertissements' AS element FROM flux_recu r WHERE {OWN}
"""
REJETS = f"""
SELECT j.rang AS rang, j.faute AS element FROM flux_rejet j JOIN flux_recu r ON r.id = j.recu
WHERE j.recu = :recu AND {OWN}
"""
FAITS = """
SELECT f.dossier, f.code, f.valeur::text AS valeur, f.extrait_le FROM fait_recu f
WHERE f.dossier = ANY(CAST(:dossiers AS text[])) AND f.source = :source AND f.flux = :flux
"""
EVENEMENTS = """
SELECT e.dossier, e.date, e.type, e.contenu::text AS contenu FROM evenement e
WHERE e.dossier = ANY(CAST(:dossiers AS text[]))
ORDER BY e.dossier, e.date,
  CASE e.type WHEN 'statut' THEN 0 WHEN 'notification_sdd' THEN 1 WHEN 'signalement' THEN 1 ELSE 2 END, e.rang
"""


ARRIVALS = """
CREATE TEMP TABLE IF NOT EXISTS fait_arrive (dossier text, source text, flux text, code text, valeur text,
  confirme bool, extrait_le timestamptz, recu_le timestamptz, recu text) ON COMMIT DELETE ROWS
"""
FACT_COLUMNS = ("dossier", "source", "flux", "code", "valeur", "confirme", "extrait_le", "recu_le", "recu")
WRITE_FACTS = """
INSERT INTO fait_recu (dossier, source, flux, code, valeur, confirme, extrait_le, recu_le, recu)
SELECT a.dossier, a.source, a.flux, a.code, a.valeur::jsonb, a.confirme, a.extrait_le, a.recu_le, a.recu
FROM fait_arrive a
ON CONFLICT (dossier, source, flux, code) DO UPDATE SET valeur = excluded.valeur, confirme = excluded.confirme,
  extrait_le = excluded.extrait_le, recu_le = excluded.recu_le, recu = excluded.recu
"""


async def write_facts(session: AsyncSession, facts: Iterable[tuple[Any, ...]]) -> None:
    """Write what a feed says of many persons, in one statement."""
    driver = await driver_in_transaction(session)
    await driver.execute(ARRIVALS)
    await driver.execute("DELETE FROM fait_arrive")
    await copy_rows(session, "fait_arrive", FACT_COLUMNS, facts)
    await driver.execute(WRITE_FACTS)


async def wait_for_turn(session: AsyncSession) -> None:
    """Wait until no other file is being written: two of them may tell of the same persons."""
    driver = await driver_in_transaction(session)
    await driver.execute("SELECT pg_advisory_xact_lock(hashtextextended('orientation.flux_recu', 0))")


async def find_file(session: AsyncSession, source: str, empreinte: bytes) -> str | None:
    """Return the report of a file that came before, as JSON."""
    query = "SELECT r.rapport::text FROM flux_recu r WHERE r.source = :source AND r.empreinte = :empreinte"
    found: str | None = await read_scalar(session, query, source=source, empreinte=empreinte)
    return found


async def read_etat(session: AsyncSession, source: str, flux: str, hashes: Mapping[bytes, Key]) -> Etat:
    """Return what stands of the persons whom ``hashes`` may tell of."""
    etat = Etat()
    query = "SELECT i.empreinte, i.dossier FROM identifiant i WHERE i.empreinte = ANY(CAST(:hashes AS bytea[]))"
    for row in await read_rows(session, query, {"hashes": list(hashes)}):
        etat.dossiers[hashes[row["empreinte"]]].add(row["dossier"])
    dossiers = sorted({dossier for found in etat.dossiers.values() for dossier in found})
    for row in await read_rows(session, FAITS, {"dossiers": dossiers, "source": source, "flux": flux}):
        etat.faits[row["dossier"]][row["code"]] = FaitConnu(json.loads(row["valeur"]), row["extrait_le"])
    events: dict[str, list[EvenementLu]] = defaultdict(list)
    for row in await read_rows(session, EVENEMENTS, {"dossiers": dossiers}):
        events[row["dossier"]].append(EvenementLu(row["date"], row["type"], json.loads(row["contenu"])))
    etat.evenements.update(events)
    return etat


def _owner(identite: Identite) -> dict[str, Any]:
    return {"acteur": identite.sujet, "sources": sorted(identite.sources or ())}


async def list_files(
    session: AsyncSession, identite: Identite, *, source: str | None, after: PageKey, limite: int
) -> Tranche:
    """Return a page of one's own files, the latest first."""
    rows = RECUS + (" AND r.source = :source" if source else "")
    parameters = _owner(identite) | ({"source": source} if source else {})
    return await read_page(session, rows, key="rang", after=after, limite=limite, parameters=parameters)


async def read_file(session: AsyncSession, recu: str, identite: Identite) -> str | None:
    """Return the report of one's own file, as JSON."""
    query = f"SELECT r.rapport::text FROM flux_recu r WHERE r.id = :recu AND {OWN}"
    found: str | None = await read_scalar(session, query, recu=recu, **_owner(identite))
    return found


async def list_rejets(session: AsyncSession, recu: str, identite: Identite, *, after: PageKey, limite: int) -> Tranche:
    """Return a page of the faults of one's own file, in the order of the lines."""
    parameters = {**_owner(identite), "recu": recu}
    return await read_page(session, REJETS, key="rang", after=after, limite=limite, parameters=parameters)


async def list_old(session: AsyncSession, before: datetime) -> list[str]:
    """Return the files that came before an instant."""
    query = "SELECT r.id FROM flux_recu r WHERE r.recu_le < :before"
    return await read_column(session, query, before=before)


async def copy_rows(
    session: AsyncSession, table: str, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]
) -> None:
    """Add many rows at once."""
    driver = await driver_in_transaction(session)
    await driver.copy_records_to_table(table, columns=columns, records=list(rows))
