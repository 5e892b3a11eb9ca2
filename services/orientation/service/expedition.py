"""The way to the indicators service: by HTTP, whoever runs it, in this process or elsewhere."""

import json
from typing import Any

import aiohttp

from services.orientation.service.envois import Expediteur, Reception
from services.orientation.settings import Settings

SECONDS = 120
LOTS = "/v1/lots"


def expediteur_of(settings: Settings) -> Expediteur | None:
    """Return what sends lots to the service that the settings name, ``None`` when they name none."""
    url, jeton = settings.indicateurs_url, settings.indicateurs_jeton
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
