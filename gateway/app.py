"""The gateway: one door, pure ASGI, put together from its settings."""

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.addresses import read_addresses
from gateway.deprecations import announcing
from gateway.door import Gateway
from gateway.own_app import exchange_of, own_app
from gateway.pages.addresses import PORTAL
from gateway.pages.app import create_pages
from gateway.protection import protect
from gateway.settings import SERVICES, Settings
from gateway.upstreams import AsgiUpstream, Upstream, upstream_at
from gateway.usages import Usages
from shared.errors import DroitInsuffisant, Phrase
from shared.problems import problem_response
from shared.service_app import request_id_of

VARY = (b"vary", b"Origin")
EXPOSED = [
    "ETag",
    "Location",
    "Retry-After",
    "RateLimit",
    "RateLimit-Policy",
    "X-Request-Id",
    "Idempotent-Replayed",
    "Deprecation",
    "Sunset",
    "Link",
]


def create_app(settings: Settings | None = None) -> ASGIApp:
    """Return the door; settings are read here, not at import."""
    settings = settings or Settings()
    upstreams: dict[str, Upstream] = {name: upstream_at(settings.address_of(name)) for name in SERVICES}
    upstreams = protect(upstreams, settings)
    exchange, usages = exchange_of(settings), Usages()
    upstreams["gateway"] = AsgiUpstream(own_app(settings, dict(upstreams), exchange, usages))
    upstreams[PORTAL] = AsgiUpstream(create_pages(settings, {name: upstreams[name] for name in SERVICES}))
    gateway = announcing(Gateway(settings, upstreams, read_addresses(), exchange, usages))
    if not settings.cors_origins:
        return gateway
    return Cors(
        gateway,
        allow_origins=settings.cors_origins,
        allow_methods=["*"],
        allow_headers=["*"],
        expose_headers=EXPOSED,
        max_age=3600,
    )


class Cors(CORSMiddleware):
    """Cross-origin rules, whose refusals are problems as all others are.

    Who comes from no origin, as all but browsers do, is let through at once: the usual way is as dear as ready bytes.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one ASGI connection."""
        if scope["type"] != "http" or any(name == b"origin" for name, _ in scope["headers"]):
            await super().__call__(scope, receive, send)
            return

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], VARY]}
            await send(message)

        await self.app(scope, receive, send_on)

    def preflight_response(self, request_headers: Headers) -> Response:
        """Answer whether a page of another origin may send its request."""
        response = super().preflight_response(request_headers)
        if response.status_code < 400:
            return response
        detail = Phrase("Origine, méthode ou en-tête refusés (CORS)", "Origin, method or header refused (CORS)")
        request_id = request_id_of(request_headers.get("x-request-id"))
        refusal = problem_response(DroitInsuffisant(detail), request_headers, request_id)
        refusal.headers["x-request-id"] = request_id
        return refusal
