"""The fingerprint of a proposal: the same facts and the same rules always have the same."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from services.orientation.rules.facts import Faits


def fingerprint(entete: bytes, faits: Faits, result: str) -> str:
    """Return the SHA-256 of a rule set, the known facts in the order of their names, and what was proposed, as JSON."""
    known = ",".join([_tell(name, value) for name, value in sorted(faits.items())])
    return hashlib.sha256(entete + f"[[{known}],{result}]".encode()).hexdigest()


def codes_text(codes: Sequence[str]) -> str:
    """Return codes as a JSON list; they are capitals, digits, underscores, and need no escape."""
    return '["' + '","'.join(codes) + '"]' if codes else "[]"


WRITERS: Mapping[type, Callable[[Any], str]] = {
    bool: lambda value: "true" if value else "false",
    int: str,
    str: lambda value: json.dumps(value, ensure_ascii=False),
    date: lambda value: f'"{value.isoformat()}"',
    Decimal: lambda value: f'"{value.normalize():f}"',
}
"""How each type of fact is written."""


@lru_cache(maxsize=1 << 16, typed=True)
def _tell(name: str, value: Any) -> str:
    """Return one fact as JSON; facts have few values, and checked ones."""
    return f'["{name}",{WRITERS[type(value)](value)}]'
