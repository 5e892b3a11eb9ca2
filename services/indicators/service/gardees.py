"""Answers kept as long as the database says that nothing they were computed from has changed.

Every answer costs the statement that says so; only the computing is spared.
"""

from collections import OrderedDict
from collections.abc import Hashable, Sequence

MAX_BYTES = 32 << 20


class Gardees:
    """Cells by what was asked and what stood then, the last used of them: ``max_bytes`` characters in all."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes, self._size = max_bytes, 0
        self._kept: OrderedDict[Hashable, tuple[Sequence[str], int]] = OrderedDict()

    def find(self, key: Hashable) -> Sequence[str] | None:
        """Return what is kept under ``key``."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def keep(self, key: Hashable, cellules: Sequence[str]) -> None:
        """Keep cells, in place of those not asked for the longest; one that is too large by far is not kept."""
        size = sum(map(len, cellules))
        if size > self._max_bytes // 8 or key in self._kept:
            return
        self._kept[key] = (cellules, size)
        self._size += size
        while self._size > self._max_bytes:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._size -= dropped
