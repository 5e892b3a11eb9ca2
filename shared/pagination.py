"""Pages by key: complete under concurrent writes, whatever is added or removed between two pages."""

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from shared.errors import CODES_FAUTE, DonneesRefusees, Faute
from shared.query import Page

MAX_KEY = (1 << 31) - 1
NOT_PART_OF_QUERY = {"limite", "curseur"}


Key = Sequence[Any] | None
"""The key of the last row of the page before; ``None`` for the first page."""


@dataclass(frozen=True)
class Tranche:
    """A page read from the database: its elements as JSON text, the key of its last row, and the total."""

    elements: str
    last_key: Sequence[Any] | None
    total: int | None


class Curseur:
    """Encodes the key of the last row together with a fingerprint of the query it belongs to."""

    def __init__(self, resource: str, filters: BaseModel) -> None:
        asked = filters.model_dump(mode="json", exclude=NOT_PART_OF_QUERY)
        text = json.dumps([resource, asked], sort_keys=True, separators=(",", ":"))
        self._fingerprint = hashlib.sha256(text.encode()).hexdigest()[:12]

    def encode(self, key: Sequence[Any]) -> str:
        """Return the opaque text for ``key``."""
        text = json.dumps([self._fingerprint, *key], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def decode(self, text: str | None, kinds: Sequence[type]) -> list[Any] | None:
        """Return the key inside ``text``; raise :class:`DonneesRefusees` when it is not of this query."""
        if text is None:
            return None
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            fingerprint, *key = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        except (ValueError, TypeError, binascii.Error, RecursionError):
            fingerprint, key = None, []
        good = len(key) == len(kinds) and all(_is_key(part, kind) for part, kind in zip(key, kinds, strict=True))
        if fingerprint != self._fingerprint or not good:
            raise DonneesRefusees(
                erreurs=[
                    Faute(champ="curseur", code="CURSEUR_INVALIDE", message=CODES_FAUTE["CURSEUR_INVALIDE"].libelle)
                ]
            )
        return list(key)


def _is_key(part: Any, kind: type) -> bool:
    """Tell whether ``part`` is a value that the database can compare: cursors are not signed, anyone can write one."""
    if type(part) is not kind:
        return False
    if isinstance(part, str):
        return part.isprintable()
    return isinstance(part, int) and -MAX_KEY <= part <= MAX_KEY


def page_bytes(tranche: Tranche, curseur: Curseur) -> bytes:
    """Return the body ``{elements, curseur_suivant, total}`` of a page."""
    suivant = json.dumps(curseur.encode(tranche.last_key)) if tranche.last_key is not None else "null"
    total = "null" if tranche.total is None else tranche.total
    return f'{{"elements":{tranche.elements},"curseur_suivant":{suivant},"total":{total}}}'.encode()


def slice_page(items: Sequence[BaseModel], key: str, page: Page, curseur: Curseur) -> Tranche:
    """Return a page of ``items`` held in memory, in the order they stand; ``key`` names what tells them apart.

    The cursor holds the last key and its place: should that item go, the page goes on from the same place.
    """
    after = curseur.decode(page.curseur, [str, int])
    keys = [getattr(item, key) for item in items]
    start = 0
    if after:
        start = keys.index(after[0]) + 1 if after[0] in keys else min(max(after[1], 0), len(items))
    shown = items[start : start + page.limite]
    more = start + len(shown) < len(items)
    elements = json.dumps([item.model_dump(mode="json") for item in shown], ensure_ascii=False)
    last = [getattr(shown[-1], key), start + len(shown) - 1] if more else None
    return Tranche(elements=elements, last_key=last, total=len(items))
