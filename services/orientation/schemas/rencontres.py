"""What crosses the wire of meetings."""

from datetime import date
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from services.orientation.horaires import read_debut
from services.orientation.langues import Langue
from services.orientation.vocabulary_rencontres import (
    Accessibilite,
    ModaliteRencontre,
    MotifAnnulationRencontre,
    StatutRencontre,
)
from shared.problems import FauteError
from shared.query import Jour, Liste, Page
from shared.wire import Sortie


def _check_debut(text: str) -> str:
    read_debut(text)
    return text


ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f]*$"
Lieu = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True, pattern=ONE_LINE)]
Commune = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{5}$")]
Debut = Annotated[str, StringConstraints(max_length=40), AfterValidator(_check_debut)]
CodeAgent = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,38}[0-9]$")]
Duree = Annotated[int, Field(ge=15, le=600)]
Capacite = Annotated[int, Field(ge=1, le=500)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=60)]
DEBUT_HELP = (
    "AAAA-MM-JJThh:mm à l'heure de Paris, ou avec un décalage. Une heure que le changement d'heure saute est refusée ; "
    "une heure qu'il répète demande son décalage."
)
AGENTS_HELP = "Codes d'agents, finissant par un chiffre ; jamais un nom."
PLACES_HELP = "Jusqu'à `capacite` ; 0 si la rencontre est annulée."


class RencontreIn(BaseModel):
    """Une rencontre à tenir."""

    model_config = ConfigDict(extra="forbid")

    lieu: Lieu = Field(examples=["Maison de la Métropole, 8 rue de l'Essai"])
    commune: Commune = Field(description="Code INSEE ; le CTM s'en déduit.", examples=["69266"])
    debut: Debut = Field(description=DEBUT_HELP, examples=["2027-03-29T09:00"])
    duree_minutes: Duree = Field(examples=[180])
    capacite: Capacite = Field(examples=[12])
    modalite: ModaliteRencontre = ModaliteRencontre.RIO_COLLECTIVE
    animateurs: list[CodeAgent] = Field([], max_length=20, description=AGENTS_HELP, examples=[["agt-042"]])
    langues: list[Langue] = Field([Langue.FR], min_length=1, max_length=20, description="Codes ISO 639-1.")
    accessibilite: list[Accessibilite] = Field([], max_length=20)


class SerieIn(RencontreIn):
    """Une rencontre chaque semaine, à la même heure de Paris, changements d'heure compris."""

    semaines: int = Field(ge=2, le=53, description="Nombre de rencontres, la première comprise.", examples=[8])


class RencontrePatch(BaseModel):
    """Ce qui change d'une rencontre (fusion JSON, RFC 7396) ; aucun champ ne s'efface."""

    model_config = ConfigDict(extra="forbid")

    lieu: Lieu = Field(default_factory=str)
    commune: Commune = Field(default_factory=str)
    debut: Debut = Field(default_factory=str, description=DEBUT_HELP)
    duree_minutes: Duree = Field(default_factory=int)
    capacite: Capacite = Field(default_factory=int, description="Jamais moins que les inscrits.")
    modalite: ModaliteRencontre = Field(
        ModaliteRencontre.RIO_COLLECTIVE, description="Tant que personne n'est inscrit."
    )
    animateurs: list[CodeAgent] = Field(default_factory=list, max_length=20, description=AGENTS_HELP)
    langues: list[Langue] = Field(default_factory=list, min_length=1, max_length=20)
    accessibilite: list[Accessibilite] = Field(default_factory=list, max_length=20)


class AnnulationRencontreIn(BaseModel):
    """Pourquoi une rencontre est annulée."""

    model_config = ConfigDict(extra="forbid")

    motif: MotifAnnulationRencontre


class RencontreOut(Sortie):
    """Une rencontre ; rien n'y dit qui vient."""

    id: str
    serie: str | None = Field(description="Commun aux rencontres d'une même série hebdomadaire.")
    lieu: str
    commune: str
    ctm: str
    debut: AwareDatetime = Field(description="À l'heure de Paris, avec son décalage.")
    fin: AwareDatetime
    duree_minutes: int
    capacite: int
    inscrits: int
    places_restantes: int = Field(description=PLACES_HELP)
    en_attente: int
    modalite: ModaliteRencontre
    animateurs: list[str] = Field(description=AGENTS_HELP)
    langues: list[str]
    accessibilite: list[Accessibilite]
    statut: StatutRencontre
    motif_annulation: MotifAnnulationRencontre | None
    modifie_le: AwareDatetime


class SerieOut(Sortie):
    """Les rencontres d'une série, dans l'ordre des semaines."""

    serie: str
    elements: list[RencontreOut]


class FiltresRencontres(Page):
    """Le calendrier, par heure de début."""

    lieu: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = Field(
        None, description="Une partie du lieu, sans regarder accents ni majuscules."
    )
    commune: Annotated[list[Code], Liste] = Field([], description="Communes ou arrondissements.")
    ctm: Annotated[list[Code], Liste] = Field([], description="Conférences territoriales des maires.")
    debut: Jour | None = Field(None, description="Premier jour, inclus.")
    fin: Jour | None = Field(None, description="Dernier jour, inclus.")
    langue: Annotated[list[Langue], Liste] = Field([], description="Tenues dans une de ces langues.")
    accessibilite: Annotated[list[Accessibilite], Liste] = Field([], description="Qui offrent l'une de ces choses.")
    modalite: Annotated[list[ModaliteRencontre], Liste] = Field([], description="Modalités.")
    statut: Annotated[list[StatutRencontre], Liste] = Field([], description="Statuts.")
    serie: Code | None = Field(None, description="Les rencontres d'une série.")
    places_min: int | None = Field(None, ge=0, le=500, description="Au moins tant de places restantes.")

    @field_validator("fin")
    @classmethod
    def _in_order(cls, fin: date | None, seen: ValidationInfo) -> date | None:
        if fin and (debut := seen.data.get("debut")) and fin < debut:
            raise FauteError("DATES_INVERSEES")
        return fin
