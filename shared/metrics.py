"""Counters and gauges of this process, as Prometheus reads them. Labels are closed lists: templates, never paths.

With ``SPIE_METRIQUES`` (``host:port``) they are served there, apart from what the public reaches.
"""

import os
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

REGISTRY = CollectorRegistry()
LEFT = 499
"""Who left before the answer began has no status; this is how proxies log it."""
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)
OF_ANSWERS = ["service", "adresse", "statut"]
REQUESTS = Counter("spie_requetes", "Réponses par service, adresse et statut.", OF_ANSWERS, registry=REGISTRY)
SECONDS = Histogram("spie_secondes", "Durée des réponses.", ["service"], buckets=BUCKETS, registry=REGISTRY)
CACHE = Counter("spie_cache", "Lectures publiques : servies du cache, confirmées, lues.", ["issue"], registry=REGISTRY)
FAILURES = Counter("spie_echecs", "Appels à un service restés sans réponse.", ["service"], registry=REGISTRY)
RESTING = Gauge("spie_repos", "1 : la porte laisse ce service en repos.", ["service"], registry=REGISTRY)
JOBS = Gauge("spie_travaux", "Travaux de fond, par état.", ["service", "etat"], registry=REGISTRY)
OLDEST = Gauge("spie_travaux_age_secondes", "Âge du plus vieux travail qui attend.", ["service"], registry=REGISTRY)


@cache
def _children(service: str, address: str, status: int) -> tuple[Counter, Histogram]:
    """Return where answers of one kind are counted: finding it each time costs more than counting."""
    return REQUESTS.labels(service, address, str(status)), SECONDS.labels(service)


def observe(service: str, address: str, status: int, seconds: float) -> None:
    """Count one answer."""
    requests, durations = _children(service, address, status)
    requests.inc()
    durations.observe(seconds)


def expose() -> tuple[bytes, str]:
    """Return everything that is measured, and its media type."""
    return generate_latest(REGISTRY), CONTENT_TYPE_LATEST


def serve() -> None:
    """Serve what is measured where ``SPIE_METRIQUES`` says, if it says so."""
    place = os.environ.get("SPIE_METRIQUES")
    if place:
        host, _, port = place.rpartition(":")
        start_http_server(int(port), addr=host or "127.0.0.1", registry=REGISTRY)
