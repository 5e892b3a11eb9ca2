"""The plan as data files: the schema of each.

The format is told to those who correct the files in ``data/LISEZMOI.md``.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from services.catalogue.vocabulary import NatureAxe, NatureChiffre, NatureOrganisme, Precision, Public, Thematique
from shared.data_files import DataModel

Texte = Annotated[str, StringConstraints(min_length=1)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
CodeAxe = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{1,2}$")]
CodeObjectif = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{1,2}\.O[1-9][0-9]?$")]
CodeIndicateur = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]?\.I[1-9][0-9]?$")]
Portee = Annotated[str, StringConstraints(pattern=r"^(fiche|[1-9][0-9]?\.A[1-9][0-9]?)$")]


class Pages(DataModel):
    """Printed pages, as in the contents."""

    debut: int = Field(ge=1)
    fin: int = Field(ge=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.fin < self.debut:
            raise ValueError("la page de fin précède la page de début")
        return self


class Constat(DataModel):
    """Our summary of a finding, and where it is read."""

    texte: Texte
    pages: list[int] = Field(min_length=1)


class ObjectifOperationnel(DataModel):
    """An operational objective: its bold part, then its continuation."""

    libelle: Texte
    detail: Texte | None


class ActionFile(DataModel):
    """An action, in the order of the document."""

    numero_officiel: Texte | None
    groupe: Texte | None
    titre: Texte
    contenu: list[Texte]


class Echeance(DataModel):
    """A line of the schedule."""

    portee: Portee
    texte: Texte
    debut: date | None
    fin: date | None
    precision: Precision

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if self.debut and self.fin and self.fin < self.debut:
            raise ValueError("la fin précède le début")
        if (self.debut is None and self.fin is None) != (self.precision == "aucune"):
            raise ValueError("precision vaut « aucune » si, et seulement si, aucune date n'est donnée")
        return self


class PointVigilance(DataModel):
    """A point of vigilance."""

    portee: Portee
    texte: Texte


class Pilote(DataModel):
    """Who pilots."""

    portee: Portee
    organisme: Slug
    texte: Texte
    service: Texte | None


class Partenaire(DataModel):
    """Who contributes."""

    portee: Portee
    organismes: list[Slug]
    texte: Texte


class Chiffre(DataModel):
    """A figure of the document."""

    portee: Portee
    valeur: Decimal
    valeur_max: Decimal | None
    unite: Texte
    annee: int | None
    objet: Texte
    nature: NatureChiffre
    indicateur: CodeIndicateur | None
    page: int


class Remarque(DataModel):
    """An oddity of the document, told and not mended."""

    portee: Portee
    texte: Texte


class FicheFile(DataModel):
    """One file of ``fiches/``: everything the plan says in one fiche-action."""

    numero: int = Field(ge=1, le=99)
    titre: Texte
    axe: CodeAxe
    objectif: CodeObjectif | None
    pages: Pages
    thematiques: list[Thematique]
    publics: list[Public]
    constats: list[Constat]
    objectifs_operationnels: list[ObjectifOperationnel]
    actions: list[ActionFile]
    indicateurs: list[Texte]
    echeances: list[Echeance]
    points_vigilance: list[PointVigilance]
    pilotes: list[Pilote]
    partenaires: list[Partenaire]
    chiffres: list[Chiffre]
    remarques: list[Remarque]

    def code_actions(self) -> list[str]:
        """Return the codes of the actions: the rank is the order in the file."""
        return [f"{self.numero}.A{rang}" for rang in range(1, len(self.actions) + 1)]

    def code_indicateurs(self) -> list[str]:
        """Return the codes of the indicators: the rank is the order in the file."""
        return [f"{self.numero}.I{rang}" for rang in range(1, len(self.indicateurs) + 1)]

    def portees(self) -> Iterator[str]:
        """Yield what each part says it is about: the fiche, or an action's code."""
        for part in (
            self.echeances,
            self.points_vigilance,
            self.pilotes,
            self.partenaires,
            self.chiffres,
            self.remarques,
        ):
            yield from (element.portee for element in part)


class ObjectifFile(DataModel):
    """An objective of an axis."""

    code: CodeObjectif
    titre: Texte
    page: int


class AxeFile(DataModel):
    """An axis."""

    code: CodeAxe
    titre: Texte
    nature: NatureAxe
    page: int
    objectifs: list[ObjectifFile]


class Source(DataModel):
    """The document the plan comes from."""

    document: Texte
    pages: int = Field(ge=1)


class RemarquePlan(DataModel):
    """An oddity of the document outside the fiches."""

    portee: Texte
    texte: Texte


class PlanFile(DataModel):
    """``plan.yaml``: the plan's identity, its axes and objectives, and remarks on the document."""

    code: Slug
    titre: Texte
    collectivite: Texte
    debut: date
    fin: date
    source: Source
    axes: list[AxeFile]
    remarques: list[RemarquePlan]


class OrganismeFile(DataModel):
    """An organisation."""

    code: Slug
    nom: Texte
    sigle: Texte | None = None
    nature: NatureOrganisme
    formes: list[Texte] = Field(default_factory=list)
    note: Texte | None = None


class LexiqueFile(DataModel):
    """An abbreviation."""

    code: Slug
    sigle: Texte
    developpe: Texte
    groupe: Texte


class OrganismesFile(DataModel):
    """``organismes.yaml``."""

    organismes: list[OrganismeFile]


class LexiquesFile(DataModel):
    """``lexique.yaml``."""

    lexique: list[LexiqueFile]
