"""The way back to who asked: what every answer of the door carries, and what is remembered of it."""

from starlette.types import Message, Receive, Send

Headers = list[tuple[bytes, bytes]]
POLICY = b"content-security-policy"
NOTHING_RUNS = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def safety_headers(hsts_seconds: int) -> Headers:
    """Return what tells browsers to guess nothing, run nothing and keep addresses to themselves."""
    headers = [
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"cross-origin-opener-policy", b"same-origin"),
    ]
    if hsts_seconds:
        headers.append((b"strict-transport-security", f"max-age={hsts_seconds}; includeSubDomains".encode()))
    return headers


class Client:
    """Takes the ASGI messages of one answer, and those that come from the other side."""

    def __init__(self, receive: Receive, send: Send, safety: Headers) -> None:
        self._receive, self._send, self._safety = receive, send, safety
        self.quota: Headers = []
        self.status = 0
        self.bytes = 0
        self.gone = False

    @property
    def started(self) -> bool:
        """Tell whether an answer has begun."""
        return self.status != 0

    async def receive(self) -> Message:
        """Return one message of the request."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self.gone = True
        return message

    async def __call__(self, message: Message) -> None:
        """Send one message of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [*message["headers"], *self._safety, *self.quota]
            for name, _ in headers:
                if name == POLICY:
                    break
            else:
                headers.append((POLICY, NOTHING_RUNS))
            message = {**message, "headers": headers}
        else:
            self.bytes += len(message.get("body", b""))
        await self._send(message)
