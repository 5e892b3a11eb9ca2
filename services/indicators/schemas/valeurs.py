"""Cells: the value of a quantity for a territory and a period, or why there is none."""

from typing import Annotated, Any

from pydantic import AwareDatetime, Field, StringConstraints

from services.indicators.geography import VueGeographique
from services.indicators.vocabulary import Confidentialite, FormatValeurs, MotifCellule, StatutMesure, TempsStock
from shared.query import EARLIEST, LATEST, Instant, Liste, ParametresConnus
from shared.wire import Sortie

CodeLong = Annotated[str, StringConstraints(min_length=1, max_length=80)]
CHAMPS = (
    "grandeur",
    "territoire",
    "periode",
    "ventilation",
    "valeur",
    "numerateur",
    "denominateur",
    "bornes",
    "couverture",
    "statut",
    "confidentialite",
    "definition",
    "revise_le",
    "composants",
    "motif",
)
Nombre = int | float | str


class CouvertureOut(Sortie):
    """Ce qui a été reçu de ce qu'une réponse complète demande, en territoires et périodes."""

    recus: int
    attendus: int
    part: float


class CelluleOut(Sortie):
    """Une cellule ; `valeur` est null quand `motif` le dit, jamais 0 par défaut."""

    grandeur: str
    territoire: str
    periode: str
    ventilation: dict[str, str]
    valeur: Nombre | None = Field(description="Nombre exact jusqu'à 15 chiffres, texte au-delà ; modalité ou texte.")
    numerateur: Nombre | None
    denominateur: Nombre | None
    bornes: list[Nombre | None] | None = Field(description="Le plus petit et le plus grand total possibles.")
    couverture: CouvertureOut
    statut: StatutMesure | None
    confidentialite: Confidentialite | None
    definition: int | None = Field(description="Version de la définition.")
    revise_le: AwareDatetime | None
    composants: dict[str, Any] | None
    motif: MotifCellule | None


class ValeursOut(Sortie):
    """Des cellules ; une réponse, pas de pages."""

    elements: list[CelluleOut]
    total: int
    publie_le: AwareDatetime | None = Field(description="Dernière publication lue, null pour des valeurs brutes.")


class FiltresValeurs(ParametresConnus):
    """Quelles cellules."""

    grandeur: Annotated[list[CodeLong], Liste] = Field(
        min_length=1, max_length=200, description="Codes de grandeurs.", examples=[["30.I1.a"]]
    )
    territoire: Annotated[list[CodeLong], Liste] = Field(
        ["69M"], max_length=200, description="Un code, ou `code:ctm|communes|arrondissements|enfants`."
    )
    periode: Annotated[list[CodeLong], Liste] = Field(
        [],
        max_length=500,
        description="Une période, ou deux du même type : `2025-Q1..2025-Q4`.",
        examples=[["2025-Q1..2025-Q4"]],
    )
    ventiler: Annotated[list[CodeLong], Liste] = Field([], description="Dimensions à garder.", examples=[["sexe"]])
    filtrer: Annotated[list[CodeLong], Liste] = Field(
        [], description="Modalités à retenir, `dimension:modalité` ; la dimension s'efface sauf si elle est gardée."
    )
    millesime: CodeLong | None = Field(None, description="Nom d'un millésime : la publication telle qu'il l'a figée.")
    historique: bool = Field(False, description="Tous les états successifs, du plus ancien au plus récent.")
    modifie_depuis: Instant | None = Field(
        None, ge=EARLIEST, lt=LATEST, description="Les cellules changées après cet instant."
    )
    geographie: VueGeographique = Field(VueGeographique.COURANTE, description="Territoires d'aujourd'hui ou d'alors.")
    stock: TempsStock = Field(TempsStock.DERNIER, description="Sur une période plus longue : dernier ou moyenne.")
    champs: Annotated[list[CodeLong], Liste] = Field([], description="Membres à garder dans chaque cellule.")
    format: FormatValeurs | None = Field(None, description="La forme de la réponse, plutôt que par l'en-tête Accept.")
