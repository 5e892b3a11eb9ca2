"""Reads a whole plan, and checks what no file shows alone."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from services.catalogue.plan_files import (
    FicheFile,
    LexiqueFile,
    LexiquesFile,
    OrganismeFile,
    OrganismesFile,
    PlanFile,
)
from shared.data_files import DataFault, read_model


@dataclass(frozen=True)
class PlanData:
    """A whole plan, read and checked."""

    plan: PlanFile
    fiches: list[FicheFile]
    organismes: list[OrganismeFile]
    lexique: list[LexiqueFile]


def read_plan(folder: Path) -> PlanData:
    """Read every file of ``folder``; raise :class:`DataFault` naming every fault of every file."""
    faults: list[str] = []

    def attempt(name: str, model: type) -> object | None:
        try:
            return read_model(folder / name, model)
        except DataFault as fault:
            faults.extend(fault.faults)
            return None

    plan = attempt("plan.yaml", PlanFile)
    organismes = attempt("organismes.yaml", OrganismesFile)
    lexique = attempt("lexique.yaml", LexiquesFile)
    fiches = [attempt(f"fiches/{path.name}", FicheFile) for path in sorted((folder / "fiches").glob("*.yaml"))]
    if faults:
        raise DataFault(faults)
    assert isinstance(plan, PlanFile)
    assert isinstance(organismes, OrganismesFile)
    assert isinstance(lexique, LexiquesFile)
    data = PlanData(
        plan,
        sorted((fiche for fiche in fiches if isinstance(fiche, FicheFile)), key=lambda fiche: fiche.numero),
        organismes.organismes,
        lexique.lexique,
    )
    if faults := list(find_inconsistencies(data)):
        raise DataFault(faults)
    return data


def find_inconsistencies(data: PlanData) -> Iterator[str]:
    """Yield what no file shows alone: codes used twice, or pointing nowhere."""
    axes = {axe.code: {objectif.code for objectif in axe.objectifs} for axe in data.plan.axes}
    yield from _twice("plan.yaml : axe", (axe.code for axe in data.plan.axes))
    yield from _twice("fiches : numéro", (fiche.numero for fiche in data.fiches))
    yield from _twice("organismes.yaml : code", (organisme.code for organisme in data.organismes))
    yield from _twice("lexique.yaml : code", (entree.code for entree in data.lexique))
    organismes = {organisme.code for organisme in data.organismes}
    for fiche in data.fiches:
        name = f"fiches/{fiche.numero:02}.yaml"
        if fiche.axe not in axes:
            yield f"{name} : axe inconnu « {fiche.axe} »"
        elif fiche.objectif not in axes[fiche.axe] and (axes[fiche.axe] or fiche.objectif):
            yield f"{name} : objectif « {fiche.objectif} » absent de l'axe {fiche.axe}"
        yield from _unknown(f"{name} : portée", fiche.portees(), {"fiche", *fiche.code_actions()})
        cited = [pilote.organisme for pilote in fiche.pilotes]
        cited += [code for partenaire in fiche.partenaires for code in partenaire.organismes]
        yield from _unknown(f"{name} : organisme", cited, organismes)
        indicateurs = (chiffre.indicateur for chiffre in fiche.chiffres if chiffre.indicateur)
        yield from _unknown(f"{name} : indicateur", indicateurs, set(fiche.code_indicateurs()))


def _twice(what: str, values: Iterable[object]) -> Iterator[str]:
    yield from (f"{what} « {value} » donné {count} fois" for value, count in Counter(values).items() if count > 1)


def _unknown(what: str, values: Iterable[str], known: set[str]) -> Iterator[str]:
    yield from (f"{what} inconnu(e) « {value} »" for value in sorted(set(values) - known))
