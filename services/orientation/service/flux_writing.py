"""Writes what a file changes, by whole sets: a file is tens of thousands of lines, and a few statements."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.flux.definitions import FluxFile
from services.orientation.flux.identities import Key
from services.orientation.flux.plan import Plan
from services.orientation.flux.reports import Rapport
from services.orientation.queries.flux import copy_rows, list_old, write_facts
from services.orientation.service.evenements import add_evenements
from services.orientation.service.identifiants import Hacheur
from shared import clock
from shared.driver import driver_in_transaction
from shared.territoires import Arbre

RECU = """
INSERT INTO flux_recu (id, acteur, source, empreinte, statut, rapport, recu_le)
VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7)
ON CONFLICT (source, empreinte) DO UPDATE SET acteur = excluded.acteur, statut = excluded.statut,
  rapport = excluded.rapport, recu_le = excluded.recu_le
"""


PLACES = """
UPDATE dossier SET commune = lieu.commune, ctm = lieu.ctm, modifie_le = $4
FROM unnest($1::text[], $2::text[], $3::text[]) AS lieu(dossier, commune, ctm)
WHERE dossier.id = lieu.dossier AND ($5 OR dossier.commune IS NULL)
"""
EMPTY = """
UPDATE flux_recu SET rapport = rapport || '{"rejets": [], "avertissements": []}' WHERE id = ANY($1::text[])
"""
FAULTS_KEPT, FILES_KEPT = timedelta(days=90), timedelta(days=3 * 365)


@dataclass(frozen=True)
class Ecriture:
    """What the rows of a file have in common."""

    rapport: Rapport
    flux: FluxFile
    hacheur: Hacheur
    hashes: Mapping[Key, bytes]
    arbre: Arbre
    acteur: str


async def write_plan(session: AsyncSession, plan: Plan, ecriture: Ecriture) -> None:
    """Write persons, identifiers, facts and events."""
    now, rapport, cle = clock.now(), ecriture.rapport, ecriture.hacheur.id
    new = [(dossier, ecriture.hashes[key], cle, now, now) for dossier, key in plan.dossiers]
    await copy_rows(session, "dossier", ("id", "pseudonyme", "cle", "cree_le", "modifie_le"), new)
    known = [(ecriture.hashes[key], dossier, key[0], cle) for key, dossier in plan.identifiants]
    await copy_rows(session, "identifiant", ("empreinte", "dossier", "nature", "cle"), known)
    enveloppe, flux = rapport.enveloppe, ecriture.flux
    origin = (flux.confirme, enveloppe.extrait_le, rapport.recu_le, rapport.id)
    facts = [
        (dossier, enveloppe.source, flux.code, code, json.dumps(valeur), *origin)
        for (dossier, code), valeur in plan.faits.items()
    ]
    await write_facts(session, facts)
    await add_evenements(session, plan.evenements, acteur=ecriture.acteur)
    await _place(session, plan, ecriture)


async def _place(session: AsyncSession, plan: Plan, ecriture: Ecriture) -> None:
    """Note where persons live, for whoever may only see a part of the territory; what was declared moves nobody."""
    driver = await driver_in_transaction(session)
    ctms = {commune: ctm_of(ecriture.arbre, commune) for commune in set(plan.communes.values())}
    communes = list(plan.communes.values())
    places = [list(plan.communes), communes, [ctms[commune] for commune in communes]]
    await driver.execute(PLACES, *places, clock.now(), ecriture.flux.confirme)


def ctm_of(arbre: Arbre, commune: str | None) -> str | None:
    """Return the CTM of a commune or arrondissement as it now stands, ``None`` out of the Métropole."""
    found = arbre.find(commune, clock.today()) if commune else None
    while found is not None and found.niveau != "ctm":
        found = arbre.find(found.parent, clock.today()) if found.parent else None
    return found.code if found else None


async def save_report(session: AsyncSession, rapport: Rapport, acteur: str) -> dict[str, Any]:
    """Keep a file in the register with its report and its faults; return the report."""
    document = rapport.document()
    driver = await driver_in_transaction(session)
    await driver.execute(
        RECU,
        rapport.id,
        acteur,
        rapport.enveloppe.source,
        bytes.fromhex(rapport.empreinte),
        rapport.statut,
        json.dumps(document, ensure_ascii=False),
        rapport.recu_le,
    )
    await driver.execute("DELETE FROM flux_rejet WHERE recu = $1", rapport.id)
    faults = [(rapport.id, rank, json.dumps(each, ensure_ascii=False)) for rank, each in enumerate(rapport.fautes)]
    await copy_rows(session, "flux_rejet", ("recu", "rang", "faute"), faults)
    return document


async def forget_files(session: AsyncSession) -> None:
    """Delete the faults of files after 90 days, for they quote the partner's references, and files after 3 years."""
    driver = await driver_in_transaction(session)
    old = await list_old(session, clock.now() - FAULTS_KEPT)
    await driver.execute("DELETE FROM flux_rejet WHERE recu = ANY($1::text[])", old)
    await driver.execute(EMPTY, old)
    await driver.execute("DELETE FROM flux_recu WHERE recu_le < $1", clock.now() - FILES_KEPT)
