"""Erases who a person is: what remains is where and when things happened, for the counts.

A table that says something of a person adds its line to ``EFFACEMENTS``: what it deletes, or empties, for one dossier.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.models import Dossier
from services.orientation.queries.acces import erase_motifs
from services.orientation.queries.flux import wait_for_turn
from shared import clock
from shared.driver import driver_in_transaction

EFFACEMENTS: dict[str, str] = {
    "identifiants": "DELETE FROM identifiant WHERE dossier = $1",
    "faits": "DELETE FROM fait_recu WHERE dossier = $1",
    "orientations": "UPDATE orientation SET faits = NULL, provenance = NULL, proposition = NULL WHERE dossier = $1",
    "decisions": (
        "UPDATE orientation_decision SET organisme = NULL, motif = NULL, notification = NULL WHERE dossier = $1"
    ),
    "reorientations": "UPDATE reorientation SET motif_decision = NULL WHERE dossier = $1",
    "alertes": "DELETE FROM dossier_alerte WHERE dossier = $1",
    "reponses": (
        "DELETE FROM idempotence WHERE position(convert_to($1, 'UTF8') IN corps) > 0"
        " OR position($1 IN entetes::text) > 0"
    ),
}


async def wait_to_erase(session: AsyncSession) -> None:
    """Wait until no feed is being written, before any dossier is held: it may be telling of the same person."""
    await wait_for_turn(session)


async def erase_identity(session: AsyncSession, dossier: Dossier) -> dict[str, int]:
    """Erase who the person of a dossier is, and return what went; a dossier erased before changes no more.

    The dossier is held (``open_to_write``), after :func:`wait_to_erase`. Nothing is undone: the next feed that tells of
    this person opens another dossier.
    """
    driver = await driver_in_transaction(session)
    if dossier.efface_le is not None:
        return dict.fromkeys((*EFFACEMENTS, "motifs_acces"), 0)
    gone = {}
    for name, statement in EFFACEMENTS.items():
        told: str = await driver.execute(statement, dossier.id)
        gone[name] = int(told.rpartition(" ")[2])
    gone["motifs_acces"] = await erase_motifs(session, dossier.id)
    dossier.pseudonyme, dossier.cle = None, None
    dossier.efface_le = dossier.modifie_le = clock.now()
    await session.flush()
    return gone
