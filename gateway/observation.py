"""What is told of each answer of the door: a line, a measure, and, when it refuses someone, a security event."""

import logging
from time import perf_counter

from gateway.addresses import UNKNOWN, Address
from gateway.callers import Caller
from gateway.client import Client
from shared import metrics

acces, securite = logging.getLogger("spie.acces"), logging.getLogger("spie.securite")
EVENTS = {401: "identification_refusee", 403: "droit_refuse", 429: "limite_depassee"}


class Observer:
    """Tells of answers; ``lines``: one line for each."""

    def __init__(self, *, lines: bool) -> None:
        self._lines = lines

    def tell(self, method: str, address: Address | None, client: Client, caller: Caller | None, begun: float) -> None:
        """Tell of one answer that began at ``begun`` (``perf_counter``)."""
        seconds = perf_counter() - begun
        template = address.template if address else UNKNOWN
        status = client.status or metrics.LEFT
        metrics.observe("gateway", template, status, seconds)
        genre = caller.genre.value if caller else None
        if status in EVENTS:
            extra = {"evenement": EVENTS[status], "methode": method, "adresse": template, "appelant": genre}
            sujet = caller.name if caller and caller.name.startswith("sujet ") else None
            securite.warning("%s %s %s", EVENTS[status], method, template, extra={**extra, "sujet": sujet})
        if self._lines:
            told = {"methode": method, "adresse": template, "statut": status, "appelant": genre}
            told |= {"duree_ms": round(seconds * 1000, 2), "octets": client.bytes}
            acces.info("%s %s %s", method, template, status, extra=told)
