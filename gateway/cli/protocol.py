"""HTTP as uvicorn reads it, but for what cannot be read at all: that too is refused by a problem."""

import asyncio
import json
from typing import cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from gateway.cli.gathering import Gathering
from shared.errors import Phrase, RequeteIllisible
from shared.problems import PROBLEM_JSON, build_problem
from shared.service_app import request_id_of

TOLD = Phrase("La requête n'est pas du HTTP, ou son adresse est trop longue", "Not HTTP, or its address is too long")


class Protocol(HttpToolsProtocol):
    """One connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin; what is written in one turn of the loop leaves together."""
        self._gathering = Gathering(transport, self.loop)
        super().connection_made(cast("asyncio.Transport", self._gathering))

    def eof_received(self) -> None:
        """Let go of what is held: the client says no more, and the loop closes the connection once told so."""
        self._gathering.let_go()

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be read, and close: nobody knows where the next request would begin."""
        request_id = request_id_of(None)
        problem = build_problem(RequeteIllisible(TOLD), language="fr", request_id=request_id)
        body = json.dumps(problem, ensure_ascii=False).encode()
        head = f"content-type: {PROBLEM_JSON}\r\ncontent-length: {len(body)}\r\ncache-control: no-store\r\n"
        head += f"x-request-id: {request_id}\r\nconnection: close\r\n\r\n"
        self.transport.write(STATUS_LINE[400] + head.encode() + body)
        self.transport.close()
