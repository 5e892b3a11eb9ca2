"""Wall times of Europe/Paris and the instants that they tell, also on the days when clocks change. Pure functions."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from shared.clock import PARIS
from shared.errors import CodeFaute, Phrase, declare
from shared.problems import FauteError

FORM = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::00)?(Z|[+-]\d{2}:\d{2})?", re.ASCII)
WEEK = timedelta(days=7)

declare(
    CodeFaute("HEURE_INVALIDE", Phrase("Ce n'est pas une heure AAAA-MM-JJThh:mm", "Not a time YYYY-MM-DDThh:mm")),
    CodeFaute(
        "HEURE_INEXISTANTE", Phrase("Cette heure n'existe pas à Paris ce jour-là", "No such time in Paris that day")
    ),
    CodeFaute(
        "HEURE_AMBIGUE", Phrase("Cette heure sonne deux fois à Paris ce jour-là", "This time comes twice that day")
    ),
)


def read_debut(text: str) -> datetime:
    """Return, in UTC, the instant that ``text`` tells: with an offset, or the time that clocks show in Paris.

    Raises :class:`FauteError`: ``HEURE_INVALIDE`` (another form, seconds, a day that does not exist),
    ``HEURE_INEXISTANTE`` (clocks skip it), ``HEURE_AMBIGUE`` (clocks show it twice; an offset says which).
    """
    try:
        given = datetime.fromisoformat(text) if FORM.fullmatch(text) else None
        if given is not None:
            return given.astimezone(UTC) if given.tzinfo else resolve(given)
    except (ValueError, OverflowError) as error:
        if isinstance(error, FauteError):
            raise
    raise FauteError("HEURE_INVALIDE")


def resolve(wall: datetime) -> datetime:
    """Return, in UTC, the one instant at which clocks show ``wall`` in Paris. Raises as :func:`read_debut`."""
    first, second = (wall.replace(tzinfo=PARIS, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    told = wall.isoformat(timespec="minutes")
    if first.astimezone(UTC).astimezone(PARIS).replace(tzinfo=None) != wall:
        raise FauteError("HEURE_INEXISTANTE", Phrase(f"{told} n'existe pas à Paris", f"{told} does not exist in Paris"))
    both = " ou ".join(each.isoformat(timespec="minutes") for each in (first, second))
    english = both.replace(" ou ", " or ")
    raise FauteError("HEURE_AMBIGUE", Phrase(f"{told} sonne deux fois : {both}", f"{told} comes twice: {english}"))


def iter_weeks(debut: datetime, semaines: int) -> Iterator[datetime]:
    """Yield ``debut`` and the instants of the weeks after it at which clocks in Paris show the same time.

    Raises as :func:`read_debut` for a week when clocks skip that time, or show it twice.
    """
    wall = debut.astimezone(PARIS).replace(tzinfo=None)
    yield debut
    for week in range(1, semaines):
        yield resolve(wall + week * WEEK)
