"""``./spie bench``: what the product answers per second, against a bare uvicorn that returns the same bytes."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
HOST = "127.0.0.1"


class BenchError(Exception):
    """The measure cannot be made; the message says why."""
