"""The garbage collector, left out of pushes."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

MOST_PENDING = 5_000_000
"""So many objects made since the last collection, and one is done whatever goes on: pushes may never leave off."""

_inside = 0


@contextmanager
def without_collection() -> Iterator[None]:
    """Leave the garbage collector out: it would walk a hundred thousand new rows again and again, and find nothing.

    Pushes overlap: the last one to leave lets it in again. Leave when the rows are gone, or they are walked then.
    """
    global _inside  # noqa: PLW0603 - the collector is one for the process
    _inside += 1
    gc.disable()
    if gc.get_count()[0] > MOST_PENDING:
        gc.collect()
    try:
        yield
    finally:
        _inside -= 1
        if not _inside:
            gc.enable()
