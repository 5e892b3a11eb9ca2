"""What becomes of a push: judged row by row, written whole or not at all, told row by row."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators import errors
from services.indicators.definitions import Definitions, ventilations_of
from services.indicators.lot_reading import LotLu
from services.indicators.queries import definitions as definition_queries
from services.indicators.queries import ecriture as ecriture_queries
from services.indicators.queries import lots as queries
from services.indicators.reports import Rapport
from services.indicators.row_context import Contexte
from services.indicators.row_validation import Ligne
from services.indicators.schemas.lots import Enveloppe
from services.indicators.service import suppressions
from services.indicators.service.atelier import Atelier
from services.indicators.service.avertissements import find_warnings
from services.indicators.service.neuves import write_new
from services.indicators.service.tri import Progress, sort_rows
from services.indicators.vocabulary import ModeLot, StrategieLot
from shared import clock
from shared.errors import DroitInsuffisant, Phrase, Refus
from shared.tokens import Identite

FEW = 10
"""Up to so many rejected rows, a push is not refused whole, however small it is."""
KEPT = timedelta(days=90)


class _RehearsalError(Exception):
    """A dry run is over: what it wrote is undone."""


def check_source(identite: Identite, source: str) -> None:
    """Refuse a source that the caller's key does not cover. Raises :class:`DroitInsuffisant`."""
    if identite.sources is not None and source not in identite.sources:
        raise DroitInsuffisant(
            Phrase(f"Votre clé ne couvre pas la source « {source} »", f'Your key does not cover the source "{source}"')
        )


async def read_contexte(
    session: AsyncSession, atelier: Atelier, identite: Identite, enveloppe: Enveloppe, plan: str
) -> Contexte:
    """Return what the rows of a push are judged against, as things now stand.

    Raises :class:`DonneesRefusees` for a scope that names nothing, or more than the caller may write.
    """
    definitions = await definition_queries.read_definitions(session, plan)
    perimetre = enveloppe.perimetre if enveloppe.strategie is StrategieLot.REMPLACEMENT else None
    return Contexte(
        definitions=definitions,
        arbre=atelier.arbre,
        ventilations=ventilations_of(atelier.plan_dir),
        verrous=await definition_queries.read_verrous(session, plan),
        today=clock.today(),
        now=clock.now(),
        extrait_le=enveloppe.extrait_le,
        grandeurs_permises=identite.grandeurs,
        territoires_permis=identite.territoires,
        portee=suppressions.open_portee(perimetre, definitions, atelier.arbre, identite) if perimetre else None,
        sans_valeur=enveloppe.strategie is StrategieLot.SUPPRESSION,
    )


async def process_lot(
    session: AsyncSession,
    lot: LotLu,
    *,
    contexte: Contexte,
    rapport: Rapport,
    acteur: str,
    progress: Progress | None = None,
) -> Refus | None:
    """Judge the rows of a push and write those that may be; fill ``rapport``; return why the whole is refused, if so.

    A dry run does all of it, then undoes it.
    """
    rapport.lues = lot.lignes
    tri = await sort_rows(lot.lignes, contexte, progress)
    rapport.add_rejets(tri.rejets)
    rapport.warn(tri.doublons)
    refus = _refusal(lot.enveloppe, rapport)
    if refus is not None:
        rapport.set_aside()
        return refus
    rapport.inchangees += tri.repetees
    try:
        async with session.begin_nested():
            await _write(session, lot, list(tri.bonnes.values()), contexte=contexte, rapport=rapport, acteur=acteur)
            if lot.enveloppe.simulation:
                raise _RehearsalError
    except _RehearsalError:
        rapport.ecriture = None
    except errors.SuppressionMassive as massive:
        rapport.set_aside()
        return massive
    rapport.incidence = _incidence(rapport, contexte.definitions)
    return None


def _refusal(enveloppe: Enveloppe, rapport: Rapport) -> Refus | None:
    """Return why a push with these rejects is refused whole, ``None`` when the good rows may be written."""
    rejected = rapport.rejetees
    if not rejected:
        return None
    if enveloppe.mode is ModeLot.ATOMIQUE:
        return errors.LotAtomiqueRefuse()
    if rejected == rapport.recues:
        return errors.AucuneLigneAcceptee()
    if rejected > FEW and rejected > enveloppe.seuil_rejet * rapport.recues:
        title, seuil = errors.SeuilRejetDepasse.titre, enveloppe.seuil_rejet
        fr, en = f"{rejected} sur {rapport.recues}, seuil {seuil}", f"{rejected} of {rapport.recues}, threshold {seuil}"
        return errors.SeuilRejetDepasse(Phrase(f"{title.fr} ({fr})", f"{title.en} ({en})"))
    return None


async def _write(
    session: AsyncSession, lot: LotLu, lignes: list[Ligne], *, contexte: Contexte, rapport: Rapport, acteur: str
) -> None:
    enveloppe = lot.enveloppe
    source = enveloppe.source
    await ecriture_queries.lock_source(session, source)
    await queries.note_source(session, source, clock.now())
    ecriture = rapport.ecriture = await ecriture_queries.open_ecriture(session, lot=rapport.lot, acteur=acteur)
    if enveloppe.strategie is StrategieLot.FUSION:
        neuves = await write_new(session, lignes, contexte=contexte, source=source, ecriture=ecriture)
        if neuves is not None:
            rapport.add_fates(neuves.creees)
            rapport.warn(neuves.avertissements)
            return
    await ecriture_queries.prepare(session, lignes)
    if enveloppe.strategie is StrategieLot.SUPPRESSION:
        await suppressions.delete_rows(
            session, source=source, ecriture=ecriture, motif=enveloppe.motif, rapport=rapport
        )
        return
    rapport.add_fates(await ecriture_queries.write_arrivals(session, source=source, ecriture=ecriture))
    if enveloppe.strategie is StrategieLot.REMPLACEMENT:
        await suppressions.delete_missing(session, lot, contexte=contexte, ecriture=ecriture, rapport=rapport)
    rapport.warn(await find_warnings(session, lignes, contexte, source))


def _incidence(rapport: Rapport, definitions: Definitions) -> list[dict[str, Any]]:
    """Return the indicators and the periods that a push changes."""
    codes = {each.definition: each.indicateur for code in definitions.codes for each in definitions.versions(code)}
    touched: dict[str, set[str]] = {}
    for definition, periode in rapport.touchees:
        touched.setdefault(codes[definition], set()).add(periode)
    return [{"indicateur": code, "periodes": sorted(touched[code])} for code in sorted(touched, key=_natural)]


def _natural(code: str) -> tuple[int, ...]:
    fiche, _, rang = code.partition(".I")
    return int(fiche), int(rang)


def new_lot_id() -> str:
    """Return an identifier that tells nothing: neither how many pushes there are, nor when this one came."""
    return f"lot-{secrets.token_hex(12)}"


def fingerprint(body: bytes) -> str:
    """Return the SHA-256 of a body, in hexadecimal."""
    return hashlib.sha256(body).hexdigest()


def horizon(recu_le: datetime) -> datetime:
    """Return until when a push and its report are kept."""
    return recu_le + KEPT
