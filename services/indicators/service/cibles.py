"""Saying what is aimed at; what was said before stays readable with ``?au=``."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.definitions import Definitions, Grandeur
from services.indicators.errors import CibleInconnue, GrandeurInconnue, fault
from services.indicators.models import Cible
from services.indicators.periods import EXEMPLES, Periode, PeriodeInvalideError, parse_periode
from services.indicators.queries import cibles as queries
from services.indicators.queries import definitions as definition_queries
from services.indicators.schemas.cibles import CibleIn, FiltresCibles
from services.indicators.service.codes import known_codes, unknown_codes
from services.indicators.service.perimetres import check_grandeur, check_territoire
from services.indicators.vocabulary import Nature, OrigineCible
from shared import clock
from shared.errors import DonneesRefusees, Faute
from shared.query import LATEST
from shared.responses import Preconditions, found
from shared.territoires import Arbre, TerritoireInconnu
from shared.tokens import Identite

WITHOUT_NUMBER = frozenset({Nature.TEXTE, Nature.QUALITATIF})


def check_filters(filtres: FiltresCibles, definitions: Definitions, arbre: Arbre) -> None:
    """Refuse codes and periods that do not exist, naming every one. Raises :class:`DonneesRefusees`."""
    known = {**known_codes(definitions), "territoire": arbre.codes()}
    faults = unknown_codes(filtres, known)
    for text in filtres.periode:
        read_periode(text, faults)
    if faults:
        raise DonneesRefusees(erreurs=faults)


def read_periode(text: str, faults: list[Faute]) -> Periode | None:
    """Return the period that ``text`` names, or add the fault of one that does not exist."""
    try:
        return parse_periode(text)
    except PeriodeInvalideError:
        faults.append(fault("periode", "PERIODE_INVALIDE", valeur=text, attendu=EXEMPLES))
        return None


async def put_cible(
    session: AsyncSession,
    corps: CibleIn,
    *,
    key: Mapping[str, str],
    arbre: Arbre,
    preconditions: Preconditions,
    identite: Identite,
) -> tuple[bytes, bool]:
    """Set the target of ``key`` (plan, grandeur, territoire, periode); return it, and whether there was none.

    Saying again what is already said changes nothing. Raises :class:`DonneesRefusees`, :class:`GrandeurInconnue`,
    :class:`TerritoireInconnu`, ``PreconditionRequise`` or ``PreconditionEchouee``.
    """
    check_grandeur(identite, key["grandeur"])
    check_territoire(identite, arbre, key["territoire"])
    await _check_key(session, corps, key, arbre)
    await queries.lock_cible(session, key)
    current = await queries.read_cible(session, key, LATEST)
    preconditions.check(current.encode() if current is not None else None)
    await _replace(session, corps, key, identite.sujet)
    return found(await queries.read_cible(session, key, LATEST), CibleInconnue), current is None


async def _check_key(session: AsyncSession, corps: CibleIn, key: Mapping[str, str], arbre: Arbre) -> None:
    faults: list[Faute] = []
    periode = read_periode(key["periode"], faults)
    if periode is None:
        raise DonneesRefusees(erreurs=faults)
    definitions = await definition_queries.read_definitions(session, key["plan"], codes=[key["grandeur"]])
    if not definitions.versions(key["grandeur"]):
        raise GrandeurInconnue
    if key["territoire"] not in arbre.codes():
        raise TerritoireInconnu
    grandeur = definitions.find(key["grandeur"], periode)
    _check_periode(grandeur, periode, faults)
    _check_territoire(grandeur, periode, key["territoire"], arbre, faults)
    _check_values(grandeur, corps, faults)
    if faults:
        raise DonneesRefusees(erreurs=faults)


def _check_periode(grandeur: Grandeur, periode: Periode, faults: list[Faute]) -> None:
    if periode.genre not in grandeur.periodes:
        allowed = [genre.value for genre in grandeur.periodes]
        faults.append(fault("periode", "PERIODE_NON_ADMISE", valeur=periode.code, attendu=allowed))
    if grandeur.straddles(periode):
        expected = f"avant ou après {grandeur.valide_au}"
        faults.append(fault("periode", "PERIODE_A_CHEVAL", valeur=periode.code, attendu=expected))


def _check_territoire(grandeur: Grandeur, periode: Periode, code: str, arbre: Arbre, faults: list[Faute]) -> None:
    site = arbre.find(code, periode.dernier_jour)
    if site is None or site.code != code:
        suggestion = site.code if site else None
        faults.append(fault("territoire", "TERRITOIRE_FERME", valeur=code, suggestion=suggestion))
    elif site.niveau not in grandeur.niveaux:
        faults.append(fault("territoire", "NIVEAU_NON_ADMIS", valeur=code, attendu=sorted(grandeur.niveaux)))


def _check_values(grandeur: Grandeur, corps: CibleIn, faults: list[Faute]) -> None:
    if grandeur.nature in WITHOUT_NUMBER:
        faults.append(fault("/valeur", "CHAMP_NON_ADMIS", attendu="une grandeur qui se mesure par un nombre"))
        return
    signed = grandeur.negatif or grandeur.nature == Nature.INDICE
    if not signed and corps.valeur < 0:
        faults.append(fault("/valeur", "VALEUR_NEGATIVE", valeur=str(corps.valeur), attendu="au moins 0"))


async def _replace(session: AsyncSession, corps: CibleIn, key: Mapping[str, str], acteur: str) -> None:
    said = {"valeur": _text(corps.valeur), "valeur_max": _text(corps.valeur_max), "commentaire": corps.commentaire}
    old = await queries.find_cible(session, key)
    if old is not None and _said(old.contenu) == said:
        return
    now = clock.now()
    if old is not None:
        old.connu_au = now
        await session.flush()  # the old version ends before the new one begins
    contenu = {**said, "page": None, "origine": OrigineCible.SAISIE.value}
    session.add(Cible.model_validate({**key, "contenu": contenu, "acteur": acteur, "connu_du": now}))
    await session.flush()


def _said(contenu: Mapping[str, Any]) -> dict[str, Any]:
    numbers = {
        name: _text(Decimal(contenu[name])) if contenu.get(name) is not None else None
        for name in ("valeur", "valeur_max")
    }
    return {**numbers, "commentaire": contenu.get("commentaire")}


def _text(number: Decimal | None) -> str | None:
    """Return a number in one way only: ``80``, never ``80.0`` nor ``8E+1``."""
    if number is None:
        return None
    return format(number.normalize(), "f") if number else "0"
