"""Raw rows: what a source gave, as it gave it."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.indicators.schemas.lots import Code, CodeSource, Nombre
from services.indicators.vocabulary import Confidentialite, StatutMesure
from shared.query import EARLIEST, LATEST, Instant, Liste, Page, ParametresConnus, ParametresPlan
from shared.wire import Sortie

MANY = 500
EXACT = "Nombre exact jusqu'à 15 chiffres significatifs, texte au-delà."
NombreOut = int | float | str
VENTILATION_HELP = "Modalités de la ventilation, `dimension:modalité` ; absente : le total."


class MesureOut(Sortie):
    """Une mesure telle que sa source l'a donnée. La nature de la grandeur dit quels membres portent la valeur :
    `valeur`, ou `numerateur` et `denominateur`, ou `somme` et `effectif`, ou `modalite`, ou `texte` ; les autres sont
    null."""

    grandeur: str = Field(examples=["30.I1.a"])
    territoire: str = Field(examples=["69266"])
    periode: str = Field(examples=["2025-06"])
    ventilation: dict[str, str] = Field(description="Vide : le total.", examples=[{"sexe": "F"}])
    source: str
    definition: int = Field(description="Version de la définition qui vaut pour la période.")
    valeur: NombreOut | None = Field(description=EXACT)
    numerateur: NombreOut | None
    denominateur: NombreOut | None
    somme: NombreOut | None
    effectif: NombreOut | None
    modalite: str | None
    texte: str | None
    statut: StatutMesure | None
    confidentialite: Confidentialite | None
    commentaire: str | None = Field(description="Le motif, quand la mesure est supprimée.")
    extrait_le: AwareDatetime = Field(description="Quand la source l'a extraite.")
    enregistre_le: AwareDatetime = Field(description="Quand elle fut connue ici ; suit l'ordre des écritures.")
    lot: str | None = Field(description="Le lot qui l'a apportée ; null quand elle fut écrite seule.")
    supprimee: bool


class MesureIn(BaseModel):
    """Une mesure ; selon la nature de sa grandeur : `valeur`, ou `numerateur` et `denominateur`, ou `somme` et
    `effectif`, ou `modalite`, ou `texte`. Ce qui la désigne est dans l'adresse."""

    model_config = ConfigDict(extra="forbid")

    valeur: Nombre | None = None
    numerateur: Nombre | None = None
    denominateur: Nombre | None = None
    somme: Nombre | None = None
    effectif: Nombre | None = None
    modalite: str | None = None
    texte: str | None = Field(None, max_length=10_000)
    statut: StatutMesure | None = None
    confidentialite: Confidentialite | None = None
    commentaire: str | None = Field(None, max_length=2_000)
    extrait_le: Instant = Field(description="Une extraction plus ancienne ne remplace pas une autre valeur.")


class ParametresMesure(ParametresConnus):
    """Laquelle, parmi les mesures d'une grandeur, d'un territoire et d'une période."""

    source: CodeSource | None = Field(None, description="Facultative quand une seule source a mesuré cela.")
    ventilation: Annotated[list[Code], Liste] = Field([], description=VENTILATION_HELP, examples=[["sexe:F"]])


class ParametresEcriture(ParametresPlan):
    """Laquelle est écrite."""

    source: CodeSource = Field(description="Le système qui mesure ; enregistré au premier usage.")
    ventilation: Annotated[list[Code], Liste] = Field([], description=VENTILATION_HELP, examples=[["sexe:F"]])


class FiltresMesures(Page, ParametresConnus):
    """Lesquelles."""

    grandeur: Annotated[list[Code], Liste] = Field(
        [], max_length=MANY, description="Codes de grandeurs.", examples=[["30.I1.a"]]
    )
    indicateur: Annotated[list[Code], Liste] = Field(
        [], max_length=MANY, description="Codes d'indicateurs.", examples=[["30.I1"]]
    )
    territoire: Annotated[list[Code], Liste] = Field(
        [],
        max_length=MANY,
        description="Un code, ou `code:ctm|communes|arrondissements|enfants` d'hier et d'à présent.",
    )
    periode: Annotated[list[Code], Liste] = Field(
        [], max_length=MANY, description="Une période, ou deux du même type : `2025-01..2025-06`.", examples=[["2025"]]
    )
    source: Annotated[list[CodeSource], Liste] = Field([], max_length=MANY, description="Codes de sources.")
    ventilation: Annotated[list[Code], Liste] = Field(
        [],
        max_length=MANY,
        description="Une ventilation entière : `total`, `sexe:F` ou `age:25-49|sexe:F`.",
        examples=[["total", "sexe:F"]],
    )
    historique: bool = Field(False, description="Tous les états successifs de chaque mesure.")
    modifie_depuis: Instant | None = Field(
        None,
        ge=EARLIEST,
        lt=LATEST,
        description="Ce qui fut écrit après cet instant, suppressions comprises, dans l'ordre des écritures.",
        examples=["2026-01-31T12:00:00+01:00"],
    )
