"""Reads the reviewed files of the orientation: pathways, facts, rules, and the cases that every rule set plays."""

from datetime import date, timedelta
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from services.orientation.rule_files import JeuFile
from services.orientation.schemas.cas_regles import Cas
from services.orientation.vocabulary import NatureParcours, TypeFait
from shared.data_files import DataFault, DataModel, read_model

DATA = Path(__file__).parent / "data"


class ParcoursFile(DataModel):
    """A pathway, or what is said when none is proposed."""

    code: str = Field(pattern=r"^[A-Z_]+$")
    libelle: str
    description: str
    nature: NatureParcours
    categorie_2022: str | None
    parcours_2025: str | None
    organismes: list[str]
    fondement: str


class ValeurFile(DataModel):
    """A value of a fact; ``niveau`` is an obstacle's level, from 0 (none) to 3 (blocking)."""

    valeur: str = Field(pattern=r"^[A-Z0-9_]+$")
    libelle: str
    description: str
    niveau: int | None = Field(ge=0, le=3)


class FaitFile(DataModel):
    """A fact on a person's situation, known or unknown."""

    code: str = Field(pattern=r"^[a-z_]+$")
    libelle: str
    description: str
    type: TypeFait
    unite: str | None
    obligatoire: bool
    frein: bool
    sources: list[str]
    flux: list[str]
    valeurs: list[ValeurFile]
    fondement: str

    @model_validator(mode="after")
    def _values_where_chosen(self) -> Self:
        if bool(self.valeurs) != (self.type is TypeFait.CHOIX):
            raise ValueError("valeurs est rempli si, et seulement si, le type est choix")
        if any((valeur.niveau is not None) != self.frein for valeur in self.valeurs):
            raise ValueError("niveau est donné pour chaque valeur d'un frein, et pour elles seules")
        return self


class ParcoursList(DataModel):
    """``parcours.yaml``."""

    parcours: list[ParcoursFile]


class FaitList(DataModel):
    """``faits.yaml``."""

    faits: list[FaitFile]


class CasList(DataModel):
    """``cas.json``: in JSON, for facts have types that YAML read as text has not."""

    portee: str
    cas: list[Cas]


def read_cas() -> list[Cas]:
    """Read the cases that every rule set plays before it is published."""
    return CasList.model_validate_json((DATA / "cas.json").read_bytes()).cas


def read_parcours() -> list[ParcoursFile]:
    """Read the pathways; raise ``DataFault`` when the file is wrong."""
    return read_model(DATA / "parcours.yaml", ParcoursList).parcours


def read_faits() -> list[FaitFile]:
    """Read the facts; raise ``DataFault`` when the file is wrong."""
    return read_model(DATA / "faits.yaml", FaitList).faits


def read_jeux() -> list[JeuFile]:
    """Read the rule sets, in the order of their days.

    Raises ``DataFault`` when a file is wrong, when two sets hold on one day, or when none does.
    """
    jeux = [read_model(path, JeuFile) for path in sorted((DATA / "regles").glob("*.yaml"))]
    jeux.sort(key=lambda jeu: jeu.valide_du or date.min)
    starts = [jeu.valide_du for jeu in jeux]
    ends = [jeu.valide_au and jeu.valide_au + timedelta(days=1) for jeu in jeux]
    if [*starts, None] != [None, *ends]:
        raise DataFault(["regles : chaque jour a un jeu de règles et un seul"])
    return jeux
