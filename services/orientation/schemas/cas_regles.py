"""The cases of a rule set: facts, and what its author expects of them."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from shared.wire import Sortie

MOST_CASES = 500


class Attendu(BaseModel):
    """Ce qui est attendu d'un cas."""

    model_config = ConfigDict(extra="forbid")

    parcours: str = Field(max_length=60, examples=["TNS"])
    modalite: str = Field(max_length=60, examples=["DIRECTE"])
    motifs: list[str] = Field(max_length=100, description="Les règles appliquées, dans l'ordre.", examples=[["D2"]])
    signalements: list[str] = Field([], max_length=200, description="Sans ordre.")
    question_suivante: str | None = Field(None, max_length=60)


class Cas(BaseModel):
    """Un cas d'essai : des faits, et ce qui est attendu."""

    model_config = ConfigDict(extra="forbid")

    ref: str = Field(
        min_length=1, max_length=60, description="Celle d'un cas du produit le remplace.", examples=["essai-1"]
    )
    titre: str | None = Field(None, max_length=200)
    faits: dict[str, Any] = Field(description="Par nom de fait, voir `/v1/faits`.")
    attendu: Attendu


class CasIn(BaseModel):
    """Les cas d'un brouillon, gardés avec lui ; absents, ceux qu'il a déjà sont rejoués."""

    model_config = ConfigDict(extra="forbid")

    cas: list[Cas] | None = Field(None, max_length=MOST_CASES)


class EcartOut(Sortie):
    """Un cas qui ne donne pas ce qui est attendu."""

    ref: str
    origine: str = Field(description="`produit` ou `brouillon`.", examples=["brouillon"])
    attendu: Attendu
    obtenu: Attendu | None = Field(description="Null quand le jeu n'a pas de seuil ou de règle le jour du cas.")


class RapportCasOut(Sortie):
    """Ce que donnent les cas du produit et du brouillon, joués ensemble sur un contenu."""

    empreinte: str = Field(description="Le contenu sur lequel ils ont été joués.")
    joue_le: str
    vert: bool
    joues: int
    remplaces: list[str] = Field(description="Les cas du produit dont le brouillon change l'attendu.")
    ecarts: list[EcartOut]
