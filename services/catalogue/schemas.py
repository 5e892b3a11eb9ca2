"""What crosses the wire of the catalogue. Texts of the plan are official wording unless said."""

from datetime import date, datetime
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.catalogue.vocabulary import (
    NatureAxe,
    NatureChangement,
    NatureChiffre,
    NatureOrganisme,
    Precision,
    Public,
    Role,
    Statut,
    Thematique,
    TypeResultat,
)
from shared.errors import Phrase
from shared.problems import FauteError
from shared.query import Liste, Page, Parametres, ParametresConnus, ParametresPlan
from shared.territoires import Niveau

Code = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Codes = Annotated[list[Code], Liste]
JourOuRien = date | None
Element = TypeVar("Element")


class Sortie(BaseModel):
    """An answer: closed, so that a test sees any member the contract does not name."""

    model_config = ConfigDict(extra="forbid")


class PagesOut(Sortie):
    """Pages telles qu'imprimées au sommaire du document."""

    debut: int
    fin: int


class SourceOut(Sortie):
    """Le document d'où vient le plan."""

    document: str
    pages: int


class DecomptesOut(Sortie):
    """Combien le plan compte de chaque chose."""

    axes: int
    objectifs: int
    fiches: int
    actions: int
    indicateurs: int
    objectifs_operationnels: int


class RemarqueOut(Sortie):
    """Une bizarrerie du document, signalée et non corrigée."""

    portee: str
    texte: str


class PlanOut(Sortie):
    """Un plan."""

    code: str = Field(examples=["pmie-2022-2026"])
    titre: str
    collectivite: str
    debut: date
    fin: date
    source: SourceOut
    version: int
    decomptes: DecomptesOut
    remarques: list[RemarqueOut]


class ObjectifOut(Sortie):
    """Un objectif d'un axe."""

    code: str = Field(examples=["2.O1"])
    titre: str
    page: int


class FicheBreve(Sortie):
    """Une fiche nommée."""

    numero: int
    titre: str


class AxeOut(Sortie):
    """Un axe, ses objectifs et ses fiches."""

    code: str = Field(examples=["2"])
    titre: str
    nature: NatureAxe
    page: int
    objectifs: list[ObjectifOut]
    fiches: list[FicheBreve]


class AvancementOut(Sortie):
    """Compté sur les actions ; `part` entre 0 et 1, null sans action."""

    actions: int
    realisees: int
    part: float | None


class PiloteOut(Sortie):
    """Qui pilote, et la ligne exacte du document."""

    portee: str = Field(description="`fiche` ou le code d'une action.")
    organisme: str
    texte: str
    service: str | None


class PartenaireOut(Sortie):
    """Qui contribue, et la ligne exacte du document."""

    portee: str
    organismes: list[str]
    texte: str


class EcheanceOut(Sortie):
    """Une ligne de l'échéancier ; bornes incluses, null = ouverte ou inconnue."""

    portee: str
    texte: str
    debut: date | None
    fin: date | None
    precision: Precision


class ConstatOut(Sortie):
    """Notre résumé d'un constat, avec les pages où il se lit."""

    texte: str
    pages: list[int]


class ObjectifOperationnelOut(Sortie):
    """Un objectif opérationnel : la partie mise en avant, puis sa suite."""

    rang: int
    libelle: str
    detail: str | None


class SuiviOut(Sortie):
    """Ce que les pilotes disent, sinon ce que dit l'échéancier."""

    statut: Statut
    debut: date | None = Field(description="Début déclaré, sinon celui de l'échéancier.")
    fin: date | None = Field(description="Fin déclarée, sinon celle de l'échéancier ; null si elle n'est pas connue.")
    en_retard: bool = Field(description="Fin passée, et ni réalisée ni abandonnée. Sans date, jamais en retard.")
    note: str | None


class ActionDeFiche(SuiviOut):
    """Une action ; `contenu` est redit dans nos mots."""

    code: str = Field(examples=["11.A3"])
    rang: int
    numero_officiel: str | None
    groupe: str | None
    titre: str
    contenu: list[str]


class IndicateurOut(Sortie):
    """Un indicateur d'évaluation ; ses mesures sont au service des indicateurs."""

    code: str = Field(examples=["11.I1"])
    libelle: str


class PointVigilanceOut(Sortie):
    """Un point de vigilance."""

    portee: str
    texte: str


class ChiffreOut(Sortie):
    """Un chiffre du document ; `valeur_max` ferme une fourchette."""

    portee: str
    valeur: float
    valeur_max: float | None
    unite: str
    annee: int | None
    objet: str
    nature: NatureChiffre
    indicateur: str | None
    page: int


class FicheResume(SuiviOut):
    """Une fiche dans une liste."""

    numero: int
    titre: str
    axe: str
    objectif: str | None
    thematiques: list[Thematique]
    publics: list[Public]
    avancement: AvancementOut
    pilotes: list[PiloteOut]
    echeances: list[EcheanceOut]


class FicheOut(FicheResume):
    """Tout ce que dit une fiche-action."""

    plan: str
    constats: list[ConstatOut]
    objectifs_operationnels: list[ObjectifOperationnelOut]
    actions: list[ActionDeFiche]
    indicateurs: list[IndicateurOut]
    points_vigilance: list[PointVigilanceOut]
    partenaires: list[PartenaireOut]
    chiffres: list[ChiffreOut]
    pages: PagesOut
    remarques: list[RemarqueOut]
    version: int


class ActionOut(ActionDeFiche):
    """Une action avec sa fiche."""

    fiche: int
    axe: str
    objectif: str | None
    echeances: list[EcheanceOut]
    pilotes: list[PiloteOut]
    partenaires: list[PartenaireOut]


class ChangementOut(Sortie):
    """Un changement : seuls les membres qui diffèrent sont dans `avant` et `apres`."""

    quand: datetime
    auteur: str | None = Field(
        description="Identifiant de l'auteur, pour les porteurs de `catalogue:ecrire` ; sinon null."
    )
    nature: NatureChangement
    portee: str
    avant: dict[str, Any] | None
    apres: dict[str, Any] | None


class PlaceOut(Sortie):
    """Où un organisme tient un rôle."""

    fiche: int
    portee: str


class OrganismeOut(Sortie):
    """Un organisme, et où il pilote ou contribue."""

    code: str = Field(examples=["die"])
    nom: str
    sigle: str | None
    nature: NatureOrganisme
    formes: list[str] = Field(description="Les autres façons dont le document le nomme.")
    note: str | None
    pilote: list[PlaceOut]
    partenaire: list[PlaceOut]


class LexiqueOut(Sortie):
    """Une abréviation du plan."""

    code: str
    sigle: str
    developpe: str
    groupe: str


class TerritoireOut(Sortie):
    """Un territoire à une date."""

    code: str = Field(examples=["69266"])
    nom: str
    niveau: Niveau
    parent: str | None
    partition: bool = Field(description="Les territoires de ce niveau couvrent leur parent sans se recouvrir.")
    certitude: str = Field(description="D'où vient la composition : `certain`, `documented` ou `inferred`.")
    population: int | None
    valide_du: date | None
    valide_au: date | None
    successeur: str | None
    ancien_code: str | None = Field(description="Le code demandé, quand il a été remplacé par celui-ci.")


class ResultatOut(Sortie):
    """Ce que la recherche a trouvé ; `extrait` est du HTML sûr, l'accord entre `<mark>`."""

    type: TypeResultat
    code: str
    titre: str
    extrait: str
    lien: str


class ListeOut(BaseModel, Generic[Element]):
    """Une page d'une liste ; `curseur_suivant` est null à la dernière."""

    model_config = ConfigDict(extra="forbid")

    elements: list[Element]
    curseur_suivant: str | None
    total: int | None


class FiltresPlans(Page, ParametresConnus):
    """Les plans, tels que connus à un instant."""

    plan: None = Field(None, exclude=True)


class FiltresPlan(Page, ParametresPlan):
    """Une liste d'un plan."""


class FiltresConnus(Page, ParametresConnus):
    """Une liste d'un plan, telle que connue à un instant."""


class FiltresFiches(FiltresConnus):
    """Les fiches : plusieurs valeurs d'un paramètre s'additionnent, plusieurs paramètres se croisent."""

    axe: Codes = Field([], description="Codes d'axes.", examples=[["2"]])
    objectif: Codes = Field([], description="Codes d'objectifs.", examples=[["2.O1"]])
    organisme: Codes = Field([], description="Codes d'organismes ; avec `role`, dans ce rôle.", examples=[["die"]])
    role: Annotated[list[Role], Liste] = Field([], description="Rôle de l'organisme.")
    thematique: Annotated[list[Thematique], Liste] = Field([], description="Thématiques.")
    public: Annotated[list[Public], Liste] = Field([], description="Publics.")
    statut: Annotated[list[Statut], Liste] = Field([], description="Statuts.")
    echeance_avant: date | None = Field(None, description="Fin connue avant ce jour, exclu.")
    en_retard: bool | None = Field(None, description="En retard aujourd'hui, ou pas.")
    q: str | None = Field(None, min_length=1, max_length=200, description="Recherche en français.")


class FiltresActions(FiltresFiches):
    """Les actions, toutes fiches ensemble."""

    fiche: Annotated[list[Annotated[int, Field(ge=1, le=9999)]], Liste] = Field([], description="Numéros de fiches.")
    debut_avant: date | None = Field(None, description="Début connu avant ce jour, exclu.")
    fin_apres: date | None = Field(None, description="Fin connue après ce jour, exclu.")


class FiltresOrganismes(FiltresConnus):
    """L'annuaire."""

    nature: Annotated[list[NatureOrganisme], Liste] = Field([], description="Natures d'organismes.")
    role: Annotated[list[Role], Liste] = Field([], description="Ceux qui tiennent ce rôle quelque part.")


class FiltresTerritoires(Page):
    """Les territoires à une date."""

    date: JourOuRien = Field(None, description="Le jour où lire l'arbre ; par défaut aujourd'hui.")
    niveau: Annotated[list[Niveau], Liste] = Field([], description="Niveaux.")
    parent: Codes = Field([], description="Codes des territoires qui contiennent directement.")


class FiltreDate(Parametres):
    """Un territoire à une date."""

    date: JourOuRien = Field(None, description="Le jour où lire l'arbre ; par défaut aujourd'hui.")


class FiltresRecherche(FiltresPlan):
    """Une recherche en plein texte."""

    q: str = Field(min_length=1, max_length=200, description="Mots cherchés ; accents et accords sont indifférents.")
    type: Annotated[list[TypeResultat], Liste] = Field([], description="Types de résultats.")


class SuiviPatch(BaseModel):
    """Ce qu'un pilote peut changer (fusion JSON, RFC 7396) ; le texte officiel n'est jamais modifié.

    `debut` et `fin` à null rendent la main à l'échéancier du plan.
    """

    model_config = ConfigDict(extra="forbid")

    statut: Statut = Field(Statut.NON_RENSEIGNE, examples=["en-cours"])
    debut: date | None = None
    fin: date | None = None
    note: str | None = Field(None, max_length=2000)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.debut and self.fin and self.fin < self.debut:
            raise FauteError("DATES_INVERSEES", Phrase("fin précède debut", "fin comes before debut"))
        return self
