"""What the files of definitions must say together: codes, versions, dimensions, distributions, targets."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from services.indicators.definition_files import (
    DATA,
    FicheDefinitionsFile,
    GrandeurFile,
    IndicateurFile,
    VentilationFile,
    read_fiches,
    read_ventilations,
)
from services.indicators.periods import PeriodeInvalideError, parse_periode
from services.indicators.vocabulary import Nature
from shared.data_files import DataFault

Dimensions = Mapping[str, VentilationFile]


def read_definitions(folder: Path = DATA) -> list[IndicateurFile]:
    """Read the definitions of every indicator; raise :class:`DataFault` naming every fault of every file."""
    faults: list[str] = []
    dimensions: Dimensions = {}
    fiches: list[FicheDefinitionsFile] = []
    try:
        dimensions = {each.code: each for each in read_ventilations(folder)}
    except DataFault as fault:
        faults += fault.faults
    try:
        fiches = read_fiches(folder)
    except DataFault as fault:
        faults += fault.faults
    faults += check_definitions(fiches, dimensions) if not faults else []
    if faults:
        raise DataFault(faults)
    return [indicateur for fiche in fiches for indicateur in fiche.indicateurs]


def check_definitions(fiches: Sequence[FicheDefinitionsFile], dimensions: Dimensions) -> Iterator[str]:
    """Yield every fault of files that are each well formed."""
    indicateurs = [indicateur for fiche in fiches for indicateur in fiche.indicateurs]
    grandeurs = [grandeur for indicateur in indicateurs for grandeur in indicateur.grandeurs]
    yield from (f"{code} : donné deux fois" for code in _repeated(each.code for each in indicateurs))
    for fiche in fiches:
        yield from _check_places(fiche)
    yield from _check_versions(grandeurs)
    for grandeur in grandeurs:
        unknown = sorted(set(grandeur.ventilations) - set(dimensions))
        yield from (f"{grandeur.code} : ventilation « {each} » inconnue" for each in unknown)
        yield from _check_tranches(grandeur, grandeurs, dimensions)
        yield from _check_cibles(grandeur)


def _repeated(given: Iterable[str]) -> list[str]:
    return [value for value, number in Counter(given).items() if number > 1]


def _check_places(fiche: FicheDefinitionsFile) -> Iterator[str]:
    for indicateur in fiche.indicateurs:
        if not indicateur.code.startswith(f"{fiche.fiche}."):
            yield f"{indicateur.code} n'est pas de la fiche {fiche.fiche}"
        for grandeur in indicateur.grandeurs:
            if not grandeur.code.startswith(f"{indicateur.code}."):
                yield f"{grandeur.code} n'est pas de l'indicateur {indicateur.code}"


def _check_versions(grandeurs: Iterable[GrandeurFile]) -> Iterator[str]:
    """Versions are numbered 1, 2, 3…, each beginning after the one before it."""
    versions: dict[str, list[GrandeurFile]] = {}
    for grandeur in grandeurs:
        versions.setdefault(grandeur.code, []).append(grandeur)
    for code, given in versions.items():
        given.sort(key=lambda each: each.version)
        if [each.version for each in given] != list(range(1, len(given) + 1)):
            yield f"{code} : les versions se suivent, 1, 2, 3…, chacune donnée une fois"
        begun = [each.valide_du for each in given if each.valide_du]
        if any(later <= earlier for earlier, later in pairwise(begun)):
            yield f"{code} : chaque version commence après la précédente"


def _check_tranches(grandeur: GrandeurFile, every: Iterable[GrandeurFile], dimensions: Dimensions) -> Iterator[str]:
    tranches = grandeur.tranches
    if tranches is None:
        return
    counted = [each for each in every if each.code == tranches.grandeur]
    if not any(each.nature == Nature.FLUX and tranches.ventilation in each.ventilations for each in counted):
        yield f"{grandeur.code} : tranches : {tranches.grandeur} n'est pas un flux ventilé par {tranches.ventilation}"
    dimension = dimensions.get(tranches.ventilation)
    if dimension and not all(each.bounded or each.residuelle for each in dimension.modalites):
        yield f"{grandeur.code} : tranches : les modalités de {dimension.code} ne sont pas des intervalles"


def _check_cibles(grandeur: GrandeurFile) -> Iterator[str]:
    for cible in grandeur.cibles:
        try:
            known = cible.periode is None or parse_periode(cible.periode).genre in grandeur.periodes
        except PeriodeInvalideError:
            known = False
        if not known:
            yield f"{grandeur.code} : cibles : la période « {cible.periode} » n'est pas de celles de la grandeur"
    keys = (f"{each.territoire} {each.periode or ''}" for each in grandeur.cibles)
    yield from (f"{grandeur.code} : cibles : {key.strip()} donnée deux fois" for key in _repeated(keys))


def check_known(
    indicateurs: Iterable[IndicateurFile],
    *,
    codes: Collection[str],
    organismes: Collection[str],
    territoires: Collection[str],
) -> Iterator[str]:
    """Yield what the plan has not: indicators, organisations that produce, territories of targets."""
    for indicateur in indicateurs:
        if indicateur.code not in codes:
            yield f"{indicateur.code} : le plan n'a pas cet indicateur"
        for grandeur in indicateur.grandeurs:
            if grandeur.producteur not in organismes:
                yield f"{grandeur.code} : producteur « {grandeur.producteur} » absent de l'annuaire"
            unknown = {cible.territoire for cible in grandeur.cibles} - set(territoires)
            yield from (f"{grandeur.code} : cibles : territoire « {each} » inconnu" for each in sorted(unknown))
