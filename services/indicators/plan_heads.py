"""What this service reads of the catalogue's files, which say what the plan is; the catalogue checks the rest."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from shared.data_files import DataFault, read_model

Model = TypeVar("Model", bound=BaseModel)


class PlanHead(BaseModel):
    """What this service needs of ``plan.yaml``."""

    model_config = ConfigDict(extra="ignore")

    code: str
    debut: date
    fin: date


class Chiffre(BaseModel):
    """A figure that the plan gives."""

    model_config = ConfigDict(extra="ignore")

    indicateur: str | None = None
    nature: str
    valeur: Decimal
    valeur_max: Decimal | None = None
    unite: str
    annee: int | None = None
    objet: str
    page: int


class FicheHead(BaseModel):
    """What this service needs of a fiche's file."""

    model_config = ConfigDict(extra="ignore")

    numero: int
    axe: str
    indicateurs: list[str]
    chiffres: list[Chiffre] = []


class OrganismeHead(BaseModel):
    """The code of an organisation, which may be a producer."""

    model_config = ConfigDict(extra="ignore")

    code: str


class OrganismesHead(BaseModel):
    """What this service needs of ``organismes.yaml``."""

    model_config = ConfigDict(extra="ignore")

    organismes: list[OrganismeHead] = []


class PlanFiles(BaseModel):
    """What this service needs of the catalogue's files."""

    plan: PlanHead
    fiches: list[FicheHead]
    organismes: set[str]

    @property
    def codes(self) -> set[str]:
        """The codes of the indicators of the plan."""
        return {f"{fiche.numero}.I{rang}" for fiche in self.fiches for rang in range(1, len(fiche.indicateurs) + 1)}


def read_heads(folder: Path) -> PlanFiles:
    """Read what this service needs; raise :class:`DataFault` naming every fault of every file."""
    faults: list[str] = []
    plan = _read(folder / "plan.yaml", PlanHead, faults)
    organismes = _read(folder / "organismes.yaml", OrganismesHead, faults)
    fiches = [_read(path, FicheHead, faults) for path in sorted((folder / "fiches").glob("*.yaml"))]
    if faults or plan is None or organismes is None:
        raise DataFault(faults)
    return PlanFiles(
        plan=plan,
        fiches=[fiche for fiche in fiches if fiche],
        organismes={each.code for each in organismes.organismes},
    )


def _read(path: Path, model: type[Model], faults: list[str]) -> Model | None:
    try:
        return read_model(path, model)
    except DataFault as fault:
        faults += fault.faults
        return None
