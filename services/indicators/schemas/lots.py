"""A push: its envelope, its dialect, its report."""

from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.indicators.vocabulary import (
    Confidentialite,
    EncodageCsv,
    EtatLot,
    ModeLot,
    StatutMesure,
    StrategieLot,
)
from shared.errors import Phrase
from shared.problems import FauteError
from shared.query import CodePlan, Instant, Jour, Page, Parametres
from shared.wire import Sortie

CodeSource = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
Code = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Nombre = Decimal | str
TABULATION = "tabulation"
MOTIF_REQUIS = Phrase("Une suppression dit son motif", "A deletion gives its reason (motif)")
PERIMETRE_REQUIS = Phrase("Un remplacement dit son périmètre", "A replacement gives its perimetre")


class Perimetre(BaseModel):
    """Ce qu'un remplacement recouvre : ce qui s'y trouve, de cette source, et n'est pas dans le lot est supprimé."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    grandeurs: list[Code] = Field(min_length=1, max_length=500)
    territoires: list[Code] = Field(min_length=1, max_length=500, description="Avec tout ce qu'ils contiennent.")
    debut: Jour
    fin: Jour = Field(description="Inclus.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.fin < self.debut:
            raise FauteError("DATES_INVERSEES")
        return self


class Enveloppe(BaseModel):
    """Ce qui vaut pour tout le lot."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: CodeSource = Field(description="Le système qui pousse ; enregistré au premier usage.")
    extrait_le: Instant | None = Field(
        None, description="Quand les données furent extraites ; requis, ou donné sur chaque ligne."
    )
    mode: ModeLot = ModeLot.PARTIEL
    strategie: StrategieLot = StrategieLot.FUSION
    seuil_rejet: Decimal = Field(Decimal("0.05"), ge=0, le=1)
    simulation: bool = False
    plan: CodePlan | None = None
    schema_version: int = Field(1, ge=1, le=1)
    perimetre: Perimetre | None = None
    motif: str | None = Field(None, min_length=1, max_length=500)
    confirmer: int | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.strategie is StrategieLot.SUPPRESSION and not self.motif:
            raise FauteError("CHAMP_REQUIS", MOTIF_REQUIS)
        if self.strategie is StrategieLot.REMPLACEMENT and self.perimetre is None:
            raise FauteError("CHAMP_REQUIS", PERIMETRE_REQUIS)
        return self


class DialecteCsv(Parametres):
    """Comment lire un CSV."""

    separateur: str = Field(",", pattern=r"^([,;|]|tabulation)$", description="`,` `;` `|` ou `tabulation`.")
    decimale: str = Field(".", pattern=r"^[.,]$")
    encodage: EncodageCsv = EncodageCsv.UTF8


class LotOut(Sortie):
    """Un lot et son rapport."""

    lot: str = Field(description="Identifiant du lot.")
    etat: EtatLot
    source: str
    plan: str
    mode: ModeLot
    strategie: StrategieLot
    simulation: bool
    empreinte: str = Field(description="SHA-256 du corps reçu, décompressé.")
    statut: int | None = Field(description="Le statut HTTP du traitement, null tant qu'il n'est pas fini.")
    recu_le: AwareDatetime
    termine_le: AwareDatetime | None
    progression: dict[str, int] | None = Field(description="Lignes vérifiées sur le total, tant que le lot court.")
    recues: int
    creees: int
    modifiees: int
    inchangees: int
    supprimees: int
    perimees: int
    rejetees: int
    ecartees: int = Field(description="Bonnes lignes d'un lot refusé en entier.")
    supprimees_perimetre: int
    par_code: dict[str, int]
    rejets: list[dict[str, Any]] = Field(description="Les 1 000 premières fautes ; toutes sont à `/rejets`.")
    avertissements: list[dict[str, Any]]
    incidence: list[dict[str, Any]] = Field(description="Indicateurs et périodes touchés.")
    probleme: dict[str, Any] | None = Field(description="Pourquoi le lot est refusé en entier.")


class LotResume(Sortie):
    """Un lot dans une liste : sans ses fautes, qui sont à son adresse."""

    lot: str
    etat: EtatLot
    source: str
    plan: str
    mode: ModeLot
    strategie: StrategieLot
    simulation: bool
    empreinte: str
    statut: int | None
    recu_le: AwareDatetime
    termine_le: AwareDatetime | None
    progression: dict[str, int] | None
    recues: int
    creees: int
    modifiees: int
    inchangees: int
    supprimees: int
    perimees: int
    rejetees: int
    ecartees: int
    supprimees_perimetre: int
    par_code: dict[str, int]
    probleme: dict[str, Any] | None


class LigneIn(BaseModel):
    """Une mesure ; selon la nature de sa grandeur : `valeur`, ou `numerateur` et `denominateur`, ou `somme` et
    `effectif`, ou `modalite`, ou `texte`."""

    model_config = ConfigDict(extra="forbid")

    ref: str | None = Field(None, max_length=200, description="Libre, rendu dans le rapport.")
    grandeur: str = Field(examples=["30.I1.a"])
    territoire: str = Field(examples=["69266"])
    periode: str = Field(examples=["2025-06"], description="2025, 2025-S1, 2025-Q2, 2025-06, 2025-W26 ou 2025-06-30.")
    ventilation: dict[str, str] = Field({}, examples=[{"sexe": "F"}], description="Absente : le total.")
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
    extrait_le: Instant | None = Field(None, description="Par défaut celui de l'enveloppe.")


class LotIn(BaseModel):
    """Un lot en JSON. En NDJSON, la première ligne est `{"enveloppe": {…}}`, puis une mesure par ligne. En CSV,
    l'enveloppe et le dialecte (`separateur`, `decimale`, `encodage`) sont des paramètres de l'adresse, les colonnes ont
    les noms des champs, une ventilation se nomme `ventilation.sexe`."""

    model_config = ConfigDict(extra="forbid")

    enveloppe: Enveloppe
    mesures: list[LigneIn]


class RejetOut(Sortie):
    """Une faute d'une ligne."""

    indice: int = Field(description="Rang de la ligne parmi les lignes, depuis 0.")
    ligne_source: int | None = Field(description="Ligne du fichier (NDJSON, CSV).")
    ref: str | None
    champ: str = Field(description="Pointeur JSON dans la ligne.")
    code: str
    valeur: str | None
    attendu: list[str] | str | None
    message: str
    suggestion: str | None


class FiltresLots(Page):
    """Ses propres lots, le plus récent d'abord."""

    source: CodeSource | None = Field(None, description="La source de l'enveloppe.")
    etat: EtatLot | None = Field(None, description="Où ils en sont.")
