"""What is measured: each job is one request, asked of several candidates that give the same answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Candidate:
    """A server: what Python runs (its own folder comes last) and the settings it is given."""

    name: str
    arguments: tuple[str, ...]
    settings: Mapping[str, str] = field(default_factory=dict)


UP = ("-m", "gateway.cli", "up", "--port", "0", "--data")
DOOR = Candidate("porte", UP)
DOOR_WITHOUT_CACHE = Candidate("porte-sans-cache", UP, {"GATEWAY_CACHE_BYTES": "0"})
BARE = Candidate("uvicorn-nu", ("-m", "bench.bare"))


@dataclass(frozen=True)
class Job:
    """One request; ``conditional`` sends the right ETag, ``threshold`` is the least ratio of the first candidate."""

    name: str
    about: str
    path: str
    candidates: tuple[Candidate, ...] = (DOOR,)
    conditional: bool = False
    threshold: float | None = None


JOBS = (
    Job(
        "fiche",
        "une fiche (GET /v1/fiches/11), avec et sans le cache de la porte",
        "/v1/fiches/11",
        candidates=(DOOR, DOOR_WITHOUT_CACHE),
        threshold=0.5,
    ),
    Job("liste", "la liste des 38 fiches (GET /v1/fiches?limite=38)", "/v1/fiches?limite=38"),
    Job("304", "une fiche que l'appelant a déjà (If-None-Match)", "/v1/fiches/11", conditional=True),
)
