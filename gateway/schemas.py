"""What the door itself takes and sends."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from gateway.vocabulary import GenreAppelant, PorteeCle
from shared.problems import FauteError
from shared.query import Jour, Liste, Page, ParametresPlan
from shared.wire import Sortie

PART = "x-partie"


class Terme(Sortie):
    """Une valeur d'une liste fermée."""

    valeur: str
    libelle: str
    description: str


class Vocabulaire(Sortie):
    """Une liste fermée."""

    code: str
    libelle: str
    valeurs: list[Terme]


class CodeErreur(Sortie):
    """Un code de refus (avec son statut HTTP) ou de faute (sans)."""

    code: str
    statut: int | None
    libelle: str
    libelle_en: str


class Vivant(Sortie):
    """Le processus répond."""

    etat: str


class Pret(Sortie):
    """Chaque service et son état."""

    etat: str
    services: dict[str, str]


CodeRestriction = Annotated[str, StringConstraints(pattern=r"^(\*|[A-Za-z0-9][A-Za-z0-9._:-]*)$", max_length=60)]
Restriction = Annotated[list[CodeRestriction], Field(max_length=500)]


class CleIn(BaseModel):
    """Une clé à émettre. Une liste absente n'ouvre rien ; `["*"]` ouvre tout."""

    model_config = ConfigDict(extra="forbid")

    libelle: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(
        description="Pour quel système ; jamais le nom d'une personne.", examples=["CAF du Rhône, flux mensuel"]
    )
    portees: Annotated[list[PorteeCle], Field(min_length=1, max_length=10)] = Field(examples=[["indicateurs:pousser"]])
    sources: Restriction = Field([], description="Sources pour lesquelles elle pousse.", examples=[["caf"]])
    grandeurs: Restriction = Field([], description="Fiches, indicateurs ou grandeurs.", examples=[["11", "30.I1"]])
    territoires: Restriction = Field([], description="Territoires, avec ce qu'ils contiennent.", examples=[["69M"]])
    expire_le: AwareDatetime | None = Field(None, description="Dans deux ans au plus ; par défaut dans un an.")

    @model_validator(mode="after")
    def _all_stands_alone(self) -> Self:
        for codes in (self.sources, self.grandeurs, self.territoires):
            if "*" in codes and codes != ["*"]:
                raise FauteError("VALEUR_INVALIDE")
        return self


class SecretOut(Sortie):
    """Un secret d'une clé ; deux au plus sont valables à la fois."""

    id: str = Field(description="Les douze caractères qui suivent `spie_`.")
    cree_le: datetime
    expire_le: datetime


class CleOut(Sortie):
    """Une clé de partenaire, sans ce qui l'ouvre."""

    id: str
    libelle: str
    portees: list[str]
    sources: list[str]
    grandeurs: list[str]
    territoires: list[str]
    cree_le: datetime
    cree_par: str
    expire_le: datetime
    revoquee_le: datetime | None
    secrets: list[SecretOut]


class CleEmiseOut(CleOut):
    """Une clé qui vient d'être émise ou renouvelée."""

    cle: str | None = Field(description="Montrée cette seule fois ; null si la requête est répétée.")


def part(name: str, description: str, *, many: bool = False) -> Any:
    """Return the field of what a service gives: the contract shows it as the schema ``name`` of that service."""
    return Field(description=description, json_schema_extra={PART: {"schema": name, "liste": many}})


class TableauFicheOut(Sortie):
    """Une fiche et où en sont ses indicateurs ; ce qu'un service absent aurait dit est null."""

    fiche: Any = part("FicheOut", "La fiche, comme à `/v1/fiches/{numero}`.")
    indicateurs: Any = part("IndicateurTableau", "Ses indicateurs, comme à `/v1/tableaux/plan`.", many=True)
    territoire: str | None = Field(description="Le territoire des valeurs.")
    publie_le: AwareDatetime | None
    parties_indisponibles: list[str] = Field(description="Les services absents.")


class TableauPlanOut(Sortie):
    """Le plan entier et où en sont ses indicateurs ; ce qu'un service absent aurait dit est null."""

    plan: Any = part("PlanOut", "Le plan, comme à `/v1/plan`.")
    axes: Any = part("AxeOut", "Les axes, comme à `/v1/axes`.", many=True)
    fiches: Any = part("FicheResume", "Les fiches, comme à `/v1/fiches`.", many=True)
    tableau: Any = part("FicheTableau", "Par fiche, ses indicateurs, comme à `/v1/tableaux/plan`.", many=True)
    territoire: str | None = Field(description="Le territoire des valeurs.")
    publie_le: AwareDatetime | None
    parties_indisponibles: list[str] = Field(description="Les services absents.")


class FiltresTableaux(ParametresPlan):
    """De quel plan, et pour quel territoire."""

    territoire: Annotated[str, StringConstraints(min_length=1, max_length=80)] = Field(
        "69M", description="Code d'un territoire."
    )


class UsageOut(Sortie):
    """Combien de requêtes un jour, d'un genre d'appelants, pour une ressource."""

    jour: date
    genre: GenreAppelant
    ressource: str = Field(
        description="L'adresse du contrat, sans ses codes ; `connexion` compte les venues de personnes."
    )
    nombre: int


class FiltresUsages(Page):
    """De quels jours, de quels appelants."""

    debut: Jour | None = Field(None, description="Premier jour, inclus.")
    fin: Jour | None = Field(None, description="Dernier jour, inclus.")
    genre: Annotated[list[GenreAppelant], Liste] = Field([], description="Genres d'appelants.")
