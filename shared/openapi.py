"""OpenAPI 3.1 as the contract wants it: every operation states its right, its body and every status it can give."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel, Field

from shared.errors import iter_refus

REF = "#/components/schemas/{model}"
PROBLEM_REF = {"$ref": "#/components/schemas/Probleme"}
BEARER = "jeton"
RETRY_AFTER = {"description": "Secondes à attendre avant de recommencer.", "schema": {"type": "integer"}}
ETAG = {"description": "Étiquette forte de cette représentation.", "schema": {"type": "string"}}


class FauteOut(BaseModel):
    """Une faute de la requête."""

    champ: str = Field(description="Pointeur JSON dans le corps, ou nom du paramètre.")
    code: str = Field(description="Code de la faute ; la liste est à /v1/codes-erreur.")
    message: str
    valeur: str | None = Field(description="La valeur reçue, coupée à 80 caractères ; jamais une donnée personnelle.")
    attendu: list[str] | str | None
    suggestion: str | None = Field(description="La valeur connue la plus proche.")


class Probleme(BaseModel):
    """Un refus (RFC 9457) : toutes les fautes sont nommées, pas seulement la première."""

    type: str = Field(description="Adresse de la page qui explique ce refus.", examples=["/problemes/INTROUVABLE"])
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    erreurs: list[FauteOut]


def complete_operations(app: FastAPI, name: str) -> None:
    """Replace the application's OpenAPI by the completed one; ``name`` is the service's."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _build(app, name)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def api_routes(app: FastAPI) -> Iterator[APIRoute]:
    """Yield the documented and hidden routes of the application, whatever router they stand in."""
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute):
            yield context  # type: ignore[misc]


def _build(app: FastAPI, name: str) -> dict[str, Any]:
    document = get_openapi(title=app.title, version=app.version, routes=app.routes)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    _add_model(schemas, Probleme)
    for route in api_routes(app):
        if not route.include_in_schema:
            continue
        for method in route.methods or ():
            operation = document["paths"][route.path_format][method.lower()]
            _complete(operation, route, method, schemas)
            operation["x-service"] = name
    document["components"]["securitySchemes"] = {
        BEARER: {"type": "http", "scheme": "bearer", "description": "Jeton d'accès OIDC ou clé de partenaire."}
    }
    return document


def _complete(operation: dict[str, Any], route: APIRoute, method: str, schemas: dict[str, Any]) -> None:
    dependencies = list(walk(route.dependant))
    portees = next((call.portees for call in dependencies if getattr(call, "portees", None)), ())
    reader = next((call for call in dependencies if hasattr(call, "body_model")), None)
    guarded = any(parameter["name"].lower() == "if-match" for parameter in operation.get("parameters", []))
    keyed = [each for each in operation.get("parameters", []) if each["name"] == "Idempotency-Key" and method == "POST"]
    operation["security"] = [{BEARER: [portee]} for portee in portees]
    statuses = {401, 422, 500, 503}
    if portees:
        statuses.add(403)
    if "{" in route.path_format or any(each["name"] == "au" for each in operation.get("parameters", [])):
        statuses.add(404)  # no plan was known at some instant
    if reader:
        statuses |= {400, 413, 415}
        _add_model(schemas, reader.body_model)
        schema = {"$ref": REF.format(model=reader.body_model.__name__)}
        operation["requestBody"] = {
            "required": True,
            "content": {media: {"schema": schema} for media in reader.media_types},
        }
    if guarded:
        statuses |= {412, 428}
    for parameter in keyed:
        statuses |= {400, 409}
        parameter["required"] = True  # optional to the framework, so that it is asked for after the credential
    responses = operation["responses"]
    if method == "GET" and route.path_format.startswith("/v1/"):
        responses["200"].setdefault("headers", {})["ETag"] = ETAG
        responses["304"] = {"description": "La représentation que vous avez est la bonne."}
    titles = {refus.status: refus.titre.fr for refus in reversed(list(iter_refus()))}
    for status in sorted(statuses):
        answer: dict[str, Any] = {
            "description": titles[status],
            "content": {"application/problem+json": {"schema": PROBLEM_REF}},
        }
        if status == 503:
            answer["headers"] = {"Retry-After": RETRY_AFTER}
        responses[str(status)] = answer


def _add_model(schemas: dict[str, Any], model: type[BaseModel]) -> None:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs", {}))
    schemas[model.__name__] = schema


def walk(dependant: Dependant) -> Iterator[Any]:
    """Yield every dependency function below ``dependant``."""
    for child in dependant.dependencies:
        yield child.call
        yield from walk(child)
