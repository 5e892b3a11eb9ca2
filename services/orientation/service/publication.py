"""Writes the indicators of a month with the decision to send them, in one transaction, when they changed."""

import hashlib
import json
import secrets
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.orientation.errors import fault
from services.orientation.models import Envoi
from services.orientation.queries import envois as queries
from services.orientation.rules.situation import add_months
from services.orientation.schemas.envois import EnvoiIn
from services.orientation.service.comptes import refresh
from services.orientation.service.flux_writing import ctm_of
from services.orientation.statistics import Periode
from services.orientation.statistics.mesures import Mois, gather, measure_month
from services.orientation.vocabulary_suivi import EtatEnvoi
from shared import clock
from shared.database import transaction
from shared.driver import driver_in_transaction
from shared.errors import DonneesRefusees
from shared.jobs import enqueue
from shared.territoires import Arbre, Niveau

SOURCE, METROPOLE = "orientation", "69M"
USUAL_MONTHS, MOST_MONTHS = 13, 120


async def publish(engine: AsyncEngine, arbre: Arbre, months: Sequence[date]) -> None:
    """Write what is to be sent of each month; by default, the last thirteen that are over, for late events change them.

    Months before the first thing that counts are left out.
    """
    await refresh(engine)
    async with transaction(engine) as session:
        first = await queries.read_first_day(session)
    if first is None:
        return
    for mois in months or last_months():
        if mois >= first.replace(day=1):
            async with transaction(engine) as session:
                await _publish_month(session, arbre, mois)


def last_months() -> list[date]:
    """Return the last thirteen months that are over, the oldest first."""
    present = clock.today().replace(day=1)
    return [add_months(present, -number) for number in range(USUAL_MONTHS, 0, -1)]


async def ask_publication(session: AsyncSession, demande: EnvoiIn) -> list[date]:
    """Ask for months to be counted and sent; return them. Raises :class:`DonneesRefusees`."""
    months = months_asked(demande.debut, demande.fin)
    await enqueue(session, "publication-rio", {"mois": [str(each) for each in months]})
    return months


def months_asked(debut: str | None, fin: str | None) -> list[date]:
    """Return the months from ``debut`` to ``fin`` (``2025-01``), or the usual ones when neither is given.

    Raises :class:`DonneesRefusees` for a month that is not over, or too many of them.
    """
    if debut is None and fin is None:
        return last_months()
    first, last = (date.fromisoformat(f"{each or debut or fin}-01") for each in (debut, fin))
    over = add_months(clock.today().replace(day=1), -1)
    faults = [
        fault(f"/{name}", "HORS_BORNES", f"un mois clos, au plus tard {over:%Y-%m}")
        for name, mois in (("debut", first), ("fin", last))
        if mois > over
    ]
    number = (last.year - first.year) * 12 + last.month - first.month + 1
    if number < 1:
        faults.append(fault("/fin", "DATES_INVERSEES", "au plus tôt debut"))
    elif number > MOST_MONTHS:
        faults.append(fault("/fin", "HORS_BORNES", f"au plus {MOST_MONTHS} mois"))
    if faults:
        raise DonneesRefusees(erreurs=faults)
    return [add_months(first, rank) for rank in range(number)]


async def _publish_month(session: AsyncSession, arbre: Arbre, mois: date) -> None:
    """Write a month and ask for its sending, unless nothing changed; what it replaces is not sent any more."""
    periode = Periode(mois, add_months(mois, 1) - timedelta(days=1))
    mesures = measure_month(mois, _territories(arbre, await queries.sum_month(session, periode)))
    digest = hashlib.sha256(json.dumps(mesures, sort_keys=True).encode()).digest()
    if await queries.read_last_digest(session, mois) == digest:
        return
    now = clock.now()
    driver = await driver_in_transaction(session)
    await driver.execute("DELETE FROM envoi WHERE mois = $1 AND etat <> 'ENVOYE'", mois)
    envoi = Envoi(
        id=f"env-{secrets.token_hex(12)}",
        mois=mois,
        empreinte=digest,
        corps={"enveloppe": {"source": SOURCE, "extrait_le": now.isoformat()}, "mesures": mesures},
        lignes=len(mesures),
        etat=EtatEnvoi.A_ENVOYER,
        cree_le=now,
        essais=0,
        prochain_le=now,
    )
    session.add(envoi)
    await session.flush()
    await enqueue(session, "envoi", cle="envoi")


def _territories(arbre: Arbre, by_commune: dict[str | None, Mois]) -> dict[str, Mois]:
    """Return the sums of the Métropole and of each CTM, those where nothing happened included."""
    whole = Mois()
    for mois in by_commune.values():
        whole.add(mois)
    places = {commune: ctm_of(arbre, commune) for commune in by_commune}
    ctms = _list_ctm(arbre)
    return {METROPOLE: whole, **{code: Mois() for code in ctms}, **gather(by_commune, places)}


def _list_ctm(arbre: Arbre) -> Iterable[str]:
    return [each.code for each in arbre.list_at(clock.today()) if each.niveau is Niveau.CTM]
