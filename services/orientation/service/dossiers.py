"""Opens dossiers, and tells what stands of them."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.episodes import Episode, EtatParcours, Evenement, replay
from services.orientation.errors import fault
from services.orientation.flux.definitions import Definitions
from services.orientation.flux.identities import Key, read_identity, strong_keys, weak_key
from services.orientation.models import Dossier, Identifiant
from services.orientation.queries import dossiers as queries
from services.orientation.queries.evenements import read_histories
from services.orientation.queries.faits import FaitDit
from services.orientation.queries.flux import wait_for_turn
from services.orientation.queries.visibility import own_territories
from services.orientation.service.faits import COMMUNE, add_facts, fact_faults, read_constat, read_current
from services.orientation.service.flux_writing import ctm_of
from services.orientation.service.histoires import read_parcours
from services.orientation.service.identifiants import Hacheur
from shared import clock
from shared.errors import DonneesRefusees, DroitInsuffisant, Phrase
from shared.territoires import Arbre
from shared.tokens import Identite

CHUNK, MOST_LOOKED_AT = 500, 5_000
"""A list filtered by state plays histories; it looks at so many dossiers a request, and a page may then be short."""
NIR_TOLD = "seulement pour un bénéficiaire du RSA (R262-110)"


@dataclass(frozen=True)
class Bureau:
    """What dossiers are opened with."""

    definitions: Definitions
    hacheur: Hacheur
    arbre: Arbre


@dataclass(frozen=True)
class Ouverture:
    """A dossier to open: identifiers, normalised, and what is known of the person."""

    identite: Mapping[str, str]
    faits: Mapping[str, Any]
    distincte: bool

    @property
    def commune(self) -> str | None:
        """Where the person lives, when it is said."""
        commune: str | None = self.faits.get(COMMUNE)
        return commune


@dataclass(frozen=True)
class Connu:
    """A dossier that is there already; ``code`` is null when the caller may not see it, or when there are several."""

    code: str | None
    ressemble: bool


def read_opening(
    bureau: Bureau,
    appelant: Identite,
    identite: Mapping[str, Any],
    *,
    commune: str | None,
    faits: Mapping[str, Any],
    distincte: bool,
) -> Ouverture:
    """Return the dossier to open.

    Raises :class:`DonneesRefusees` naming every fault and no value, or :class:`DroitInsuffisant` when the person lives
    out of the caller's territory.
    """
    clean, faults = read_identity(identite)
    if commune is not None and faits.get(COMMUNE, commune) != commune:
        faults.append(fault("/commune", "VALEUR_INVALIDE", f"la même que /faits/{COMMUNE}"))
    faits = {**faits, **({} if commune is None else {COMMUNE: commune})}
    if not faults and not strong_keys(clean) and weak_key(clean) is None:
        faults.append(fault("/identite", "IDENTITE_INSUFFISANTE", "un identifiant, ou nom, prénom, naissance, commune"))
    if "nir" in clean and faits.get("brsa") is False:
        faults.append(fault("/identite/nir", "CHAMP_REFUSE", NIR_TOLD))
    faults += fact_faults(bureau.definitions, faits)
    if faults:
        raise DonneesRefusees(erreurs=faults)
    opening = Ouverture(clean, faits, distincte)
    mine = own_territories(appelant)
    if mine is not None and not {opening.commune, ctm_of(bureau.arbre, opening.commune)} & set(mine):
        raise DroitInsuffisant(
            Phrase("La personne n'habite pas votre territoire", "The person does not live in your territory")
        )
    return opening


async def create_dossier(session: AsyncSession, bureau: Bureau, appelant: Identite, opening: Ouverture) -> str | Connu:
    """Open a dossier and return its id, or what is there already; identifiers are hashed, and kept nowhere else."""
    strong, civil = strong_keys(opening.identite), weak_key(opening.identite)
    await wait_for_turn(session)
    known = await _find_known(session, bureau, appelant, strong, civil, opening.distincte)
    if known is not None:
        return known
    now, code = clock.now(), f"dos-{secrets.token_hex(12)}"
    name: Key = strong[0] if strong else (*(civil or ()), code)  # two persons may have one name
    dossier = Dossier(id=code, pseudonyme=bureau.hacheur.hash(name), cle=bureau.hacheur.id, cree_le=now, modifie_le=now)
    session.add(dossier)
    await session.flush()
    session.add_all(
        Identifiant(empreinte=bureau.hacheur.hash(key), dossier=code, nature=key[0], cle=bureau.hacheur.id)
        for key in (*strong, *([civil] if civil else []))
    )
    await session.flush()
    if opening.faits:
        constat = read_constat(bureau.definitions, opening.faits)
        await add_facts(session, dossier, constat, appelant.sujet, bureau.arbre)
    return code


async def _find_known(
    session: AsyncSession, bureau: Bureau, appelant: Identite, strong: list[Key], civil: Key | None, distincte: bool
) -> Connu | None:
    found = await queries.find_known(session, [bureau.hacheur.hash(key) for key in strong])
    ressemble = not found and civil is not None and not distincte
    if ressemble and civil is not None:
        found = await queries.find_known(session, [bureau.hacheur.hash(civil)])
    if not found:
        return None
    seen = await queries.find_dossier(session, found[0], appelant) if len(found) == 1 else None
    return Connu(seen.id if seen else None, ressemble)


async def describe_dossier(session: AsyncSession, dossier: Dossier) -> dict[str, Any]:
    """Return all that a dossier shows but its last orientation: state, episodes and anomalies as of today, facts."""
    parcours = await read_parcours(session, dossier.id)
    said = {} if dossier.efface_le else await read_current(session, dossier.id)
    return {
        "id": dossier.id,
        "commune": dossier.commune,
        "ctm": dossier.ctm,
        "etat": parcours.etat,
        "cree_le": clock.write_instant(dossier.cree_le),
        "modifie_le": clock.write_instant(dossier.modifie_le),
        "efface_le": dossier.efface_le and clock.write_instant(dossier.efface_le),
        "episodes": [show_episode(each) for each in parcours.episodes],
        "anomalies": parcours.anomalies,
        "faits": [show_fact(code, dits) for code, dits in said.items()],
    }


def show_episode(episode: Episode) -> dict[str, Any]:
    """Return an episode as the interface shows it."""
    days = ("ouverture", "notification", "debut", "entree", "fin")
    return {
        "etat": episode.etat,
        **{name: (day := getattr(episode, name)) and day.isoformat() for name in days},
        "decisions": [
            asdict(each) | {"jour": each.jour.isoformat(), "entree": each.entree and each.entree.isoformat()}
            for each in episode.decisions
        ],
    }


def show_fact(code: str, dits: Sequence[FaitDit]) -> dict[str, Any]:
    """Return a fact: the value retained, and what every source says, what is retained first."""
    known = [each.valeur for each in dits if each.valeur is not None]
    return {
        "code": code,
        "valeur": dits[0].valeur,
        "en_conflit": any(each != known[0] for each in known),
        "sources": [{"valeur": each.valeur} | show_provenance(each) for each in dits],
    }


def show_provenance(dit: FaitDit) -> dict[str, Any]:
    """Return where a value comes from."""
    return {
        "source": dit.source,
        "flux": dit.flux,
        "confirme": dit.confirme,
        "extrait_le": dit.extrait_le and clock.write_instant(dit.extrait_le),
        "recu_le": dit.recu_le and clock.write_instant(dit.recu_le),
    }


@dataclass(frozen=True)
class Listes:
    """A page of dossiers, as shown; ``last`` is the id to go on from, ``None`` when there is nothing more."""

    elements: list[dict[str, Any]]
    last: str | None


async def list_dossiers(
    session: AsyncSession,
    appelant: Identite,
    *,
    etats: Sequence[EtatParcours],
    after: str | None,
    limite: int,
    **filtres: Sequence[str],
) -> Listes:
    """Return a page of the dossiers that the caller may see, with the state of each as of today."""
    kept: list[dict[str, Any]] = []
    last, looked = after, 0
    step = CHUNK if etats else limite + 1
    while looked < MOST_LOOKED_AT:
        rows = await queries.list_dossiers(session, appelant, after=last, limite=step, **filtres)
        histories = await read_histories(session, [row["id"] for row in rows])
        for shown in await asyncio.to_thread(_show_all, rows, histories):
            if len(kept) == limite:
                return Listes(kept, last)
            last, looked = shown["id"], looked + 1
            if not etats or shown["etat"] in etats:
                kept.append(shown)
        if len(rows) < step:
            return Listes(kept, None)
    return Listes(kept, last)


def _show_all(rows: Sequence[asyncpg.Record], histories: Mapping[str, Sequence[Evenement]]) -> list[dict[str, Any]]:
    today = clock.today()
    return [
        {
            "id": row["id"],
            "commune": row["commune"],
            "ctm": row["ctm"],
            "etat": replay(histories.get(row["id"], ()), today).etat,
            "cree_le": clock.write_instant(row["cree_le"]),
            "modifie_le": clock.write_instant(row["modifie_le"]),
        }
        for row in rows
    ]
