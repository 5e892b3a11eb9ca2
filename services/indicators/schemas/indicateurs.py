"""What crosses the wire of the indicators service."""

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from services.indicators.vocabulary import Nature, NatureReference, Periodicite, RegleQualitative, RegleTemps, Sens
from shared.query import Liste, Page, ParametresConnus
from shared.territoires import Niveau
from shared.wire import Sortie

CodeAxe = Annotated[str, StringConstraints(min_length=1, max_length=60)]
NumeroFiche = Annotated[int, Field(ge=1, le=9999)]


class IndicateurDefinition(Sortie):
    """Un indicateur d'évaluation du plan ; `libelle` est le texte officiel."""

    code: str = Field(examples=["11.I1"])
    libelle: str
    fiche: int
    axe: str


class DefinitionOut(Sortie):
    """Les dates d'une définition, incluses ; null : sans limite."""

    version: int
    valide_du: date | None
    valide_au: date | None


class AttenduOut(Sortie):
    """Ce que le producteur doit pousser, et en combien de jours après la période."""

    periode: Periodicite
    niveau: Niveau
    delai_jours: int


class TranchesOut(Sortie):
    """De quoi une médiane se recalcule."""

    grandeur: str
    ventilation: str


class GrandeurOut(Sortie):
    """Ce qui se mesure : la nature décide de ce qui s'additionne."""

    code: str = Field(examples=["30.I1.a"])
    libelle: str
    nature: Nature
    unite: str
    periodes: list[Periodicite]
    niveaux: list[Niveau]
    ventilations: list[str] = Field(description="Dimensions ; leurs modalités sont aux vocabulaires `ventilation-…`.")
    decimales: int
    sens: Sens
    couverture_minimale: float = Field(description="Part des territoires et périodes sous laquelle rien n'est calculé.")
    temps: RegleTemps | None
    modalites: list[str] = Field(description="De la pire à la meilleure.")
    regle: RegleQualitative | None
    horizon_jours: int | None
    pour: int = Field(description="La valeur est multipliée par ce nombre : 100 pour un pourcentage.")
    tranches: TranchesOut | None
    negatif: bool
    depasse: bool = Field(description="Le numérateur peut dépasser le dénominateur.")
    seuil_secret: int | None = Field(description="Sous ce nombre de personnes, la valeur n'est pas publiée.")
    producteur: str
    attendu: AttenduOut
    methode: str
    limites: str
    definition: DefinitionOut


class GrandeurDetail(GrandeurOut):
    """Une grandeur, son indicateur et toutes ses définitions."""

    indicateur: str
    fiche: int
    definitions: list[DefinitionOut]


class ReferenceOut(Sortie):
    """Un chiffre que le plan donne pour cet indicateur."""

    nature: NatureReference
    valeur: float = Field(examples=[436342])
    valeur_max: float | None = Field(description="Ferme une fourchette.")
    unite: str
    annee: int | None
    objet: str
    page: int
    fiche: int = Field(description="La fiche où le plan donne ce chiffre, à cette page.")


class IndicateurDetail(IndicateurDefinition):
    """Un indicateur, les grandeurs qui le mesurent et les chiffres que le plan donne."""

    grandeurs: list[GrandeurOut]
    references: list[ReferenceOut]


class FiltresIndicateurs(Page, ParametresConnus):
    """Les indicateurs d'un plan."""

    fiche: Annotated[list[NumeroFiche], Liste] = Field([], description="Numéros de fiches.")
    axe: Annotated[list[CodeAxe], Liste] = Field([], description="Codes d'axes.")
    nature: Annotated[list[Nature], Liste] = Field([], description="Qui ont une grandeur de cette nature.")
