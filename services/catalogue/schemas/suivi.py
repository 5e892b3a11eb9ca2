"""What crosses the wire of progress and its history."""

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.catalogue.vocabulary import NatureChangement, Statut
from shared.errors import Phrase
from shared.problems import FauteError
from shared.query import JourEcrit
from shared.wire import Sortie


class SuiviPatch(BaseModel):
    """Ce qu'un pilote peut changer (fusion JSON, RFC 7396) ; le texte officiel n'est jamais modifié.

    `debut` et `fin` à null rendent la main à l'échéancier du plan.
    """

    model_config = ConfigDict(extra="forbid")

    statut: Statut = Field(Statut.NON_RENSEIGNE, examples=["en-cours"])
    debut: JourEcrit | None = None
    fin: JourEcrit | None = None
    note: str | None = Field(None, max_length=2000)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.debut and self.fin and self.fin < self.debut:
            raise FauteError("DATES_INVERSEES", Phrase("fin précède debut", "fin comes before debut"))
        return self


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
