"""The sending of figures on the wire."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.orientation.vocabulary_suivi import EtatEnvoi
from shared.query import Liste, Page
from shared.wire import Sortie

CodeMois = Annotated[str, StringConstraints(pattern=r"^20\d{2}-(0[1-9]|1[0-2])$")]


class EnvoiIn(BaseModel):
    """Les mois à compter et à envoyer ; sans eux, les treize derniers mois clos."""

    model_config = ConfigDict(extra="forbid")

    debut: CodeMois | None = Field(None, description="Premier mois.", examples=["2025-01"])
    fin: CodeMois | None = Field(None, description="Dernier mois, clos.", examples=["2025-06"])


class PublicationOut(Sortie):
    """Ce qui sera compté ; seuls les mois qui ont changé sont envoyés."""

    mois: list[str]


class EnvoiOut(Sortie):
    """Les indicateurs d'un mois, en chemin."""

    id: str = Field(description="Aussi la clé d'idempotence de l'envoi.")
    mois: str
    etat: EtatEnvoi
    lignes: int = Field(description="Mesures envoyées.")
    cree_le: str
    essais: int
    prochain_le: str | None
    statut: int | None = Field(description="Le dernier statut HTTP ; null si personne n'a répondu.")
    envoye_le: str | None
    lot: str | None = Field(description="Le lot du service des indicateurs.")
    rejetees: int | None
    en_retard: bool = Field(description="N'est pas reçu un jour après.")


class FiltresEnvois(Page):
    """Quels envois."""

    etat: Annotated[list[EtatEnvoi], Liste] = Field([], description="Un ou plusieurs états.")
