"""What a push deletes: the rows it names, or what its scope holds and it does not."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators import errors
from services.indicators.definitions import Definitions
from services.indicators.lot_reading import LotLu
from services.indicators.periods import FIRST_YEAR, LAST_YEAR, Periode, iter_inside
from services.indicators.queries import suppression as queries
from services.indicators.reports import Rapport, Rejet
from services.indicators.row_context import Contexte, Portee, covers
from services.indicators.schemas.lots import Perimetre
from shared.errors import DonneesRefusees, Faute, Phrase
from shared.problems import unknown_value
from shared.territoires import Arbre
from shared.tokens import Identite

SHARE = 10
"""A replacement that deletes more than one in ten of its scope confirms the exact number."""
PERIMETRE = "/enveloppe/perimetre"


def open_portee(perimetre: Perimetre, definitions: Definitions, arbre: Arbre, identite: Identite) -> Portee:
    """Return the scope of a replacement. Raises :class:`DonneesRefusees`: unknown codes, codes beyond one's right."""
    faults = [
        *_check_grandeurs(perimetre, definitions, identite.grandeurs),
        *_check_territoires(perimetre, arbre, identite.territoires),
    ]
    if faults:
        raise DonneesRefusees(erreurs=faults)
    return Portee(
        grandeurs=tuple(each for code in sorted(set(perimetre.grandeurs)) for each in definitions.versions(code)),
        territoires=frozenset(subtree(arbre, perimetre.territoires)),
        debut=max(perimetre.debut, date(FIRST_YEAR, 1, 1)),
        fin=min(perimetre.fin, date(LAST_YEAR, 12, 31)),
    )


def _check_grandeurs(perimetre: Perimetre, definitions: Definitions, held: frozenset[str] | None) -> Iterable[Faute]:
    for place, code in enumerate(perimetre.grandeurs):
        champ = f"{PERIMETRE}/grandeurs/{place}"
        if not definitions.versions(code):
            yield unknown_value(champ, code, definitions.codes, code="GRANDEUR_INCONNUE")
        elif held is not None and not covers(held, code):
            yield errors.fault(champ, "DROIT_GRANDEUR", valeur=code)


def _check_territoires(perimetre: Perimetre, arbre: Arbre, held: frozenset[str] | None) -> Iterable[Faute]:
    known = arbre.codes()
    allowed = subtree(arbre, held or ())
    for place, code in enumerate(perimetre.territoires):
        champ = f"{PERIMETRE}/territoires/{place}"
        if code not in known:
            yield unknown_value(champ, code, known, code="TERRITOIRE_INCONNU")
        elif held is not None and code not in allowed:
            yield errors.fault(champ, "DROIT_TERRITOIRE", valeur=code)


def subtree(arbre: Arbre, codes: Iterable[str]) -> set[str]:
    """Return ``codes`` and every territory that ever stood below them."""
    inside = set(codes)
    parents = parents_of(arbre)
    for code in parents:
        here: str | None = code
        while here is not None and here not in inside:
            here = parents.get(here)
        if here is not None:
            inside.add(code)
    return inside


def parents_of(arbre: Arbre) -> dict[str, str]:
    """Return the parent of each territory that has one and is a part of it."""
    found = {}
    for code in arbre.codes():
        site = arbre.entry(code)
        if site.parent is not None and site.partition:
            found[code] = site.parent
    return found


async def delete_rows(
    session: AsyncSession, *, source: str, ecriture: int, motif: str | None, rapport: Rapport
) -> None:
    """Delete the rows that a push names."""
    rapport.add_fates(await queries.delete_arrivals(session, source=source, ecriture=ecriture, motif=motif))


async def delete_missing(
    session: AsyncSession, lot: LotLu, *, contexte: Contexte, ecriture: int, rapport: Rapport
) -> None:
    """Delete what the scope of a replacement holds besides its rows; nothing when some of its rows were rejected.

    Raises :class:`errors.SuppressionMassive` above a tenth of the scope without the exact number.
    """
    portee, enveloppe = contexte.portee, lot.enveloppe
    assert portee is not None  # a replacement has one,
    assert enveloppe.extrait_le is not None  # and a date
    if rapport.rejetees:
        rapport.warn([Rejet(0, [errors.fault("", "SUPPRESSION_SUSPENDUE")])])
        return
    scope = _scope(portee, contexte, enveloppe.source)
    present = await queries.count_scope(session, scope) - rapport.creees
    missing = await queries.bring_missing(
        session,
        scope,
        additives=[grandeur.definition for grandeur in portee.grandeurs if grandeur.additive],
        parents=parents_of(contexte.arbre),
        extrait_le=enveloppe.extrait_le,
    )
    if missing * SHARE > present and enveloppe.confirmer != missing:
        raise _massive(missing, present)
    motif = enveloppe.motif or "remplacement"
    fates = await queries.delete_arrivals(
        session, source=enveloppe.source, ecriture=ecriture, motif=motif, absentes=True
    )
    rapport.add_deleted(fates)


def _scope(portee: Portee, contexte: Contexte, source: str) -> dict[str, Any]:
    """Return what a scope holds, as numbers and codes: what is closed is no part of it."""
    genres = {genre for grandeur in portee.grandeurs for genre in grandeur.periodes}
    periodes = [periode for genre in genres for periode in iter_inside(portee.debut, portee.fin, genre)]
    closed = list(_iter_closed(portee, periodes, contexte)) if contexte.verrous else []
    return {
        "definitions": [grandeur.definition for grandeur in portee.grandeurs],
        "territoires": sorted(portee.territoires),
        "periodes": sorted(periode.code for periode in periodes),
        "closes_definitions": [definition for definition, _ in closed],
        "closes_periodes": [periode for _, periode in closed],
        "source": source,
    }


def _iter_closed(portee: Portee, periodes: Iterable[Periode], contexte: Contexte) -> Iterable[tuple[int, str]]:
    for periode in periodes:
        for grandeur in portee.grandeurs:
            if contexte.locks(grandeur.code, periode):
                yield grandeur.definition, periode.code


def _massive(missing: int, present: int) -> errors.SuppressionMassive:
    told = f"{missing} sur {present}"
    title = errors.SuppressionMassive.titre
    expected = errors.fault("/enveloppe/confirmer", "VALEUR_INVALIDE", attendu=str(missing))
    return errors.SuppressionMassive(
        Phrase(f"{title.fr} ({told})", f"{title.en} ({missing} of {present})"), erreurs=[expected]
    )
