"""Freezing a publication under a name, which is also agreeing to what waited for a person."""

import json

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.errors import MillesimeExistant, fault
from services.indicators.models import Millesime
from services.indicators.queries import publication as queries
from services.indicators.queries.lots import allow_long_statements
from services.indicators.schemas.millesimes import MillesimeIn
from services.indicators.service import publication
from services.indicators.service.atelier import Atelier
from services.indicators.service.fonds import open_fonds
from services.indicators.service.publication import Demande
from shared import clock
from shared.errors import DonneesRefusees
from shared.plans import find_plan
from shared.query import ParametresPlan


async def add_millesime(session: AsyncSession, atelier: Atelier, demande: MillesimeIn, acteur: str) -> str:
    """Publish what waits, then name the instant. Return it as JSON.

    Raises :class:`MillesimeExistant` and :class:`DonneesRefusees` for an instant that is not past.
    """
    plan = await find_plan(session, ParametresPlan(plan=demande.plan))
    if demande.au is not None and demande.au > clock.now():
        raise DonneesRefusees(erreurs=[fault("/au", "HORS_BORNES", valeur=demande.au.isoformat(), attendu="passé")])
    await queries.lock_publication(session)
    if demande.nom in await queries.read_millesimes(session, plan):
        raise MillesimeExistant
    now = clock.now()
    if demande.au is None:
        await _publish_held(session, atelier, plan)
    au = demande.au or await queries.choose_instant(session, now)
    millesime = Millesime(plan=plan, nom=demande.nom, libelle=demande.libelle, au=au, acteur=acteur, cree_le=now)
    session.add(millesime)
    await session.flush()
    shown = {
        "nom": millesime.nom,
        "libelle": millesime.libelle,
        "au": clock.write_instant(millesime.au),
        "cree_le": clock.write_instant(now),
    }
    return json.dumps(shown, ensure_ascii=False)


async def _publish_held(session: AsyncSession, atelier: Atelier, plan: str) -> None:
    """Publish the units that wait for an agreement, and those that writes touched."""
    await allow_long_statements(session)
    fonds = await open_fonds(session, atelier, plan)
    held = dict.fromkeys(await queries.list_held(session, plan), 0)
    for definition, annee, demandes in await queries.list_waiting(session, plan):
        held[definition, annee] = demandes
    for (definition, annee), demandes in sorted(held.items()):
        await publication.publish_unit(session, fonds, Demande(definition, annee, demandes), accord=True)
