"""Decisions on meetings: held, changed, cancelled."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.orientation.errors_rencontres import RencontreInconnue
from services.orientation.horaires import iter_weeks, read_debut
from services.orientation.models import Rencontre
from services.orientation.queries import rencontres as queries
from services.orientation.queries.visibility import covers
from services.orientation.schemas.rencontres import FiltresRencontres, RencontreIn, SerieIn
from services.orientation.service.flux_writing import ctm_of
from services.orientation.vocabulary_rencontres import StatutRencontre
from shared import clock
from shared.errors import DonneesRefusees, DroitInsuffisant, Faute, Phrase
from shared.problems import FauteError, unknown_value
from shared.responses import found
from shared.territoires import Arbre, Niveau
from shared.tokens import Identite

PAST, AHEAD = timedelta(days=366), timedelta(days=3 * 366)
LIVED_IN = (Niveau.COMMUNE, Niveau.ARRONDISSEMENT)
BOUNDS = Phrase("D'un an en arrière à trois ans en avant", "From a year ago to three years ahead")


async def add_rencontre(
    session: AsyncSession, corps: RencontreIn, arbre: Arbre, identite: Identite
) -> tuple[str, bytes]:
    """Hold a meeting; return its identifier and representation. Raises as :func:`place_of` and :func:`check_debut`."""
    debut = check_debut(read_debut(corps.debut))
    place = place_of(arbre, corps.commune, identite)
    (rencontre,) = await _write(session, corps, [debut], place, identite)
    return rencontre, found(await queries.read_rencontre(session, rencontre, identite), RencontreInconnue)


async def add_serie(session: AsyncSession, corps: SerieIn, arbre: Arbre, identite: Identite) -> tuple[str, bytes]:
    """Hold a meeting a week, at the same time of the clock; return the identifier of the series, and all of them.

    Nothing is written when one of the weeks has no such time. Raises as :func:`add_rencontre`.
    """
    try:
        debuts = [check_debut(each) for each in iter_weeks(read_debut(corps.debut), corps.semaines)]
    except FauteError as fault:
        message = fault.message
        raise DonneesRefusees(erreurs=[Faute(champ="/semaines", code=fault.code, message=message)]) from fault
    place, serie = place_of(arbre, corps.commune, identite), f"serie-{secrets.token_hex(12)}"
    await _write(session, corps, debuts, place, identite, serie)
    elements = await queries.read_serie(session, serie, identite)
    return serie, f'{{"serie":"{serie}","elements":{elements}}}'.encode()


async def _write(
    session: AsyncSession,
    corps: RencontreIn,
    debuts: Sequence[datetime],
    place: tuple[str, str],
    identite: Identite,
    serie: str | None = None,
) -> list[str]:
    now = clock.now()
    lists: dict[str, Any] = lists_of(corps.model_dump())
    made = [
        Rencontre(
            id=f"rio-{secrets.token_hex(12)}",
            serie=serie,
            lieu=corps.lieu,
            commune=place[0],
            ctm=place[1],
            debut=debut,
            fin=debut + timedelta(minutes=corps.duree_minutes),
            capacite=corps.capacite,
            modalite=corps.modalite.value,
            statut=StatutRencontre.PREVUE.value,
            sequence=0,
            acteur=identite.sujet,
            cree_le=now,
            modifie_le=now,
            **lists,
        )
        for debut in debuts
    ]
    session.add_all(made)
    await session.flush()
    return [each.id for each in made]


def lists_of(given: dict[str, Any]) -> dict[str, list[str]]:
    """Return the lists of a meeting that are ``given``, each value once, as plain text."""
    names = ("animateurs", "langues", "accessibilite")
    return {name: list(dict.fromkeys(str(each) for each in given[name])) for name in names if name in given}


def check_debut(debut: datetime) -> datetime:
    """Return ``debut``, unless it is a slip: more than a year ago, or three years ahead.

    A meeting that was held may be entered after the fact. Raises :class:`DonneesRefusees`.
    """
    if clock.now() - PAST <= debut <= clock.now() + AHEAD:
        return debut
    raise DonneesRefusees(erreurs=[Faute(champ="/debut", code="HORS_BORNES", message=BOUNDS, attendu=BOUNDS.fr)])


def place_of(arbre: Arbre, commune: str, identite: Identite) -> tuple[str, str]:
    """Return the commune as it now stands, and its CTM.

    Raises :class:`DonneesRefusees` when it is no commune of the Métropole, :class:`DroitInsuffisant` when the caller's
    key does not cover it.
    """
    territoire = arbre.find(commune, clock.today())
    ctm = ctm_of(arbre, commune)
    if territoire is None or ctm is None or territoire.niveau not in LIVED_IN:
        known = [each.code for each in arbre.list_at(clock.today()) if each.niveau in LIVED_IN]
        raise DonneesRefusees(erreurs=[unknown_value("/commune", commune, known)])
    if not covers(identite, ctm, territoire.code):
        raise DroitInsuffisant(
            Phrase(f"Votre clé ne couvre pas la commune {commune}", f"Your key does not cover the commune {commune}")
        )
    return territoire.code, ctm


def check_places(filtres: FiltresRencontres, arbre: Arbre) -> None:
    """Refuse places that never stood in the tree. Raises :class:`DonneesRefusees` naming every one."""
    known = arbre.codes()
    asked = [("commune", code) for code in filtres.commune] + [("ctm", code) for code in filtres.ctm]
    if faults := [unknown_value(name, code, known) for name, code in asked if code not in known]:
        raise DonneesRefusees(erreurs=faults)
