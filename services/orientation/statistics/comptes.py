"""What counts of one dossier, as small dated rows: the figures of any period are sums over them (§5.10). Pure.

A row holds for the periods that end from ``de`` on and before ``jusqu``, for what is known of a person changes with the
end of the period: a pathway is rectified, a notification comes after an entry, sixty silent days go by. Rows are read
off the parcours after each day that changes it, so that they say what :func:`compute` says.

Distinct persons are counted without comparing persons: a row knows the day of the row before it of the same person, and
counts a person in the periods that begin after that day.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import NamedTuple

from services.orientation.episodes import Episode, EtatParcours, Evenement, Parcours, Type, replay_days
from services.orientation.statistics.rio import PerimetreBrsa, is_recipient

NEVER, ALWAYS = date.min, date.max
"""No row before this one; a row that nothing ends. The database holds them as infinities."""
FORME = 2
"""The form of the rows; what folds otherwise takes the next number, and what an older version folded is done again."""
EVERYONE = 0
PERIMETRES = {PerimetreBrsa.SOUMIS: 1, PerimetreBrsa.TOUS: 2}
"""The perimeter a row counts in; those that count in both are written once, as ``EVERYONE``."""


ETAPES = (
    EtatParcours.SIGNALE,
    EtatParcours.CONVOQUE,
    EtatParcours.PRESENT_RIO,
    EtatParcours.ORIENTE,
    EtatParcours.ENTRE,
)
"""The steps of the funnel of fiche 11: its actions convene, receive, orient and have the person enter a pathway."""
QUIET = frozenset(
    {
        Type.STATUT,
        Type.ABSENCE,
        Type.ANNULATION,
        Type.CONTACT,
        Type.DEMANDE,
        Type.AVIS,
        Type.CONTRAT,
        Type.CHANGEMENT,
    }
)
"""What changes no row by itself: a status is read on the day of what counts, absences once they make an abandon."""


class Nature(IntEnum):
    """What a row counts."""

    PRESENCE = 1
    ENTREE = 2
    DELAI = 3
    ATTENTE = 4
    REORIENTATION = 5
    ABANDON = 6
    PREMIERE = 7
    INCONNU = 8
    ANOMALIE = 9
    ETAPE = 10


class Fait(NamedTuple):
    """Something that counts on ``jour``: ``cle`` names its cell, ``precedent`` the day before it in the same cell,
    ``precedent_tous`` in any cell; a delay has its two halves, in days.
    """

    nature: Nature
    jour: date = NEVER
    cle: str = ""
    perimetre: int = EVERYONE
    precedent: date = NEVER
    precedent_tous: date = NEVER
    orientation: int = 0
    rdv: int = 0


@dataclass(frozen=True, slots=True)
class Compte:
    """``nombre`` times ``fait``, in the periods that end from ``de`` on and before ``jusqu``."""

    fait: Fait
    nombre: int
    de: date
    jusqu: date


def fold(evenements: Sequence[Evenement]) -> list[Compte]:
    """Return all that counts of a person's history."""
    comptes: list[Compte] = []
    opened: dict[tuple[Fait, int], date] = {}
    loud = {each.jour for each in evenements if each.type not in QUIET}
    noted = (0, 0)
    for jour, parcours in replay_days(evenements):
        before, noted = noted, (len(parcours.anomalies), len(parcours.abandons))
        if jour not in loud and noted == before:
            continue
        seen = Counter(_iter_faits(parcours)).items()
        over = [key for key in opened if key not in seen]
        comptes += [Compte(*key, opened.pop(key), jour) for key in over]
        for key in seen:
            opened.setdefault(key, jour)
    return comptes + [Compte(*key, de, ALWAYS) for key, de in opened.items()]


def _iter_faits(parcours: Parcours) -> Iterator[Fait]:
    yield from _chain(Nature.PRESENCE, parcours.presences)
    yield from _chain(Nature.ENTREE, list(_iter_entries(parcours)))
    yield from (each._replace(precedent_tous=NEVER) for each in _chain(Nature.ETAPE, list(_iter_steps(parcours))))
    yield from _chain(Nature.ABANDON, [(each.jour, "") for each in parcours.abandons if each.brsa is False])
    yield from (Fait(Nature.ANOMALIE, cle=code) for code in parcours.anomalies)
    if all(not brsa or soumis for _, brsa, soumis in parcours.statuts):
        yield from _iter_recipients(parcours, PerimetreBrsa.TOUS)
        return
    narrow, wide = (Counter(_iter_recipients(parcours, each)) for each in PerimetreBrsa)
    both = narrow & wide
    yield from both.elements()
    for perimetre, own in ((PERIMETRES[PerimetreBrsa.SOUMIS], narrow), (PERIMETRES[PerimetreBrsa.TOUS], wide)):
        yield from (fait._replace(perimetre=perimetre) for fait in (own - both).elements())


def _iter_entries(parcours: Parcours) -> Iterator[tuple[date, str]]:
    for episode in parcours.episodes:
        for decision in episode.decisions:
            if decision.entree is not None:
                yield decision.entree, f"{decision.parcours}/{decision.etape}"


def _iter_steps(parcours: Parcours) -> Iterator[tuple[date, str]]:
    """Yield the steps gone through, each on the day when its episode began: those who began together are compared."""
    for episode in parcours.episodes:
        for etape in ETAPES:
            if etape in episode.franchis:
                yield episode.ouverture, etape.value


def _iter_recipients(parcours: Parcours, perimetre: PerimetreBrsa) -> Iterator[Fait]:
    """Yield what counts of a recipient, as ``perimetre`` understands it, and when the status was unknown."""
    moved: list[tuple[date, str]] = []
    unknown = [each.jour for each in parcours.abandons if each.brsa is None]
    for episode in parcours.episodes:
        for rank, decision in enumerate(episode.decisions):
            recipient = is_recipient(parcours, decision.jour, perimetre)
            if recipient is None:
                unknown.append(decision.jour)
            elif recipient and rank:
                moved.append((decision.jour, decision.parcours))
            elif recipient:
                yield Fait(Nature.PREMIERE, decision.jour, f"{decision.parcours}/{decision.etape}")
        yield from _iter_delays(parcours, episode, perimetre, unknown)
    yield from _chain(Nature.REORIENTATION, moved, repeated=True)
    yield from _chain(Nature.INCONNU, [(jour, "") for jour in unknown])


def _iter_delays(parcours: Parcours, episode: Episode, perimetre: PerimetreBrsa, unknown: list[date]) -> Iterator[Fait]:
    """Yield the delay of an episode, or that it waits."""
    if episode.entree_avant_notification or (episode.entree is None and not episode.ouvert):
        return
    recipient = is_recipient(parcours, episode.debut, perimetre)
    if episode.entree is None:
        if recipient:
            yield Fait(Nature.ATTENTE)
    elif recipient is None:
        unknown.append(episode.entree)
    elif recipient:
        oriented = episode.decisions[0].jour
        halves = (oriented - episode.debut).days, (episode.entree - oriented).days
        yield Fait(Nature.DELAI, episode.entree, orientation=halves[0], rdv=halves[1])


def _chain(nature: Nature, days: Sequence[tuple[date, str]], *, repeated: bool = False) -> Iterator[Fait]:
    """Yield one row a day and cell, or as many as there are when ``repeated``, each told of the one before it.

    The second cell of a day follows the first in the day: it never counts the person again.
    """
    if not days:
        return
    last: dict[str, date] = {}
    before = NEVER
    for (jour, cle), times in sorted(Counter(days).items()):
        for rank in range(times if repeated else 1):
            yield Fait(nature, jour, cle, precedent=jour if rank else last.get(cle, NEVER), precedent_tous=before)
            last[cle] = before = jour
