"""How tests write to the indicators service."""

import secrets
from typing import Any

import httpx2

Headers = dict[str, str]
NEW = {"If-None-Match": "*"}


async def put(
    client: httpx2.AsyncClient, path: str, body: Any, headers: Headers, conditions: Headers | None = None
) -> httpx2.Response:
    """Replace what stands at ``path``, naming its present state, or create it."""
    if conditions is None:
        present = await client.get(path)
        conditions = {"If-Match": present.headers["etag"]} if present.status_code == 200 else NEW
    return await client.put(path, json=body, headers={**headers, **conditions})


async def post(
    client: httpx2.AsyncClient, path: str, body: Any, headers: Headers, key: str | None = None
) -> httpx2.Response:
    """Post ``body`` under a new key, or the one given."""
    return await client.post(path, json=body, headers={**headers, "Idempotency-Key": key or secrets.token_hex(8)})


async def push(
    client: httpx2.AsyncClient, headers: Headers, rows: list[dict[str, Any]], **enveloppe: Any
) -> httpx2.Response:
    """Push rows as source ``essai``, extracted at the beginning of 2025 unless said."""
    head = {"source": "essai", "extrait_le": "2025-01-02T08:00:00+01:00", **enveloppe}
    return await post(client, "/v1/lots", {"enveloppe": head, "mesures": rows}, headers)


def codes_of(answer: httpx2.Response) -> list[tuple[str, str]]:
    """Return the faults of a problem: where, and which."""
    return [(fault["champ"], fault["code"]) for fault in answer.json()["erreurs"]]
