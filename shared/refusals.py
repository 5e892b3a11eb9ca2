"""The refusals of the contract: one described answer a status, with an example made as the product makes it."""

from typing import Any

from shared.errors import Phrase, Refus, iter_refus
from shared.problems import PROBLEM_JSON, build_problem, unknown_value

SCHEMA = {"$ref": "#/components/schemas/Probleme"}
RETRY_AFTER = {"description": "Secondes à attendre avant de recommencer.", "schema": {"type": "integer"}}
REQUEST_ID = "3f1c9a6e0b7d4c2f8a5e6d7c8b9a0f1e"
STATE = "L'état présent s'y oppose, ou une requête de même Idempotency-Key est en cours"
NO_PLAN = "Aucun plan n'est connu."
WAITING = (429, 503)
LEFT = "Ce qu'il en reste, et dans combien de secondes tout sera rendu ; aussi sur les autres réponses."
QUOTA = {
    "RateLimit-Policy": {
        "description": "Ce qui est permis : combien de requêtes, en combien de secondes.",
        "schema": {"type": "string"},
        "example": '"defaut";q=600;w=60',
    },
    "RateLimit": {
        "description": LEFT,
        "schema": {"type": "string"},
        "example": '"defaut";r=0;t=12',
    },
}
SHOWN = unknown_value("fiches", "fiches", ["axe", "fiche", "statut"], code="PARAMETRE_INCONNU")


def refusals() -> dict[str, Any]:
    """Return every refusal that any operation may give, by name (``Refus404``), as OpenAPI describes an answer."""
    return {_name(status): _described(refus) for status, refus in sorted(_usual().items())}


def refused(status: int, declared: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return how an operation describes ``status``: by reference, unless its route said it in its own words."""
    if not declared or PROBLEM_JSON not in declared.get("content", {}):
        return {"$ref": f"#/components/responses/{_name(status)}"}
    return {**_described(_usual()[status]), "description": declared["description"]}


def told(status: int, description: str) -> dict[int | str, dict[str, Any]]:
    """Return what a route declares (``responses=``) of a refusal that it describes in its own words."""
    return {status: {"description": description, "content": {PROBLEM_JSON: {"schema": SCHEMA}}}}


def _usual() -> dict[int, type[Refus]]:
    """Return the refusal that shows each status: the first one told of it."""
    return {refus.status: refus for refus in reversed(list(iter_refus()))}


def _name(status: int) -> str:
    return f"Refus{status}"


def _described(refus: type[Refus]) -> dict[str, Any]:
    shown = Refus.__new__(refus)
    Refus.__init__(shown, _detail(refus), erreurs=[SHOWN] if refus.status == 422 else [])
    example = build_problem(shown, language="fr", request_id=REQUEST_ID)
    answer: dict[str, Any] = {
        "description": STATE if refus.status == 409 else refus.titre.fr,
        "content": {PROBLEM_JSON: {"schema": SCHEMA, "example": example}},
    }
    if refus.status in WAITING:
        answer["headers"] = {"Retry-After": RETRY_AFTER} | (QUOTA if refus.status == 429 else {})
    return answer


def _detail(refus: type[Refus]) -> Phrase | None:
    return Phrase("Un paramètre est refusé", "One parameter is refused") if refus.status == 422 else None
