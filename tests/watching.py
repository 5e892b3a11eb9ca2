"""Looks at whatever the product answers in any test: an answer that the contract does not document fails the test."""

import re
from functools import lru_cache
from typing import Any

import httpx2

from tests.gateway.contract import OPERATIONS, answers_of

PATHS = sorted({name.partition(" ")[2] for name in OPERATIONS}, key=lambda path: (path.count("{"), -len(path)))
PATTERNS = [(re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), path) for path in PATHS]


@lru_cache(maxsize=4096)
def answers_at(method: str, path: str) -> dict[str, dict[str, Any]] | None:
    """Return the answers documented there, by status; ``None`` where the contract has no such operation."""
    template = next((known for pattern, known in PATTERNS if pattern.fullmatch(path)), "")
    operation = OPERATIONS.get(f"{'GET' if method == 'HEAD' else method} {template}")
    return answers_of(operation) if operation else None


def look(response: httpx2.Response) -> None:
    """Refuse an answer that its operation does not document, by its status or its type."""
    method, path = response.request.method, response.request.url.raw_path.partition(b"?")[0].decode("ascii")
    documented = answers_at(method, path)
    if documented is None:
        return
    status, given = str(response.status_code), response.headers.get("content-type", "").partition(";")[0]
    assert status in documented, f"{method} {path}: {status} is not documented"
    known = documented[status].get("content", {})
    assert not known or given in known, f"{method} {path}: {status} as {given or 'nothing'} is not documented"


async def look_async(response: httpx2.Response) -> None:
    """Do the same for a client that is awaited."""
    look(response)
