"""The product itself as a side: the door and its services in one process, on the PostgreSQL that all share."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.jobs import Candidate
from bench.peers.corpus import Asked
from bench.peers.postgresql import Base
from bench.peers.side import Pushing, Side, created_in, enveloped
from bench.servers import running

UP = ("-m", "gateway.cli", "up", "--cles-dev", "--port", "0", "--data")
NAME, WITHOUT_CACHE = "porte", "porte-sans-cache"
ROLES = {"page": "pilote", "agregat": "pilote", "lot": "partenaire"}
"""Who may read raw rows or push; a plain reader sends its own key too, as callers of the peers must."""
ABOUT = {
    NAME: "`porte`: the product as it is shipped, one process, token checked, ETag, the door's cache (public reads "
    "only); without its background work, which no peer has",
    WITHOUT_CACHE: "`porte-sans-cache`: the same with `GATEWAY_CACHE_BYTES=0`: every answer comes from PostgreSQL",
}


def candidate_on(base: Base, name: str) -> Candidate:
    """Return the product as it is shipped, but for its background work."""
    settings = {
        "DATABASE_URL": base.url,
        "SPIE_WORKER": "false",
        "ORIENTATION_CLE_IDENTITE": "banc" * 16,
        "GATEWAY_POIVRE": "banc" * 16,
    }
    return Candidate(name, UP, settings | ({"GATEWAY_CACHE_BYTES": "0"} if name == WITHOUT_CACHE else {}))


@contextmanager
def serving_product(base: Base, asked: Asked, folder: Path, name: str = NAME) -> Iterator[Side]:
    """Run it."""
    candidate = candidate_on(base, name)

    def start_seconds() -> float:
        started = time.perf_counter()
        with running(candidate, folder / f"{name}-bis"):
            return time.perf_counter() - started

    with running(candidate, folder / name) as server:
        keys = json.loads((folder / name / "cles-dev.json").read_text())

        def headers_of(job: str) -> dict[str, str]:
            return {"authorization": f"Bearer {keys[ROLES.get(job, 'lecteur')]}"}

        pushing = Pushing("/v1/lots", enveloped, created_in)
        yield Side(server, headers_of, _paths(asked), pushing, start_seconds, ABOUT[name])


def _paths(asked: Asked) -> dict[str, str]:
    cells = f"territoire=69M:communes&periode={asked.first}..{asked.last}&champs=territoire,periode,valeur"
    return {
        "liste": "/v1/fiches?limite=38",
        "fiche": "/v1/fiches/11",
        "page": f"/v1/mesures?grandeur={asked.grandeur}&limite=100",
        "agregat": f"/v1/valeurs?grandeur={asked.grandeur}&{cells}",
    }
