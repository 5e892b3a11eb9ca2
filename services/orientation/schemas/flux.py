"""Partner feeds on the wire: the envelope, the line, the report."""

from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from shared.query import Instant, Page
from shared.wire import Sortie

CodeSource = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]


class EnveloppeFlux(BaseModel):
    """Ce qui vaut pour tout le fichier."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: CodeSource = Field(description="Le système qui envoie.", examples=["caf-rhone"])
    flux: Annotated[str, StringConstraints(pattern=r"^[a-z-]{1,40}$")] = Field(examples=["caf-beneficiaires"])
    extrait_le: Instant = Field(description="Quand les données furent extraites.")
    nombre: int = Field(ge=0, le=1_000_000, description="Lignes qui suivent ; un autre nombre refuse le fichier.")


class IdentiteIn(BaseModel):
    """Qui est la personne : haché à l'arrivée, jamais conservé ni rendu."""

    model_config = ConfigDict(extra="forbid")

    nir: str | None = Field(None, description="13 ou 15 caractères ; flux CAF et MSA seulement.")
    matricule: str | None = Field(None, description="Allocataire, 7 ou 15 chiffres ; avec la date de naissance.")
    numorg: str | None = Field(None, description="L'organisme du matricule.")
    numdemrsa: str | None = Field(None, description="Numéro de demande de RSA, 11 caractères.")
    identifiant_ft: str | None = Field(None, description="France Travail, 8 ou 11 caractères.")
    nom: str | None = None
    prenom: str | None = None
    date_naissance: str | None = Field(None, description="AAAA-MM-JJ.")
    commune: str | None = Field(None, description="Code INSEE.")


class LigneFluxIn(BaseModel):
    """Une personne."""

    model_config = ConfigDict(extra="forbid")

    ref: str | None = Field(None, max_length=40, description="Un rang ou un numéro d'envoi, jamais un identifiant.")
    identite: IdentiteIn
    faits: dict[str, Any] = Field({}, description="Absent : rien n'est dit ; null : devenu inconnu.")
    evenement: dict[str, Any] | None = Field(None, description="`type`, `date` et les champs de ce type.")


class FluxIn(BaseModel):
    """NDJSON : la première ligne est `{"enveloppe": {…}}`, puis une personne par ligne."""

    model_config = ConfigDict(extra="forbid")

    enveloppe: EnveloppeFlux
    lignes: list[LigneFluxIn]


class FluxResume(Sortie):
    """Un fichier reçu, sans le détail de ses lignes."""

    id: str
    source: str
    flux: str
    empreinte: str = Field(description="SHA-256 du fichier, décompressé.")
    extrait_le: AwareDatetime
    recu_le: AwareDatetime = Field(description="Le jour de réception ouvre le délai légal (CASF R262-65-1).")
    statut: int = Field(description="200, 207 si des lignes sont rejetées, 422 si tout le fichier est refusé.")
    recues: int
    creees: int = Field(description="Personnes inconnues jusque-là.")
    modifiees: int
    inchangees: int
    perimees: int = Field(description="Une extraction plus récente disait autre chose.")
    a_rapprocher: int = Field(description="Laissées à un agent : seul un nom ressemblant les désigne.")
    rejetees: int
    ecartees: int = Field(description="Bonnes lignes d'un fichier refusé en entier.")
    par_code: dict[str, int]


class FauteLigne(Sortie):
    """Une faute, ou un avertissement, d'une ligne ; la valeur n'est jamais rendue."""

    indice: int = Field(description="Rang parmi les lignes, depuis 0.")
    ligne_source: int = Field(description="Ligne du fichier.")
    ref: str | None
    champ: str
    code: str
    attendu: list[str] | str | None
    message: str


class FluxOut(FluxResume):
    """Un fichier reçu et son rapport."""

    rejets: list[FauteLigne] = Field(description="Les 1 000 premières fautes ; toutes sont à `/rejets`.")
    avertissements: list[FauteLigne] = Field(description="Champs refusés, valeurs périmées, personnes à rapprocher.")


class FiltresFlux(Page):
    """Ses fichiers, le plus récent d'abord."""

    source: CodeSource | None = Field(None, description="La source de l'enveloppe.")
