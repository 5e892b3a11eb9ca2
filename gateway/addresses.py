"""The addresses of the contract: which template a path follows (``/v1/fiches/{numero}``), and which service owns it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from gateway.pages.addresses import PAGES, PORTAL

CONTRACT = Path(__file__).parent / "openapi.json"
OWN = ("/docs", "/openapi.json", "/openapi.en.json", "/problemes/{code}", "/sante/vivant", "/sante/pret", "/metriques")
"""Paths of the door that may stand outside the document."""
UNKNOWN = "inconnue"


@dataclass(frozen=True)
class Address:
    """Where a path leads; ``template`` is ``inconnue`` where the contract has none, and the service will say so."""

    template: str
    service: str


@dataclass
class _Step:
    below: dict[str, "_Step"] = field(default_factory=dict)
    any: dict[str, "_Step"] = field(default_factory=dict)
    address: Address | None = None


class Addresses:
    """Finds the address of a path, part by part.

    A part that is named goes before one that is a parameter, ``{id}.ics`` before ``{id}``.
    """

    def __init__(self, owners: Mapping[str, str]) -> None:
        self._root = _Step()
        self._first: dict[str, Address] = {}
        self._find = lru_cache(maxsize=4096)(self._look)
        for template, service in owners.items():
            self._add(template, Address(template, service))

    def _add(self, template: str, address: Address) -> None:
        step = self._root
        for part in template.split("/")[1:]:
            if part.startswith("{"):
                step = step.any.setdefault(part.partition("}")[2], _Step())
            else:
                step = step.below.setdefault(part, _Step())
        step.address = address
        self._first.setdefault(_first_parts(template), Address(UNKNOWN, address.service))

    def find(self, path: str) -> Address | None:
        """Return where ``path`` leads, ``None`` when no service owns anything like it."""
        return self._find(path)

    def _look(self, path: str) -> Address | None:
        found = _walk(self._root, path.split("/"), 1)
        return found or self._first.get(_first_parts(path))


def _walk(step: _Step, parts: list[str], rank: int) -> Address | None:
    if rank == len(parts):
        return step.address
    part = parts[rank]
    named = step.below.get(part)
    found = _walk(named, parts, rank + 1) if named is not None else None
    for ending in sorted(step.any, key=len, reverse=True) if found is None and part else ():
        if part.endswith(ending) and (found := _walk(step.any[ending], parts, rank + 1)):
            break
    return found


def _first_parts(path: str) -> str:
    """Return ``/v1/fiches`` of ``/v1/fiches/11``, ``/docs`` of ``/docs``."""
    return "/".join(path.split("/", 3)[: 3 if path.startswith("/v1/") else 2])


def read_addresses() -> Addresses:
    """Return the addresses of the committed contract."""
    document: dict[str, Any] = json.loads(CONTRACT.read_text(encoding="utf-8"))
    owners = {path: next(iter(operations.values()))["x-service"] for path, operations in document["paths"].items()}
    return Addresses(owners | dict.fromkeys(OWN, "gateway") | dict.fromkeys(PAGES, PORTAL))
