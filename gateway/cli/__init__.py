"""What ``./spie`` runs: commands, and how they speak to the person."""

import sys


def say(text: str) -> None:
    """Tell the person one thing, at once."""
    print(f"spie : {text}", file=sys.stderr, flush=True)  # noqa: T201
