"""Raw rows: listed, and read one by one."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from services.indicators.definitions import canonical, ventilations_of
from services.indicators.errors import GrandeurInconnue, MesureInconnue, PeriodeInconnue, fault
from services.indicators.periods import PeriodeInvalideError, parse_periode
from services.indicators.queries import mesures as queries
from services.indicators.queries.mesures import Releve
from services.indicators.queries.registre import Registre, Repere, held_registre, repere_of
from services.indicators.schemas.mesures import FiltresMesures, ParametresMesure
from services.indicators.service.atelier import Atelier
from services.indicators.service.perimetres import check_grandeur, check_territoire
from services.indicators.service.releves import read_releve, read_sources, read_ventilation
from shared import clock
from shared.errors import DonneesRefusees, Faute, Introuvable
from shared.pagination import Curseur, Tranche
from shared.plans import choose_plan
from shared.query import EARLIEST, LATEST
from shared.reading import Source
from shared.territoires import TerritoireInconnu
from shared.tokens import Identite

Found = TypeVar("Found")
Key = Mapping[str, str]
"""``grandeur``, ``territoire`` and ``periode``: what an address names."""
CLE_KINDS = (int, str, str, str, str)


async def list_mesures(
    session: Source, atelier: Atelier, identite: Identite, filtres: FiltresMesures, curseur: Curseur
) -> Tranche:
    """Return a page of raw rows. Raises :class:`DonneesRefusees`, :class:`DroitInsuffisant` or :class:`PlanAbsent`."""
    after = _read_cursor(filtres, curseur)

    async def ask(registre: Registre) -> tuple[Tranche, Repere | None]:
        releve = read_releve(registre, atelier, identite, filtres)
        if after and releve.leaves_out(after):
            raise DonneesRefusees(erreurs=[fault("curseur", "CURSEUR_INVALIDE")])
        return await queries.list_mesures(session, registre, releve, after=after, limite=filtres.limite)

    tranche = await _ask(session, ask)
    if filtres.modifie_depuis is None or tranche.last_key is None:
        return tranche
    instant, *rest = tranche.last_key
    return Tranche(tranche.elements, [instant.isoformat(), *rest], None)


def _read_cursor(filtres: FiltresMesures, curseur: Curseur) -> list[Any] | None:
    """Return the key of the row before the page. Raises :class:`DonneesRefusees`."""
    if filtres.modifie_depuis is None:
        return curseur.decode(filtres.curseur, (*CLE_KINDS, int) if filtres.historique else CLE_KINDS)
    after = curseur.decode(filtres.curseur, (str, *CLE_KINDS))
    if after is None:
        return None
    try:
        instant = datetime.fromisoformat(after[0])
        if not EARLIEST <= instant < LATEST:
            raise ValueError(after[0])
    except (ValueError, TypeError) as error:
        raise DonneesRefusees(erreurs=[fault("curseur", "CURSEUR_INVALIDE")]) from error
    return [instant, *after[1:]]


async def _ask(session: Source, question: Callable[[Registre], Awaitable[tuple[Found, Repere | None]]]) -> Found:
    """Answer with the definitions held; once more when others were loaded since, which only the database knows."""
    registre = await held_registre(session)
    try:
        found, seen = await question(registre)
    except (DonneesRefusees, Introuvable):
        pass
    else:
        if seen == registre.repere:
            return found
    return (await question(await held_registre(session, afresh=True)))[0]


async def read_mesure(
    session: Source, atelier: Atelier, identite: Identite, key: Key, parametres: ParametresMesure
) -> bytes:
    """Return one raw row, as JSON.

    Raises :class:`GrandeurInconnue`, :class:`TerritoireInconnu`, :class:`PeriodeInconnue`, :class:`MesureInconnue`,
    :class:`DroitInsuffisant`, or :class:`DonneesRefusees`, also when several sources could answer.
    """
    sources = read_sources(identite, [parametres.source] if parametres.source else [])
    faults: list[Faute] = []
    ventilation = read_ventilation(parametres.ventilation, ventilations_of(atelier.plan_dir), faults)
    if faults:
        raise DonneesRefusees(erreurs=faults)

    async def ask(registre: Registre) -> tuple[bytes, Repere | None]:
        plan = choose_plan(registre.plans_at(parametres.known_at), parametres.plan, clock.today())
        _check_place(registre, plan, atelier, identite, key)
        definitions = registre.definitions[plan][key["grandeur"]]
        filtres = one_key(definitions, key, canonical(ventilation), sources)
        releve = Releve(filtres, parametres.known_at, passe=parametres.au is not None)
        rows = await queries.find_mesures(session, registre, releve)
        body = choose(rows)
        return body, repere_of(rows[0])

    return await _ask(session, ask)


def _check_place(registre: Registre, plan: str, atelier: Atelier, identite: Identite, key: Key) -> None:
    """Refuse what the plan, the tree or the calendar does not have, and what the caller's key does not cover."""
    if key["grandeur"] not in registre.definitions.get(plan, {}):
        raise GrandeurInconnue
    if key["territoire"] not in atelier.arbre.codes():
        raise TerritoireInconnu
    try:
        parse_periode(key["periode"])
    except PeriodeInvalideError as error:
        raise PeriodeInconnue from error
    check_grandeur(identite, key["grandeur"])
    check_territoire(identite, atelier.arbre, key["territoire"])


def one_key(
    definitions: Sequence[int], key: Key, ventilation: str, sources: Sequence[str] | None
) -> dict[str, Sequence[Any]]:
    """Return the filters that keep the rows of one key, of any source if ``sources`` is ``None``."""
    filtres: dict[str, Sequence[Any]] = {
        "definitions": list(definitions),
        "territoires": [key["territoire"]],
        "periodes": [key["periode"]],
        "ventilations": [ventilation],
    }
    return filtres if sources is None else {**filtres, "sources": sources}


def choose(rows: Sequence[Any]) -> bytes:
    """Return the one row there is. Raises :class:`MesureInconnue`, :class:`DonneesRefusees` when sources differ."""
    sources = sorted({row["source"] for row in rows})
    if not sources:
        raise MesureInconnue
    if len(sources) > 1:
        raise DonneesRefusees(erreurs=[fault("source", "CHAMP_REQUIS", attendu=sources)])
    element: str = rows[0]["element"]
    return element.encode()
