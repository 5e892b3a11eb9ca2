"""Proposals on the wire: facts in, a pathway and its reasons out."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.orientation.rules import Verdict
from services.orientation.vocabulary import Modalite
from shared.query import Parametres
from shared.wire import Sortie

MOST_CASES = 5_000
EXAMPLE = {
    "date_reference": "2026-03-02",
    "date_naissance": "1984-05-11",
    "commune_residence_insee": "69266",
    "brsa": True,
    "soumis_dd": True,
    "activite_non_salariee": "ACTIVE",
}


class PropositionIn(BaseModel):
    """Les faits connus d'une situation ; un fait absent ou null est inconnu, jamais « non »."""

    model_config = ConfigDict(extra="forbid")

    faits: dict[str, Any] = Field(description="Par nom de fait, voir `/v1/faits`.", examples=[EXAMPLE])


class LotPropositionsIn(BaseModel):
    """Des cas, chacun `{ref, faits}` ; un cas refusé n'arrête pas les autres."""

    model_config = ConfigDict(extra="forbid")

    cas: list[Any] = Field(
        min_length=1,
        max_length=MOST_CASES,
        description="De 1 à 5 000 cas ; `ref` est libre, et revient telle quelle.",
        examples=[[{"ref": "a-1", "faits": EXAMPLE}]],
    )


class ParametresProposition(Parametres):
    """Ce que la réponse montre du chemin suivi."""

    trace: Literal["resume", "complete", "aucune"] = Field(
        "resume", description="`resume` : les règles appliquées ; `complete` : toutes, avec ce qui leur manque."
    )


class ExplicationOut(Sortie):
    """Ce que dit un code de la proposition."""

    code: str = Field(examples=["D2"])
    libelle: str
    fondement: str = Field(description="Plan, loi ou choix.")
    source: str | None


class EtapeOut(Sortie):
    """Une règle : ce qu'il en advint, et sinon la condition qui manque."""

    regle: str = Field(examples=["D2"])
    verdict: Verdict
    fait: str | None = Field(description="Le fait inconnu, ou qui n'est pas celui attendu.")
    attendu: str | None
    seuil: int | None = Field(description="Le seuil en vigueur à la date de référence.")
    parametre: str | None
    source: str | None


class TraceOut(Sortie):
    """Le chemin suivi ; `empreinte` est la même pour les mêmes faits et les mêmes règles."""

    empreinte: str = Field(description="SHA-256 des règles, des faits connus et du résultat.")
    etapes: list[EtapeOut]


class PropositionOut(Sortie):
    """Une proposition : un agent décide, et peut s'en écarter avec un motif."""

    parcours: str = Field(examples=["TNS"])
    modalite: Modalite
    motifs: list[str] = Field(description="Les règles appliquées, dans l'ordre.", examples=[["D2"]])
    signalements: list[str]
    question_suivante: str | None = Field(description="Le fait à demander d'abord.")
    faits_manquants: list[str] = Field(description="Les faits inconnus qui peuvent changer le résultat, dans l'ordre.")
    explications: list[ExplicationOut]
    regles_version: str = Field(examples=["rio-2022.1"])
    trace: TraceOut


class ReponseOut(Sortie):
    """La réponse à un cas : une proposition, ou ce qui est refusé."""

    indice: int
    ref: str | None
    proposition: PropositionOut | None
    probleme: dict[str, Any] | None


class LotPropositionsOut(Sortie):
    """Les réponses, dans l'ordre des cas."""

    reponses: list[ReponseOut]
