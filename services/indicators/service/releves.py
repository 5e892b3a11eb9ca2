"""Which raw rows a caller asks for, within what the caller's key covers; every fault named."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from services.indicators.definition_files import VentilationFile
from services.indicators.definitions import SEPARATOR, canonical, ventilations_of
from services.indicators.errors import fault
from services.indicators.geography import Geographie, SelecteurInvalideError
from services.indicators.queries.mesures import Releve
from services.indicators.queries.registre import Registre
from services.indicators.questions import read_periodes, refuse_selecteur
from services.indicators.row_context import covers
from services.indicators.schemas.mesures import FiltresMesures
from services.indicators.service.atelier import Atelier
from services.indicators.service.lots import check_source
from services.indicators.service.perimetres import check_grandeur, check_territoire
from services.indicators.service.suppressions import subtree
from shared import clock
from shared.errors import DonneesRefusees, Faute
from shared.plans import choose_plan
from shared.problems import unknown_value
from shared.territoires import Arbre
from shared.tokens import Identite

TOTAL = "total"


def read_releve(registre: Registre, atelier: Atelier, identite: Identite, filtres: FiltresMesures) -> Releve:
    """Return what a list asks for.

    Raises :class:`DonneesRefusees`, :class:`DroitInsuffisant` or :class:`PlanAbsent`.
    """
    plan = choose_plan(registre.plans_at(filtres.known_at), filtres.plan, clock.today())
    faults: list[Faute] = []
    if filtres.au and filtres.modifie_depuis and filtres.au < filtres.modifie_depuis:
        faults.append(fault("au", "DATES_INVERSEES", attendu="après modifie_depuis"))
    periodes = [each.code for each in read_periodes(filtres.periode, faults)]
    every = ventilations_of(atelier.plan_dir)
    asked: dict[str, Sequence[Any] | None] = {
        "definitions": _read_definitions(registre, plan, identite, filtres, faults),
        "territoires": _read_territoires(atelier, identite, filtres.territoire, faults),
        "periodes": periodes if filtres.periode else None,
        "ventilations": [canonical(read_ventilation([text], every, faults)) for text in filtres.ventilation] or None,
        "sources": read_sources(identite, filtres.source),
    }
    if faults:
        raise DonneesRefusees(erreurs=faults)
    return Releve(
        {name: values for name, values in asked.items() if values is not None},
        filtres.known_at,
        passe=filtres.au is not None,
        historique=filtres.historique,
        depuis=filtres.modifie_depuis,
    )


def _read_definitions(
    registre: Registre, plan: str, identite: Identite, filtres: FiltresMesures, faults: list[Faute]
) -> list[int] | None:
    """Return the definitions meant, ``None`` for all there are."""
    codes = registre.definitions.get(plan, {})
    if filtres.indicateur:
        known = {code.rpartition(".")[0] for code in codes}
        faults += [unknown_value("indicateur", code, known) for code in filtres.indicateur if code not in known]
    unknown = [code for code in filtres.grandeur if code not in codes]
    faults += [unknown_value("grandeur", code, codes, code="GRANDEUR_INCONNUE") for code in unknown]
    for code in filtres.grandeur:
        check_grandeur(identite, code)
    held = identite.grandeurs
    if not filtres.grandeur and not filtres.indicateur and held is None and len(registre.definitions) == 1:
        return None
    return [
        number
        for code in filtres.grandeur or codes
        if not filtres.indicateur or code.rpartition(".")[0] in filtres.indicateur
        if held is None or covers(held, code)
        for number in codes.get(code, ())
    ]


def _read_territoires(
    atelier: Atelier, identite: Identite, selecteurs: Sequence[str], faults: list[Faute]
) -> list[str] | None:
    """Return the codes meant, ``None`` for all there are."""
    found: dict[str, None] = {}
    for selecteur in selecteurs:
        try:
            found |= dict.fromkeys(list_ever(atelier.geo, atelier.arbre, selecteur, clock.today()))
        except SelecteurInvalideError:
            faults.append(refuse_selecteur(selecteur, atelier.geo))
            continue
        if ":" not in selecteur:
            check_territoire(identite, atelier.arbre, selecteur)
    if identite.territoires is None:
        return list(found) if selecteurs else None
    held = subtree(atelier.arbre, identite.territoires)
    return [code for code in found if code in held] if selecteurs else sorted(held)


@lru_cache(maxsize=1024)
def list_ever(geo: Geographie, arbre: Arbre, selecteur: str, today: date) -> tuple[str, ...]:
    """Return the codes that a selector means or ever meant. Raises :class:`SelecteurInvalideError`."""
    code, colon, _ = selecteur.partition(":")
    if code not in arbre.codes():
        raise SelecteurInvalideError(selecteur)
    if not colon:
        return (code,)
    changes = (day for each in map(arbre.entry, arbre.codes()) for day in (each.valide_du, each.valide_au) if day)
    days = [day for day in sorted({today, *changes}) if (there := arbre.find(code, day)) and there.code == code]
    return tuple(dict.fromkeys(found for day in days for found in geo.expand(selecteur, day)))


def read_sources(identite: Identite, sources: Sequence[str]) -> list[str] | None:
    """Return the sources meant, ``None`` for all there are. Raises :class:`DroitInsuffisant`."""
    for source in sources:
        check_source(identite, source)
    if sources or identite.sources is None:
        return list(sources) or None
    return sorted(identite.sources)


def read_ventilation(texts: Iterable[str], every: Mapping[str, VentilationFile], faults: list[Faute]) -> dict[str, str]:
    """Return the one breakdown that ``texts`` write together: ``sexe:F``, ``age:25-49|sexe:F``, ``total`` for none."""
    found: dict[str, str] = {}
    for text in (part for whole in texts if whole != TOTAL for part in whole.split(SEPARATOR)):
        dimension, colon, modalite = text.partition(":")
        if not colon or dimension in found:
            expected = f"une modalité par dimension, dimension:modalité, ou {TOTAL}"
            faults.append(fault("ventilation", "VALEUR_INVALIDE", valeur=text, attendu=expected))
        elif dimension not in every:
            faults.append(unknown_value("ventilation", dimension, every, code="VENTILATION_INCONNUE"))
        elif modalite not in (codes := [each.code for each in every[dimension].modalites]):
            allowed = [f"{dimension}:{code}" for code in codes]
            faults.append(unknown_value("ventilation", text, allowed, code="MODALITE_INCONNUE"))
        found[dimension] = modalite
    return found
