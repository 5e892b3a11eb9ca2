"""Announced removals: one reviewed table that the document, the headers of the door and its readers share.

``data/retraits.yaml`` lists, by ``operationId``, since when an operation is deprecated, when it goes and what replaces
it. ``Deprecation`` is RFC 9745, ``Sunset`` RFC 8594. An empty table costs nothing: the door is then left as it is.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import yaml
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.contract_parts import ContractConflictError, operations_of

TABLE = Path(__file__).parent / "data" / "retraits.yaml"
NOTICE = timedelta(days=182)
HEADERS = {
    "Deprecation": {
        "description": "Depuis quand l'opération est annoncée au retrait (RFC 9745).",
        "schema": {"type": "string"},
    },
    "Sunset": {"description": "Quand elle ne répondra plus (RFC 8594).", "schema": {"type": "string"}},
}


@dataclass(frozen=True)
class Retrait:
    """An operation that is to go."""

    operation: str
    methode: str
    chemin: str
    deprecie_le: datetime
    retire_le: datetime
    remplacement: str

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """What the door adds to each answer of the operation."""
        return [
            (b"deprecation", f"@{int(self.deprecie_le.timestamp())}".encode()),
            (b"sunset", format_datetime(self.retire_le, usegmt=True).encode()),
            (b"link", f'<{self.remplacement}>; rel="successor-version"'.encode()),
        ]


def read_removals(path: Path = TABLE) -> list[Retrait]:
    """Return the announced removals. Raises :class:`ContractConflictError` under six months of notice."""
    found = []
    for entry in yaml.safe_load(path.read_text(encoding="utf-8")) or []:
        days = {name: datetime.combine(entry[name], datetime.min.time(), UTC) for name in ("deprecie_le", "retire_le")}
        retrait = Retrait(**{**entry, **days})
        if retrait.retire_le - retrait.deprecie_le < NOTICE:
            raise ContractConflictError(f"{retrait.operation} : moins de six mois entre l'annonce et le retrait")
        found.append(retrait)
    return found


def mark_removals(document: dict[str, Any], removals: Sequence[Retrait]) -> None:
    """Say in the document which operations are to go. Raises :class:`ContractConflictError` for one of nothing."""
    operations = operations_of(document)
    for retrait in removals:
        operation = operations.get(retrait.operation)
        if operation is None or document["paths"].get(retrait.chemin, {}).get(retrait.methode) is not operation:
            raise ContractConflictError(f"retraits.yaml : aucune opération {retrait.operation} à cette adresse")
        operation["deprecated"] = True
        operation["x-retire-le"] = retrait.retire_le.date().isoformat()
        for status, answer in operation["responses"].items():
            if status < "300":
                answer.setdefault("headers", {}).update(HEADERS)


def announcing(app: ASGIApp, removals: Sequence[Retrait] | None = None) -> ASGIApp:
    """Return ``app`` itself while nothing is to go, else ``app`` behind what adds the headers."""
    known = read_removals() if removals is None else removals
    return Announcing(app, known) if known else app


class Announcing:
    """Adds ``Deprecation``, ``Sunset`` and ``Link`` to every answer of the operations that are to go."""

    def __init__(self, app: ASGIApp, removals: Sequence[Retrait]) -> None:
        self._app = app
        self._known = [(each.methode.upper(), _pattern(each.chemin), each.headers) for each in removals]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one ASGI connection."""
        added = self._headers_for(scope) if scope["type"] == "http" else []
        await self._app(scope, receive, _adding(send, added) if added else send)

    def _headers_for(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        return next(
            (headers for known, path, headers in self._known if known == method and path.fullmatch(scope["path"])), []
        )


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile("".join("[^/]+" if part[:1] == "{" else re.escape(part) for part in re.split(r"({\w+})", path)))


def _adding(send: Send, headers: list[tuple[bytes, bytes]]) -> Send:
    async def send_announcing(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *headers]}
        await send(message)

    return send_announcing
