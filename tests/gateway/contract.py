"""The committed contract, and what its schemas accept."""

import json
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from gateway.addresses import CONTRACT

DOCUMENT: dict[str, Any] = json.loads(CONTRACT.read_text(encoding="utf-8"))
OPERATIONS: dict[str, dict[str, Any]] = {
    f"{method.upper()} {path}": operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}


def check_schema(schema: dict[str, Any]) -> None:
    """Raise when ``schema`` is not a schema."""
    Draft202012Validator.check_schema(schema)


def faults_of(value: Any, schema: dict[str, Any]) -> list[str]:
    """Return what ``schema``, a part of the document, refuses in ``value``."""
    whole = {**schema, "components": DOCUMENT["components"]}
    checker = Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{fault.json_path}: {fault.message}" for fault in checker.iter_errors(value)]


def answers_of(operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the answers that an operation describes, by status, common ones included."""
    common = DOCUMENT["components"]["responses"]
    return {
        status: common[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
        for status, answer in operation["responses"].items()
    }
