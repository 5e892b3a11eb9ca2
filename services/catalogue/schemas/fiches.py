"""What crosses the wire of fiches and actions. Texts are official wording unless said."""

from datetime import date
from typing import Annotated

from pydantic import Field

from services.catalogue.schemas.listes import Codes, FiltresConnus
from services.catalogue.schemas.plan import PagesOut, RemarqueOut
from services.catalogue.vocabulary import NatureChiffre, Precision, Public, Role, Statut, Thematique
from shared.query import JourEcrit, Liste
from shared.wire import Sortie


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


class FiltresFiches(FiltresConnus):
    """Les fiches : plusieurs valeurs d'un paramètre s'additionnent, plusieurs paramètres se croisent."""

    axe: Codes = Field([], description="Codes d'axes.", examples=[["2"]])
    objectif: Codes = Field([], description="Codes d'objectifs.", examples=[["2.O1"]])
    organisme: Codes = Field([], description="Codes d'organismes ; avec `role`, dans ce rôle.", examples=[["die"]])
    role: Annotated[list[Role], Liste] = Field([], description="Rôle de l'organisme.")
    thematique: Annotated[list[Thematique], Liste] = Field([], description="Thématiques.")
    public: Annotated[list[Public], Liste] = Field([], description="Publics.")
    statut: Annotated[list[Statut], Liste] = Field([], description="Statuts.")
    echeance_avant: JourEcrit | None = Field(None, description="Fin connue avant ce jour, exclu.")
    en_retard: bool | None = Field(None, description="En retard aujourd'hui, ou pas.")
    q: str | None = Field(None, min_length=1, max_length=200, description="Recherche en français.")


class FiltresActions(FiltresFiches):
    """Les actions, toutes fiches ensemble."""

    fiche: Annotated[list[Annotated[int, Field(ge=1, le=9999)]], Liste] = Field([], description="Numéros de fiches.")
    debut_avant: JourEcrit | None = Field(None, description="Début connu avant ce jour, exclu.")
    fin_apres: JourEcrit | None = Field(None, description="Fin connue après ce jour, exclu.")
