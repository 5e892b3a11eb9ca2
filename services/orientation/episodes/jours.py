"""A parcours day after day: what :func:`replay` would give up to each day, in one pass over the events."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import groupby

from services.orientation.episodes.evenements import Evenement
from services.orientation.episodes.parcours import Film, Parcours


def replay_days(evenements: Iterable[Evenement]) -> Iterator[tuple[date, Parcours]]:
    """Play every event; yield each day that may change something, and the parcours, to be read before the next one.

    It is then what :func:`replay` gives up to that day, and up to any day before the next one yielded.
    """
    film = Film()
    for jour, happened in groupby(sorted(evenements, key=lambda each: each.order), key=lambda each: each.jour):
        if (silent := film.judge_silence(jour - timedelta(days=1))) is not None:
            yield silent, film.parcours
        for evenement in happened:
            film.play(evenement)
        yield jour, film.parcours
    if (silent := film.judge_silence(date.max)) is not None:
        yield silent, film.parcours
