"""``./spie bench``: what the product answers per second, against a bare uvicorn that returns the same bytes."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
HOST = "127.0.0.1"


class BenchError(Exception):
    """The measure cannot be made; the message says why."""


def say(text: str) -> None:
    """Tell the person one thing, at once."""
    print(f"bench : {text}", file=sys.stderr, flush=True)  # noqa: T201
