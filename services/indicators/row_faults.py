"""How a fault of a row is told: its pointer, what was read, what was nearest."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from services.indicators.errors import fault
from shared.body import UNSTORABLE
from shared.errors import Faute
from shared.problems import NEVER_ECHOED, escape_pointer, unknown_value

SUGGESTIONS = 500
"""A suggestion costs milliseconds: so many different unknown words of one push get one."""
SHOWN = 80


class Inconnus:
    """Tells words that are not in a list; the nearest is looked for once a word, and not for ever."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str, str, Sequence[str]], Faute] = {}

    def tell(self, champ: str, valeur: str, known: tuple[str, ...], code: str) -> Faute:
        """Return the fault of ``valeur``, which is not among ``known``."""
        key = champ, code, valeur, known
        found = self._told.get(key)
        if found is not None:
            return found
        if len(self._told) >= SUGGESTIONS:
            return fault(champ, code, valeur=valeur)
        told = self._told[key] = unknown_value(champ, UNSTORABLE.sub("?", valeur[:SHOWN]), known, code=code)
        return told


def pointer_to(*steps: str) -> str:
    """Return the JSON pointer of a field of a row."""
    return "".join(f"/{escape_pointer(UNSTORABLE.sub('?', step[:60]))}" for step in steps)


def not_text(row: dict[str, Any], name: str) -> Faute:
    """Return the fault of a field that is absent or not a text."""
    if row.get(name) is None:
        return fault(f"/{name}", "CHAMP_REQUIS", attendu="obligatoire")
    valeur = None if name in NEVER_ECHOED else shown(row[name])
    return fault(f"/{name}", "TYPE_INVALIDE", valeur=valeur, attendu="un texte")


def shown(value: Any) -> str | None:
    """Return a plain value as JSON shows it, ``None`` for what has parts."""
    if isinstance(value, bool):
        return json.dumps(value)
    return str(value)[:SHOWN] if isinstance(value, str | int | Decimal) else None
