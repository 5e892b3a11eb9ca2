"""Orientations of a dossier: the rules propose, a named agent decides, anything proposed can be played again."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.episodes import Evenement, Type
from services.orientation.episodes.evenements import ETAPES, PARCOURS, read_day
from services.orientation.errors import fault
from services.orientation.errors_dossiers import DecisionPrise, OrientationInconnue, RejeuImpossible
from services.orientation.models import Dossier, Orientation, OrientationDecision
from services.orientation.notices import write_notice
from services.orientation.queries.faits import FaitDit
from services.orientation.queries.orientations import Enregistree, find_stored
from services.orientation.rules import Proposition, check_faits
from services.orientation.service.dossiers import show_provenance
from services.orientation.service.faits import REFERENCE, read_current, retained
from services.orientation.service.histoires import add_to_history, open_episode, read_parcours
from services.orientation.service.propositions import Regles
from services.orientation.vocabulary_dossiers import MotifEcart
from shared import clock
from shared.errors import DonneesRefusees, Faute

UNDECIDED, VARIANT, VARIANT_OF = "A_DETERMINER", "GLOBAL", ("EMPLOI", "SOCIO_PRO")
ONLY_IF = {"DIRECTE": "DIRECTE", "OFFICE": "OFFICE"}
"""Steps that hold for a proposal of that modality alone: to go straight, or to decide without the person."""
MOST_ORGANISME, MOST_MOTIF = 120, 500


@dataclass(frozen=True)
class Choix:
    """What an agent decides."""

    parcours: str
    etape: str
    organisme: str | None = None
    motif: str | None = None
    motif_ecart: MotifEcart | None = None


def read_reference(given: Any) -> date:
    """Return the day of the situation, today when none is given. Raises :class:`DonneesRefusees`."""
    if given is None:
        return clock.today()
    faults: list[Faute] = []
    day = read_day(given, "/date_reference", faults)
    if day is not None and day > clock.today():
        faults.append(fault("/date_reference", "HORS_BORNES", "un jour passé, ou aujourd'hui"))
    if faults or day is None:
        raise DonneesRefusees(erreurs=faults)
    return day


def read_choice(given: Mapping[str, Any]) -> Choix:
    """Return what an agent decides. Raises :class:`DonneesRefusees` naming every fault, and no value."""
    faults: list[Faute] = []
    for name, known in (("parcours", PARCOURS), ("etape", ETAPES)):
        if given.get(name) is None:
            faults.append(fault(f"/{name}", "CHAMP_REQUIS", list(known)))
        elif given[name] not in known:
            faults.append(fault(f"/{name}", "VALEUR_INCONNUE", list(known)))
    reasons = [each.value for each in MotifEcart]
    ecart = given.get("motif_ecart")
    if ecart is not None and ecart not in reasons:
        faults.append(fault("/motif_ecart", "VALEUR_INCONNUE", reasons))
    texts = {
        name: _read_text(given.get(name), f"/{name}", most, faults)
        for name, most in (("organisme", MOST_ORGANISME), ("motif", MOST_MOTIF))
    }
    if faults:
        raise DonneesRefusees(erreurs=faults)
    return Choix(given["parcours"], given["etape"], **texts, motif_ecart=MotifEcart.of(ecart) if ecart else None)


def _read_text(given: Any, champ: str, most: int, faults: list[Faute]) -> str | None:
    if given is None:
        return None
    if not isinstance(given, str):
        faults.append(fault(champ, "TYPE_INVALIDE", "un texte"))
        return None
    if len(given.strip()) > most:
        faults.append(fault(champ, "LONGUEUR_INVALIDE", f"au plus {most} caractères"))
    elif not given.replace("\n", " ").isprintable():
        faults.append(fault(champ, "CARACTERE_INTERDIT"))
    return given.strip() or None


async def propose(session: AsyncSession, regles: Regles, dossier: Dossier, acteur: str, day: date) -> str:
    """Keep what the rules propose from the retained facts of a dossier, as of ``day``; return its id."""
    kept = {
        code: dit
        for code, dit in retained(await read_current(session, dossier.id)).items()
        if code in regles.definitions
    }
    faits = {code: dit.valeur for code, dit in kept.items()} | {REFERENCE: day.isoformat()}
    code = await keep_proposal(session, regles, dossier.id, acteur, faits, kept)
    dossier.modifie_le = clock.now()
    await session.flush()
    return code


async def keep_proposal(
    session: AsyncSession,
    regles: Regles,
    dossier: str,
    acteur: str,
    faits: Mapping[str, Any],
    provenance: Mapping[str, FaitDit],
) -> str:
    """Keep what the rules propose for ``faits``, with all that is needed to play it again; return its id.

    Raises :class:`DonneesRefusees` when the facts are not facts.
    """
    proposition = regles.propose(faits, "resume")
    kept = Orientation(
        id=f"ori-{secrets.token_hex(12)}",
        dossier=dossier,
        acteur=acteur,
        cree_le=clock.now(),
        date_reference=date.fromisoformat(faits[REFERENCE]),
        regles_version=proposition.regles_version,
        empreinte=proposition.empreinte,
        parcours=proposition.parcours,
        modalite=proposition.modalite,
        faits=dict(faits),
        provenance={code: show_provenance(dit) for code, dit in provenance.items()},
        proposition=json.loads(regles.write(proposition)),
    )
    session.add(kept)
    await session.flush()
    return kept.id


async def find_orientation(session: AsyncSession, dossier: str, code: str) -> Enregistree:
    """Return a proposal of a dossier as it is kept. Raises :class:`OrientationInconnue` (404)."""
    stored = await find_stored(session, dossier, code)
    if stored is None:
        raise OrientationInconnue
    return stored


async def decide(session: AsyncSession, dossier: Dossier, code: str, choix: Choix, acteur: str) -> None:
    """Keep an agent's decision on a proposal, its event and its notice, in a dossier that is held.

    Someone of whom no episode is open is signalled by the decision itself. Raises :class:`OrientationInconnue`,
    :class:`DecisionPrise`, :class:`DonneesRefusees` for a departure without a reason (or a reason without departure),
    ``EvenementContraire`` when the history refuses: the episode is oriented already.
    """
    stored = await find_orientation(session, dossier.id, code)
    if stored.decidee:
        raise DecisionPrise
    ecart = is_departure(stored, choix)
    _check_reason(ecart, choix.motif_ecart)
    today = clock.today()
    if open_episode(await read_parcours(session, dossier.id)) is None:
        await add_to_history(session, dossier, Evenement(today, Type.SIGNALEMENT), acteur)
    champs = {"parcours": choix.parcours, "etape": choix.etape}
    evenement = await add_to_history(session, dossier, Evenement(today, Type.ORIENTATION, champs), acteur)
    reasons = [] if stored.parcours == UNDECIDED and choix.parcours != UNDECIDED else stored.motifs or []
    session.add(
        OrientationDecision(
            orientation=code,
            dossier=dossier.id,
            acteur=acteur,
            decide_le=clock.now(),
            parcours=choix.parcours,
            etape=choix.etape,
            ecart=ecart,
            motif_ecart=choix.motif_ecart,
            evenement=evenement,
            organisme=choix.organisme,
            motif=choix.motif,
            notification=write_notice(
                choix.parcours, choix.organisme, reasons, choix.motif_ecart and choix.motif_ecart.description
            ),
        )
    )
    await session.flush()


def is_departure(stored: Enregistree, choix: Choix) -> bool:
    """Tell whether a decision departs from what was proposed: another pathway, or a step that was not proposed.

    Where the rules propose none (``A_DETERMINER``), any pathway follows; ``GLOBAL`` is a variant of two pathways.
    """
    variant = choix.parcours == VARIANT and stored.parcours in VARIANT_OF
    other = stored.parcours not in (choix.parcours, UNDECIDED) and not variant
    return other or ONLY_IF.get(choix.etape, stored.modalite) != stored.modalite


def _check_reason(ecart: bool, motif: MotifEcart | None) -> None:
    if ecart and motif is None:
        raise DonneesRefusees(erreurs=[fault("/motif_ecart", "ECART_A_MOTIVER", [each.value for each in MotifEcart])])
    if motif is not None and not ecart:
        raise DonneesRefusees(erreurs=[fault("/motif_ecart", "ECART_ABSENT", "null")])


def play_again(stored: Enregistree, regles: Regles) -> Proposition:
    """Return what the rules of a kept proposal say today of its facts. Raises :class:`RejeuImpossible` (409)."""
    jeu = regles.find(stored.regles_version)
    faits = None if stored.faits is None else check_faits(stored.faits, regles.definitions)
    if jeu is None or faits is None or isinstance(faits, list):
        raise RejeuImpossible
    return jeu.evaluate(faits)


async def compare(session: AsyncSession, regles: Regles, dossier: str, code: str) -> dict[str, Any]:
    """Play a proposal again, and tell whether all is the same. Raises as :func:`play_again`, and 404."""
    stored = await find_orientation(session, dossier, code)
    again = play_again(stored, regles)
    before = (stored.empreinte, stored.parcours, stored.modalite, stored.motifs)
    return {
        "orientation": code,
        "regles_version": stored.regles_version,
        "identique": before == (again.empreinte, again.parcours, again.modalite, list(again.motifs)),
        "empreinte_enregistree": stored.empreinte,
        "empreinte_rejouee": again.empreinte,
        "parcours_enregistre": stored.parcours,
        "parcours_rejoue": again.parcours,
    }
