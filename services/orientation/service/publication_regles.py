"""Publishes a rule set: its cases are green, its days fit, its effects were looked at, a second person agrees."""

import asyncio
from collections.abc import Iterator
from datetime import date

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.errors_regles import PublicationRefusee
from services.orientation.models import JeuRegles
from services.orientation.queries.comptes import note_notified
from services.orientation.rule_files import JeuFile
from services.orientation.schemas.regles import PublicationIn
from services.orientation.service.cas_regles import report_on
from services.orientation.service.delais import changes_delays
from services.orientation.service.en_vigueur import EnVigueur
from services.orientation.service.propositions import Regles
from services.orientation.service.regles import find_draft
from shared import clock
from shared.errors import CODES_FAUTE, Faute
from shared.tokens import Identite


async def publish(
    session: AsyncSession, en_vigueur: EnVigueur, version: str, corps: PublicationIn, identite: Identite
) -> JeuRegles:
    """Publish a draft, for ever.

    Raises :class:`ReglesInconnues`, :class:`ReglesPubliees`, :class:`PublicationRefusee` naming what is not met.
    """
    draft = await find_draft(session, en_vigueur, version)
    regles = await en_vigueur.read(session)
    unmet = [
        *_iter_unread(draft, corps),
        *await _list_unproven(draft, en_vigueur),
        *iter_period_faults(JeuFile.model_validate_json(draft.contenu), regles, clock.today()),
        *_iter_alone(draft, identite),
    ]
    if unmet:
        raise PublicationRefusee(erreurs=unmet)
    draft.publie_le, draft.publie_par = clock.now(), identite.sujet
    await session.flush()
    source = JeuFile.model_validate_json(draft.contenu)
    if source.valide_du is not None and changes_delays(source, regles.at(source.valide_du).source):
        await note_notified(session, source.valide_du)
    event.listen(session.sync_session, "after_commit", lambda _: en_vigueur.expire())
    return draft


def iter_period_faults(source: JeuFile, regles: Regles, today: date) -> Iterator[Faute]:
    """Yield why the days of a rule set do not fit between those of the published ones.

    It begins today or later, and ends the one before on its eve, if that one says no end of its own. It holds to the
    same day as that one did: the eve of the next, or for ever.
    """
    start, end = source.valide_du, source.valide_au
    if start is None or start < today:
        yield _fault("/valide_du", "DEBUT_PASSE", start, f"au plus tôt le {today}")
        return
    before = regles.at(start)
    own_end = before.source.valide_au
    if before.source.valide_du == start or own_end is not None:
        attendu = f"après le {own_end or start}, à la suite de {before.version}"
        yield _fault("/valide_du", "VALIDITE_CHEVAUCHANTE", start, attendu)
        return
    last_day = regles.last_day_of(before)
    if end == last_day:
        return
    attendu = "null" if last_day is None else str(last_day)
    holed = end is not None and (last_day is None or end < last_day)
    yield _fault("/valide_au", "VALIDITE_TROUEE" if holed else "VALIDITE_CHEVAUCHANTE", end, attendu)


def _iter_unread(draft: JeuRegles, corps: PublicationIn) -> Iterator[Faute]:
    if corps.empreinte not in (None, draft.empreinte):
        yield _fault("/empreinte", "EMPREINTE_DIFFERENTE", corps.empreinte, draft.empreinte)


async def _list_unproven(draft: JeuRegles, en_vigueur: EnVigueur) -> list[Faute]:
    """Return what was not shown of this very content; cases are played again, for those of the product may be newer."""
    found = []
    if draft.rapport is None or draft.rapport["empreinte"] != draft.empreinte:
        found.append(_fault("/vie/rapport", "CAS_NON_JOUES", attendu=f"POST /v1/regles/{draft.version}/cas"))
    rapport = await asyncio.to_thread(report_on, draft, en_vigueur)
    if not rapport.vert:
        refs = ", ".join(ecart.ref for ecart in rapport.ecarts)
        found.append(_fault("/vie/rapport", "CAS_NON_VERTS", refs, "aucun écart"))
    if draft.simulation is None or draft.simulation["empreinte"] != draft.empreinte:
        found.append(_fault("/vie/simulation", "SIMULATION_ABSENTE", attendu="POST /v1/simulations"))
    return found


def _iter_alone(draft: JeuRegles, identite: Identite) -> Iterator[Faute]:
    if identite.sujet in draft.auteurs:
        yield _fault("/vie/auteurs", "MEME_PERSONNE", attendu="une autre personne que celles qui ont écrit")


def _fault(champ: str, code: str, valeur: object = None, attendu: str | None = None) -> Faute:
    shown = None if valeur is None else str(valeur)
    return Faute(champ=champ, code=code, message=CODES_FAUTE[code].libelle, valeur=shown, attendu=attendu)
