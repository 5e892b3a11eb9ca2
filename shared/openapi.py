"""OpenAPI 3.1 as the contract wants it: every operation states its right, its body and every status it can give."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel, Field

from shared.idempotency import KEY_NEEDED
from shared.refusals import refusals, refused
from shared.schema_texts import without_titles

REF = "#/components/schemas/{model}"
PROBLEM_REF = {"$ref": "#/components/schemas/Probleme"}
BEARER = "jeton"
NDJSON = "application/x-ndjson"
TEXT = "Du texte, dont le contenu suit le schéma, ligne par ligne."
DONE = {
    "Successful Response": "Ce qui est demandé, ou ce qui vient d'être écrit.",
    "Accepted": "Reçu ; traité ensuite.",
    "Multi-Status": "Une partie est refusée, pas le reste.",
}
AddModel = Callable[[type[BaseModel]], None]
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
    title: str = Field(description="Le refus en quelques mots, toujours les mêmes pour un code.")
    status: int = Field(description="Le statut HTTP de la réponse.")
    detail: str = Field(description="Ce refus-ci, en une phrase ; en anglais si `Accept-Language` le préfère.")
    code: str = Field(description="Code stable ; la liste est à /v1/codes-erreur.")
    request_id: str = Field(description="Ce qu'il faut citer en demandant de l'aide ; aussi dans `X-Request-Id`.")
    erreurs: list[FauteOut] = Field(description="Toutes les fautes trouvées ; vide quand le refus se suffit.")


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
    add = partial(_add_model, schemas, {})
    add(Probleme)
    for route in api_routes(app):
        if not route.include_in_schema:
            continue
        for method in route.methods or ():
            operation = document["paths"][route.path_format][method.lower()]
            _complete(operation, route, method, add)
            operation["x-service"] = name
    document["components"]["responses"] = refusals()
    document["components"]["securitySchemes"] = {
        BEARER: {"type": "http", "scheme": "bearer", "description": "Jeton d'accès OIDC ou clé de partenaire."}
    }
    without_titles(document)
    return document


def _complete(operation: dict[str, Any], route: APIRoute, method: str, add: AddModel) -> None:
    dependencies = list(walk(route.dependant))
    portees = next((call.portees for call in dependencies if getattr(call, "portees", None)), ())
    reader = next((call for call in dependencies if hasattr(call, "body_model")), None)
    guarded = any(parameter["name"].lower() == "if-match" for parameter in operation.get("parameters", []))
    keyed = [each for each in operation.get("parameters", []) if each.get("description") == KEY_NEEDED]
    operation["security"] = [{BEARER: [portee]} for portee in portees]
    statuses = {401, 500, 503}
    if reader or _is_asked(route.dependant):
        statuses.add(422)
    if portees:
        statuses.add(403)
    if "{" in route.path_format or any(each["name"] == "plan" for each in operation.get("parameters", [])):
        statuses.add(404)  # there may be no plan, or none yet known
    if reader:
        statuses |= {400, 413, 415}
        add(reader.body_model)
        schema = {"$ref": REF.format(model=reader.body_model.__name__)}
        operation["requestBody"] = {
            "required": True,
            "content": {media: {"schema": _schema_in(media, schema)} for media in reader.media_types},
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
    for answer in responses.values():
        answer["description"] = DONE.get(answer["description"], answer["description"])
    declared = {int(status) for status in responses if status >= "400"}
    for status in sorted(statuses | declared):
        responses[str(status)] = refused(status, responses.pop(str(status), None))


def _is_asked(dependant: Dependant) -> bool:
    """Whether a path or a query is read: what is unknown in it is refused, even where nothing is known."""
    asked = bool(dependant.path_params or dependant.query_params)
    return asked or any(_is_asked(child) for child in dependant.dependencies)


def _schema_in(media_type: str, schema: dict[str, str]) -> dict[str, Any]:
    """Return the schema of a body in this form: what is not JSON is text, whose content the schema describes."""
    if media_type.endswith("json") and media_type != NDJSON:
        return schema
    return {"type": "string", "description": TEXT, "contentMediaType": media_type, "contentSchema": schema}


def _add_model(schemas: dict[str, Any], known: dict[str, type[BaseModel]], model: type[BaseModel]) -> None:
    if known.setdefault(model.__name__, model) is not model:
        raise ValueError(f"two bodies of one application are named {model.__name__}: only one would be described")
    schema = model.model_json_schema(ref_template=REF)
    schemas.update(schema.pop("$defs", {}))
    schemas[model.__name__] = schema


def walk(dependant: Dependant) -> Iterator[Any]:
    """Yield every dependency function below ``dependant``."""
    for child in dependant.dependencies:
        yield child.call
        yield from walk(child)
