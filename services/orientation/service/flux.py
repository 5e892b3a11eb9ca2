"""Takes a file of a partner: judged line by line, written whole in one transaction, once however often it comes."""

import asyncio
import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.errors import FluxSansLigneAcceptee, NombreDifferent
from services.orientation.flux.definitions import Definitions
from services.orientation.flux.identities import Key
from services.orientation.flux.plan import Planificateur
from services.orientation.flux.reading import FluxLu, LigneLue, read_flux
from services.orientation.flux.reports import Rapport
from services.orientation.flux.validation import Juge, Ligne
from services.orientation.queries import flux as queries
from services.orientation.service import flux_writing
from services.orientation.service.identifiants import Hacheur
from shared import clock
from shared.errors import DroitInsuffisant, Phrase, Refus
from shared.territoires import Arbre
from shared.tokens import Identite

MAX_BYTES = 64 << 20
CHUNK = 2_000
REFUSED = 400


@dataclass(frozen=True)
class Depot:
    """What a partner sent, before it is read."""

    body: bytes
    langue: str


@dataclass(frozen=True)
class Atelier:
    """What files are judged with."""

    definitions: Definitions
    hacheur: Hacheur
    arbre: Arbre


@dataclass(frozen=True)
class Reception:
    """What is answered: a report, and the refusal that it explains when the whole is refused."""

    document: dict[str, Any]
    refus: Refus | None = None


async def receive_flux(session: AsyncSession, atelier: Atelier, identite: Identite, depot: Depot) -> Reception:
    """Take a file. The same file of the same source gives the same report again, and changes nothing.

    Raises :class:`RequeteIllisible`, :class:`DonneesRefusees` (the envelope) or :class:`DroitInsuffisant`.
    """
    recu_le = clock.now()
    lu = await asyncio.to_thread(read_flux, depot.body, atelier.definitions, recu_le)
    check_source(identite, lu.enveloppe.source)
    digest = await asyncio.to_thread(lambda: hashlib.sha256(depot.body))
    rapport = Rapport(_new_id("flux"), lu.enveloppe, digest.hexdigest(), recu_le, len(lu.lignes), depot.langue)
    good = await _judge(atelier, lu, rapport)
    await queries.wait_for_turn(session)
    seen = await queries.find_file(session, lu.enveloppe.source, digest.digest())
    if seen is not None:
        document = json.loads(seen)
        if document["statut"] < REFUSED:
            return Reception(document)
        rapport.id = document["id"]  # what was refused is judged again, under the same name
    refus = _refusal(lu, rapport)
    if refus is None:
        await _write(session, atelier, identite, good, rapport)
    else:
        rapport.set_aside()
    rapport.statut = refus.status if refus else 207 if rapport.compte["rejetees"] else 200
    return Reception(await flux_writing.save_report(session, rapport, identite.sujet), refus)


def check_source(identite: Identite, source: str) -> None:
    """Refuse a source that the caller's key does not cover. Raises :class:`DroitInsuffisant`."""
    if identite.sources is not None and source not in identite.sources:
        raise DroitInsuffisant(
            Phrase(f"Votre clé ne couvre pas la source « {source} »", f'Your key does not cover the source "{source}"')
        )


async def _judge(atelier: Atelier, lu: FluxLu, rapport: Rapport) -> list[Ligne]:
    """Judge every line, in slices beside the event loop, unless their number refuses the file."""
    if len(lu.lignes) != lu.enveloppe.nombre:
        return []
    juge = Juge(atelier.definitions, lu.enveloppe.flux, _day_of(rapport.recu_le))
    good: list[Ligne] = []
    for start in range(0, len(lu.lignes), CHUNK):
        good += await asyncio.to_thread(_judge_slice, juge, lu.lignes[start : start + CHUNK], rapport)
    return good


def _judge_slice(juge: Juge, lignes: Iterable[LigneLue], rapport: Rapport) -> list[Ligne]:
    good = []
    for lue in lignes:
        jugement = juge.judge(lue)
        rapport.add(lue, jugement)
        if jugement.ligne is not None:
            good.append(jugement.ligne)
    return good


def _refusal(lu: FluxLu, rapport: Rapport) -> Refus | None:
    """Return why the whole is refused, ``None`` when the good lines may be written."""
    told, found = lu.enveloppe.nombre, len(lu.lignes)
    if told != found:
        return NombreDifferent(Phrase(f"{told} annoncées, {found} reçues", f"{told} announced, {found} received"))
    if found and rapport.compte["rejetees"] == found:
        return FluxSansLigneAcceptee()
    return None


async def _write(
    session: AsyncSession, atelier: Atelier, identite: Identite, good: list[Ligne], rapport: Rapport
) -> None:
    """Decide what the good lines change against what stands, and write it."""
    enveloppe = rapport.enveloppe
    flux = atelier.definitions.flux[enveloppe.flux]
    hashes = await asyncio.to_thread(_hash_all, atelier.hacheur, good)
    etat = await queries.read_etat(session, enveloppe.source, flux.code, {value: key for key, value in hashes.items()})
    planificateur = Planificateur(
        etat,
        extrait_le=enveloppe.extrait_le,
        jour=_day_of(rapport.recu_le),
        signale=flux.signale,
        new_id=lambda: _new_id("dos"),
    )
    for start in range(0, len(good), CHUNK):
        await asyncio.to_thread(planificateur.take, good[start : start + CHUNK], rapport)
    writing = flux_writing.Ecriture(
        rapport=rapport, flux=flux, hacheur=atelier.hacheur, hashes=hashes, arbre=atelier.arbre, acteur=identite.sujet
    )
    await flux_writing.write_plan(session, planificateur.plan, writing)


def _hash_all(hacheur: Hacheur, lignes: Iterable[Ligne]) -> dict[Key, bytes]:
    keys = {key for ligne in lignes for key in (*ligne.cles, ligne.civil) if key is not None}
    return {key: hacheur.hash(key) for key in keys}


def _day_of(instant: datetime) -> date:
    return instant.astimezone(clock.PARIS).date()


def _new_id(kind: str) -> str:
    return f"{kind}-{secrets.token_hex(12)}"
