"""Counts of use, in the memory of this process: by day, kind of caller and resource. Nothing of it tells who called."""

import time
from collections import Counter, OrderedDict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from gateway.callers import Caller
from gateway.vocabulary import GenreAppelant
from shared import clock
from shared.clock import PARIS

CONNEXION = "connexion"
"""The resource under which connections are counted: the first request of a person after half an hour of silence."""
SILENCE_SECONDS = 1800.0
PERSONS = frozenset({GenreAppelant.AGENT, GenreAppelant.PILOTE, GenreAppelant.ADMIN})
"""Who is a person; portals and partner systems call under an account of operation."""
MOST_SEEN = 100_000
Usage = tuple[date, str, str]


@dataclass(frozen=True)
class Depot:
    """Counts on their way to the database; ``rang`` tells a second try from a new deposit of the same ``porte``."""

    porte: UUID
    rang: int
    nombres: Counter[Usage]


class Usages:
    """Counts requests. When a person was last seen is forgotten after half an hour, and never leaves this memory."""

    def __init__(self) -> None:
        self._counts: Counter[Usage] = Counter()
        self._porte, self._rang = uuid4(), 0
        self._held: Depot | None = None
        self._seen: OrderedDict[str, float] = OrderedDict()
        self._today, self._until = clock.today(), 0.0

    def note(self, caller: Caller, template: str) -> None:
        """Count one request."""
        jour, genre = self._day(), caller.genre
        self._counts[jour, genre.value, template] += 1
        if genre in PERSONS and self._comes_in(caller.name):
            self._counts[jour, genre.value, CONNEXION] += 1

    def hand_over(self) -> Depot | None:
        """Return the deposit that is not known to be kept, else what was counted since, ``None`` when nothing was."""
        if self._held is None and self._counts:
            self._rang += 1
            self._held, self._counts = Depot(self._porte, self._rang, self._counts), Counter()
        return self._held

    def forget(self, depot: Depot) -> None:
        """Note that a deposit is kept."""
        if self._held is depot:
            self._held = None

    def _day(self) -> date:
        now = time.time()
        if now >= self._until:
            self._today = clock.today()
            midnight = datetime.combine(self._today + timedelta(days=1), datetime.min.time(), PARIS)
            self._until = midnight.timestamp()
        return self._today

    def _comes_in(self, name: str) -> bool:
        now = time.monotonic()
        before = self._seen.pop(name, None)
        self._seen[name] = now
        while self._seen and (len(self._seen) > MOST_SEEN or self._oldest() < now - SILENCE_SECONDS):
            self._seen.popitem(last=False)
        return before is None or now - before >= SILENCE_SECONDS

    def _oldest(self) -> float:
        return next(iter(self._seen.values()))
