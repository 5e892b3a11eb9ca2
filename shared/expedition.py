"""The way to the indicators service, as any partner has it: by HTTP, whoever runs it, in this process or elsewhere."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
from pydantic import SecretStr

SECONDS = 120
LOTS = "/v1/lots"


@dataclass(frozen=True)
class Reception:
    """What was answered: no status when nobody did."""

    statut: int | None
    document: dict[str, Any]


Expediteur = Callable[[str, dict[str, Any]], Awaitable[Reception]]
"""Sends a body under an ``Idempotency-Key``."""


def expediteur_to(url: str | None, jeton: SecretStr | None) -> Expediteur | None:
    """Return what sends lots to the service at ``url`` under ``jeton``, ``None`` when one of them is not given."""
    if not url or jeton is None or not jeton.get_secret_value():
        return None
    headers = {"Authorization": f"Bearer {jeton.get_secret_value()}", "Content-Type": "application/json"}

    async def send(key: str, corps: dict[str, Any]) -> Reception:
        timeout = aiohttp.ClientTimeout(total=SECONDS)
        body = json.dumps(corps, ensure_ascii=False).encode()
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, headers=headers) as session,
                session.post(
                    url.rstrip("/") + LOTS, data=body, headers={"Idempotency-Key": key}, allow_redirects=False
                ) as answer,
            ):
                return Reception(answer.status, _read(await answer.read()))
        except (aiohttp.ClientError, OSError, TimeoutError):
            return Reception(None, {})

    return send


def _read(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
