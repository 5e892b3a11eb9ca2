"""The English contract: French text by French text, told once, as an OpenAPI Overlay 1.0 that any tool can apply.

``textes-en/*.yaml`` hold each French text and its English. ``make_overlay`` turns them into the actions of
``openapi.en.overlay.json``; ``apply_overlay`` makes ``openapi.en.json`` of it. Only ``./spie openapi`` runs this.
"""

import copy
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from gateway.contract_parts import ContractConflictError

HERE = Path(__file__).parent
FOLDER = HERE / "textes-en"
TEXTS = ("title", "summary", "description")
MAPS = ("properties", "$defs", "patternProperties", "schemas", "paths", "responses", "securitySchemes", "headers")
DATA = ("example", "examples", "default", "enum", "const", "value", "contact", "license")
UNTRANSLATED = "À TRADUIRE : "


def read_translations(folder: Path = FOLDER) -> dict[str, str]:
    """Return the English of each French text. Raises :class:`ContractConflictError` when one is told in two ways."""
    known: dict[str, str] = {}
    for path in sorted(folder.glob("*.yaml")):
        for french, english in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).items():
            if known.setdefault(french, english) != english:
                raise ContractConflictError(f"{path.name} : « {french} » est traduit de deux façons")
    return known


def texts_of(node: Any) -> Iterator[str]:
    """Yield every text for people below ``node``, a part of an OpenAPI document; examples and codes are not."""
    for holder, name in _holders(node):
        yield holder[name]


def _holders(node: Any) -> Iterator[tuple[dict[str, Any], str]]:
    if isinstance(node, list):
        for part in node:
            yield from _holders(part)
    elif isinstance(node, dict):
        for name, part in node.items():
            if name in MAPS and isinstance(part, dict):
                for each in part.values():
                    yield from _holders(each)
            elif name in TEXTS and isinstance(part, str):
                yield node, name
            elif name not in DATA:
                yield from _holders(part)


def make_overlay(document: dict[str, Any], translations: Mapping[str, str]) -> dict[str, Any]:
    """Return the overlay; a text without its English is marked, and a test refuses it."""
    actions: list[dict[str, Any]] = []
    root = _update_of(document, "$", translations, actions)
    root.setdefault("info", {})["x-langue"] = "en"
    return {
        "overlay": "1.0.0",
        "info": {"title": "SPIE, the contract in English", "version": document["info"]["version"]},
        "extends": "/openapi.json",
        "actions": [{"target": "$", "update": root}, *actions],
    }


def _update_of(
    node: dict[str, Any],
    place: str,
    translations: Mapping[str, str],
    actions: list[dict[str, Any]],
    *,
    names: bool = False,
) -> dict[str, Any]:
    """Return what to merge into ``node``; what stands in arrays, which merging only lengthens, goes to ``actions``."""
    update: dict[str, Any] = {}
    for name, part in node.items():
        if not names and name in TEXTS and isinstance(part, str):
            update[name] = translations.get(part, UNTRANSLATED + part)
        elif isinstance(part, dict) and (names or name not in DATA):
            inner = _update_of(
                part, f"{place}[{_quoted(name)}]", translations, actions, names=not names and name in MAPS
            )
            update |= {name: inner} if inner else {}
        elif isinstance(part, list) and (names or name not in DATA):
            for rank, each in enumerate(part):
                if isinstance(each, dict):
                    target = f"{place}[{_quoted(name)}][{rank}]"
                    inner = _update_of(each, target, translations, actions)
                    actions += [{"target": target, "update": inner}] if inner else []
    return update


def _quoted(name: str) -> str:
    return "'" + name.replace("\\", "\\\\").replace("'", "\\'") + "'"


def apply_overlay(document: dict[str, Any], overlay: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``document`` changed by ``overlay`` (OpenAPI Overlay 1.0: updates, in order)."""
    import jsonpath  # noqa: PLC0415  a tool of those who write the contract, not of those who serve it

    changed = copy.deepcopy(document)
    for action in overlay["actions"]:
        found = [match.obj for match in jsonpath.finditer(action["target"], changed)]
        if not found:
            raise ContractConflictError(f"rien à {action['target']}")
        for target in found:
            _merge(target, action["update"])
    return changed


def _merge(target: Any, update: Mapping[str, Any]) -> None:
    for name, value in update.items():
        if isinstance(value, dict) and isinstance(target.get(name), dict):
            _merge(target[name], value)
        elif isinstance(value, list) and isinstance(target.get(name), list):
            target[name].extend(copy.deepcopy(value))
        else:
            target[name] = copy.deepcopy(value)
