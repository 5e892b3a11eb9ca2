"""What was proposed for dossiers, and decided."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from shared.pagination import Key, Tranche
from shared.reading import read_element, read_page, read_rows

DECISION = """
CASE WHEN d.orientation IS NOT NULL THEN jsonb_build_object('orientation', d.orientation, 'dossier', d.dossier,
  'acteur', d.acteur, 'decide_le', d.decide_le, 'parcours', d.parcours, 'etape', d.etape, 'organisme', d.organisme,
  'ecart', d.ecart, 'motif_ecart', d.motif_ecart, 'motif', d.motif, 'evenement', d.evenement,
  'notification', d.notification) END
"""
SUMMARY = f"""
jsonb_build_object('id', o.id, 'cree_le', o.cree_le, 'acteur', o.acteur, 'date_reference', o.date_reference,
  'parcours', o.parcours, 'modalite', o.modalite, 'regles_version', o.regles_version, 'empreinte', o.empreinte,
  'decision', {DECISION})
"""
WHOLE = (
    f"{SUMMARY} || jsonb_build_object('dossier', o.dossier, 'faits', o.faits, 'provenance', o.provenance, "
    "'proposition', o.proposition)"
)
JOINED = """
FROM orientation o LEFT JOIN orientation_decision d ON d.orientation = o.id WHERE o.dossier = :dossier
"""
STORED = f"""
SELECT o.regles_version, o.empreinte, o.parcours, o.modalite, o.faits::text AS faits,
  o.proposition::text AS proposition, d.orientation IS NOT NULL AS decidee
{JOINED} AND o.id = :code
"""
LATEST = " ORDER BY o.rang DESC LIMIT 1"


@dataclass(frozen=True, slots=True)
class Enregistree:
    """A proposal as it is kept; ``faits`` and ``motifs`` are ``None`` once the identity was erased."""

    regles_version: str
    empreinte: str
    parcours: str
    modalite: str
    faits: dict[str, Any] | None
    motifs: list[str] | None
    decidee: bool


async def list_orientations(session: AsyncSession, dossier: str, *, after: Key, limite: int) -> Tranche:
    """Return a page of the orientations of a dossier, the latest first."""
    rows = f"SELECT -o.rang AS rang, {SUMMARY} AS element {JOINED}"
    return await read_page(session, rows, key="rang", after=after, limite=limite, parameters={"dossier": dossier})


async def read_latest(session: AsyncSession, dossier: str) -> str | None:
    """Return the last orientation of a dossier, in short, as JSON."""
    return await read_element(session, f"SELECT {SUMMARY} AS element {JOINED}{LATEST}", dossier=dossier)


async def read_orientation(session: AsyncSession, dossier: str, code: str) -> str | None:
    """Return one orientation of a dossier, whole, as JSON."""
    rows = f"SELECT {WHOLE} AS element {JOINED} AND o.id = :code"
    return await read_element(session, rows, dossier=dossier, code=code)


async def read_decision(session: AsyncSession, dossier: str, code: str) -> str | None:
    """Return the decision on an orientation, as JSON, ``None`` when there is none."""
    rows = f"SELECT {DECISION} AS element {JOINED} AND o.id = :code AND d.orientation IS NOT NULL"
    return await read_element(session, rows, dossier=dossier, code=code)


async def find_stored(session: AsyncSession, dossier: str, code: str) -> Enregistree | None:
    """Return a proposal as it is kept."""
    rows = await read_rows(session, STORED, {"dossier": dossier, "code": code})
    if not rows:
        return None
    row = rows[0]
    faits, proposition = (json.loads(row[name]) if row[name] else None for name in ("faits", "proposition"))
    return Enregistree(
        row["regles_version"],
        row["empreinte"],
        row["parcours"],
        row["modalite"],
        faits,
        proposition and proposition["motifs"],
        row["decidee"],
    )
