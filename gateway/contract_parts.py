"""What the merged contract holds beside what the services say: tags, examples, and only the answers that serve."""

import json
from pathlib import Path
from typing import Any

import yaml

from gateway.schemas import PART

HERE = Path(__file__).parent
SERVICES = HERE.parent / "services"


class ContractConflictError(Exception):
    """Two parts of the contract do not fit each other."""


def operations_of(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the operations of ``document`` by ``operationId``."""
    found = [operation for operations in document["paths"].values() for operation in operations.values()]
    return {operation["operationId"]: operation for operation in found}


def add_tags(document: dict[str, Any]) -> None:
    """Give each operation the group of its path, and the document the groups that have any."""
    groups = _read(HERE / "data" / "etiquettes.yaml")
    of_part = {part: group["nom"] for group in groups for part in group["parties"]}
    used = set()
    for path, operations in document["paths"].items():
        name = of_part.get(path.removeprefix("/v1").split("/")[1])
        for operation in operations.values():
            operation["tags"] = [name] if name else []
            used.add(name)
    document["tags"] = [
        {"name": group["nom"], "description": group["description"]} for group in groups if group["nom"] in used
    ]


def add_examples(document: dict[str, Any]) -> None:
    """Put the reviewed examples where OpenAPI wants them. Raises :class:`ContractConflictError` for one of nothing."""
    _show_parameters(document, _read(HERE / "data" / "parametres.yaml"))
    operations = operations_of(document)
    for folder in (*sorted(SERVICES.glob("*/data/exemples")), HERE / "data" / "exemples"):
        for path in sorted(folder.glob("*.yaml")):
            for name, entry in _read(path).items():
                if name not in operations:
                    raise ContractConflictError(f"{path.name} : aucune opération {name}")
                _show(operations[name], entry, f"{path.name} : {name}")


def _show_parameters(document: dict[str, Any], known: dict[str, Any]) -> None:
    prefixes = sorted(known["chemins"].items(), key=lambda item: len(item[0]))
    for path, operations in document["paths"].items():
        values = dict(known["communs"])
        for prefix, own in prefixes:
            values |= own if f"{path}/".startswith(f"{prefix}/") else {}
        for operation in operations.values():
            for parameter in operation.get("parameters", []):
                if (name := parameter["name"].lower()) in values:
                    parameter["example"] = values[name]


def _show(operation: dict[str, Any], entry: dict[str, Any], where: str) -> None:
    shown = [(operation.get("requestBody", {}).get("content", {}), entry.get("corps", {}))]
    for status, forms in entry.get("reponses", {}).items():
        shown.append((operation["responses"].get(str(status), {}).get("content", {}), forms))
    for described, forms in shown:
        for media_type, example in forms.items():
            if media_type not in described:
                raise ContractConflictError(f"{where} : {media_type} n'est pas décrit")
            described[media_type]["example"] = example


def keep_used_answers(document: dict[str, Any]) -> None:
    """Drop the common answers that no operation gives."""
    text = json.dumps(document["paths"])
    answers = document["components"]["responses"]
    for name in [name for name in answers if f'"#/components/responses/{name}"' not in text]:
        del answers[name]


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def join_parts(schemas: dict[str, Any]) -> None:
    """Let what the door joins be shown as the schemas of the services that give it.

    Raises :class:`ContractConflictError` for a part that no service describes.
    """
    for name, schema in schemas.items():
        for field, shown in schema.get("properties", {}).items():
            told = shown.pop(PART, None)
            if told is None:
                continue
            if told["schema"] not in schemas:
                raise ContractConflictError(f"{name}.{field} : aucun service ne décrit « {told['schema']} »")
            ref: dict[str, Any] = {"$ref": f"#/components/schemas/{told['schema']}"}
            shown["anyOf"] = [{"type": "array", "items": ref} if told["liste"] else ref, {"type": "null"}]
