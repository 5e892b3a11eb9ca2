"""What each feed may hold: the reviewed file ``flux.yaml``, beside the facts that it names."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from pydantic import Field

from services.orientation.load import DATA, FaitFile, read_faits, read_parcours
from services.orientation.vocabulary import NatureParcours
from shared.data_files import DataFault, DataModel, read_model

Emetteur = Literal["caf", "msa", "france-travail"]
Identifiant = Literal["nir", "matricule", "numorg", "numdemrsa", "identifiant_ft"]
TypeEvenement = Literal["statut", "signalement", "notification_sdd", "orientation", "contrat"]


class FluxFile(DataModel):
    """A feed: who sends it, which facts, events and identifiers it may hold."""

    code: str = Field(pattern=r"^[a-z-]+$")
    libelle: str
    description: str
    emetteur: Emetteur
    confirme: bool
    signale: bool
    faits: list[str]
    evenements: list[TypeEvenement]
    identifiants: list[Identifiant]
    fondement: str


class RefusFile(DataModel):
    """Fields that never come in, and why."""

    libelle: str
    champs: list[str]
    fondement: str


class FluxList(DataModel):
    """``flux.yaml``."""

    flux: list[FluxFile]
    refuses: list[RefusFile]


@dataclass(frozen=True)
class Definitions:
    """Everything a line is judged against."""

    flux: Mapping[str, FluxFile]
    faits: Mapping[str, FaitFile]
    parcours: frozenset[str]
    refuses: frozenset[str]

    @cached_property
    def codes(self) -> list[str]:
        """The codes of the feeds."""
        return sorted(self.flux)


def read_definitions() -> Definitions:
    """Read the feeds; raise ``DataFault`` when a file is wrong, or a feed names a fact that is not one."""
    listed = read_model(DATA / "flux.yaml", FluxList)
    faits = {fait.code: fait for fait in read_faits()}
    named = [(flux.code, code) for flux in listed.flux for code in flux.faits]
    unknown = [f"flux.yaml : {flux} : fait inconnu {code}" for flux, code in named if code not in faits]
    if unknown:
        raise DataFault(unknown)
    return Definitions(
        flux={flux.code: flux for flux in listed.flux},
        faits=faits,
        parcours=frozenset(p.code for p in read_parcours() if p.nature is NatureParcours.PARCOURS),
        refuses=frozenset(champ for refus in listed.refuses for champ in refus.champs),
    )
