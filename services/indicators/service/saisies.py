"""One row written alone: judged and written as a push of one row would be."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.indicators.errors import ExtractionAncienne, fault
from services.indicators.queries import ecriture as ecriture_queries
from services.indicators.queries import lots as lot_queries
from services.indicators.queries import mesures as queries
from services.indicators.queries.mesures import Releve
from services.indicators.queries.registre import held_registre
from services.indicators.row_context import Contexte
from services.indicators.row_validation import Ligne, Validateur
from services.indicators.schemas.lots import Enveloppe
from services.indicators.schemas.mesures import MesureIn, ParametresEcriture
from services.indicators.service.atelier import Atelier
from services.indicators.service.lots import check_source, read_contexte
from services.indicators.service.mesures import choose, one_key
from services.indicators.service.perimetres import check_grandeur, check_territoire
from services.indicators.service.releves import read_ventilation
from shared import clock
from shared.body import UNSTORABLE
from shared.errors import DonneesRefusees, Faute
from shared.jobs import enqueue
from shared.plans import find_plan
from shared.problems import escape_pointer, unknown_value
from shared.query import LATEST
from shared.tokens import Identite

CHANGED = frozenset({"creee", "modifiee"})


async def put_mesure(
    session: AsyncSession,
    atelier: Atelier,
    identite: Identite,
    key: Mapping[str, str],
    parametres: ParametresEcriture,
    corps: Any,
) -> tuple[bytes, bool]:
    """Write the row of ``key`` (grandeur, territoire, periode); return it, and whether there was none.

    Raises :class:`DonneesRefusees`, :class:`DroitInsuffisant`, or :class:`ExtractionAncienne` when a newer extraction
    gave another value.
    """
    source = parametres.source
    check_source(identite, source)
    check_grandeur(identite, key["grandeur"])
    check_territoire(identite, atelier.arbre, key["territoire"])
    plan = await find_plan(session, parametres)
    contexte = await read_contexte(session, atelier, identite, Enveloppe(source=source), plan)
    ligne = _judge(contexte, key, parametres, corps)
    fate = await _write(session, ligne, source=source, acteur=identite.sujet)
    registre = await held_registre(session)
    if ligne.definition not in registre.definitions.get(plan, {}).get(key["grandeur"], ()):
        registre = await held_registre(session, afresh=True)
    filtres = one_key([ligne.definition], key, ligne.ventilation, [source])
    rows = await queries.find_mesures(session, registre, Releve(filtres, LATEST))
    return choose(rows), fate == "creee"


def _judge(contexte: Contexte, key: Mapping[str, str], parametres: ParametresEcriture, corps: Any) -> Ligne:
    """Return the row that the address and the body make together. Raises :class:`DonneesRefusees`."""
    if not isinstance(corps, dict):
        raise DonneesRefusees(erreurs=[fault("", "TYPE_INVALIDE", attendu="un objet")])
    faults = [_unknown_field(name) for name in corps if name not in MesureIn.model_fields]
    ventilation = read_ventilation(parametres.ventilation, contexte.ventilations, faults)
    own = {name: value for name, value in corps.items() if name in MesureIn.model_fields}
    known = {} if faults else {"ventilation": ventilation}
    found = Validateur(contexte).check(0, {**own, **key, **known})
    if isinstance(found, list):
        faults += [_in_address(each) for each in found]
    elif not faults:
        return found
    raise DonneesRefusees(erreurs=faults)


def _unknown_field(name: str) -> Faute:
    shown = UNSTORABLE.sub("?", name[:80])
    return unknown_value(f"/{escape_pointer(shown)}", shown, MesureIn.model_fields, code="CHAMP_INCONNU")


def _in_address(faute: Faute) -> Faute:
    """Return the fault under the name of the parameter, when what it speaks of stands in the address."""
    name = faute.champ.split("/")[1] if "/" in faute.champ else ""
    if name not in ("grandeur", "territoire", "periode", "ventilation"):
        return faute
    return replace(faute, champ=name)


async def _write(session: AsyncSession, ligne: Ligne, *, source: str, acteur: str) -> str:
    """Write one row; return its fate. Raises :class:`ExtractionAncienne`, which undoes the rest."""
    await ecriture_queries.lock_source(session, source)
    await lot_queries.note_source(session, source, clock.now())
    ecriture = await ecriture_queries.open_ecriture(session, lot=None, acteur=acteur)
    await ecriture_queries.prepare(session, [ligne])
    (fate,) = await ecriture_queries.write_arrivals(session, source=source, ecriture=ecriture)
    sort: str = fate["sort"]
    if sort == "perimee":
        raise ExtractionAncienne
    if sort in CHANGED:
        await lot_queries.mark_units(session, [(ligne.definition, int(ligne.periode[:4]))])
        await enqueue(session, "publication", cle="tout")
    await ecriture_queries.stamp(session, ecriture, clock.now())
    return sort
