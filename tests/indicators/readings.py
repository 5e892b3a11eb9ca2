"""How tests read the indicators service."""

from typing import Any

import httpx2

from tests.indicators.calls import Headers, push

Cell = dict[str, Any]
PUBLIC: Headers = {}
ENVELOPE = frozenset({"source", "strategie", "motif", "extrait_le", "plan"})


async def read(client: httpx2.AsyncClient, headers: Headers, grandeur: str, **asked: Any) -> list[Cell]:
    """Return the cells of an answer."""
    answer = await client.get("/v1/valeurs", params={"grandeur": grandeur, **asked}, headers=headers)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["total"] == len(body["elements"])
    found: list[Cell] = body["elements"]
    return found


async def read_one(client: httpx2.AsyncClient, headers: Headers, grandeur: str, **asked: Any) -> Cell:
    """Return the only cell of an answer."""
    (cell,) = await read(client, headers, grandeur, **asked)
    return cell


async def refuse(client: httpx2.AsyncClient, headers: Headers, **asked: Any) -> list[tuple[str, str]]:
    """Return the faults of a question that is refused: where, and which."""
    answer = await client.get("/v1/valeurs", params=asked, headers=headers)
    assert answer.status_code == 422, answer.text
    return [(fault["champ"], fault["code"]) for fault in answer.json()["erreurs"]]


async def give(client: httpx2.AsyncClient, headers: Headers, grandeur: str, rows: dict[str, Any], **said: Any) -> None:
    """Push rows, all of them good, by ``territoire periode`` or ``territoire periode sexe:F|age:…``."""
    head = {name: said.pop(name) for name in ENVELOPE & said.keys()}
    lines = []
    for place, given in rows.items():
        territoire, periode, *cut = place.split()
        ventilation = dict(part.split(":") for part in cut[0].split("|")) if cut else {}
        row = {"grandeur": grandeur, "territoire": territoire, "periode": periode, "ventilation": ventilation, **said}
        lines.append({**row, **_value_of(given)})
    answer = await push(client, headers, lines, **head)
    assert answer.status_code == 200, answer.text


def _value_of(given: Any) -> dict[str, Any]:
    if isinstance(given, dict):
        return given
    if isinstance(given, tuple):
        return {"numerateur": given[0], "denominateur": given[1]}
    return {} if given is None else {"valeur": given}
