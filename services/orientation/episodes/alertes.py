"""What someone should look at in a dossier, and from which day to which: pure, from its events (§5.9).

Sources: CASF R262-65-2 then D262-65-2 (orientation), L262-31 (a social pathway is looked at again after 6 months, 12 at
most); to convene again within 15 days, and two weeks of notice before the legal day, are our choices.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from services.orientation.episodes.etats import EtatParcours
from services.orientation.episodes.evenements import Evenement, Type
from services.orientation.episodes.jours import replay_days
from services.orientation.episodes.parcours import Episode
from services.orientation.rules.situation import add_months
from shared.vocabulary import Terme

Delai = Callable[[date], date | None]
"""Gives the last day of the legal clock of a notification."""
NOTICE, RECONVENE = timedelta(days=14), timedelta(days=15)
REVIEW_FROM, REVIEW_TO = 6, 12
SOCIAL = "SOCIAL"


class TypeAlerte(Terme):
    """Ce qui demande une attention"""

    DELAI_LEGAL = (
        "DELAI_LEGAL",
        "Délai légal",
        "L'orientation reste à décider : son délai légal s'achève ou est passé",
    )
    A_RECONVOQUER = "A_RECONVOQUER", "À reconvoquer", "Absente, excusée ou annulée : la personne attend une convocation"
    AVIS_EP = "AVIS_EP", "Avis de l'équipe", "Le mois de l'équipe pluridisciplinaire s'achève ou est passé"
    SOCIAL_A_REVOIR = "SOCIAL_A_REVOIR", "Parcours social à revoir", "En parcours social depuis six mois ou plus"
    REGLES = "REGLES", "Règles", "Un jeu de règles cesse bientôt de valoir"
    ENVOI = "ENVOI", "Envoi d'indicateurs", "Des indicateurs attendent d'être reçus, ou furent refusés"


class Sujet(NamedTuple):
    """What is to be done, by which day; it is told from ``depuis`` on."""

    type: TypeAlerte
    depuis: date
    echeance: date


@dataclass(frozen=True, slots=True)
class Alerte:
    """What is told of a dossier from ``de`` on and before ``jusqu``."""

    type: TypeAlerte
    echeance: date
    de: date
    jusqu: date


def find_alerts(evenements: Sequence[Evenement], delai: Delai, today: date) -> list[Alerte]:
    """Return what is to be told today or later, as long as nothing else happens."""
    alertes: list[Alerte] = []
    opened: dict[Sujet, date] = {}
    missed = _days_of(evenements, (Type.ABSENCE, Type.ANNULATION))
    reviewed = _days_of(evenements, (Type.AVIS,))
    for jour, parcours in replay_days(evenements):
        episode = parcours.episodes[-1] if parcours.episodes else None
        seen: set[Sujet] = set()
        if episode is not None and episode.ouvert:
            brsa, soumis = parcours.statut(jour)
            if episode.decisions:
                seen.update(_look_at_pathway(episode, reviewed, jour) if brsa else ())
            else:
                seen.update(_look_before_orientation(episode, missed, jour, delai if brsa and soumis else None))
        over = [sujet for sujet in opened if sujet not in seen]
        alertes += [_tell(sujet, opened.pop(sujet), jour) for sujet in over]
        for sujet in seen:
            opened.setdefault(sujet, jour)
    alertes += [_tell(sujet, de, date.max) for sujet, de in opened.items()]
    return [each for each in alertes if each.jusqu > max(today, each.de)]


def _days_of(evenements: Sequence[Evenement], types: Collection[Type]) -> list[date]:
    return sorted(each.jour for each in evenements if each.type in types)


def _tell(sujet: Sujet, de: date, jusqu: date) -> Alerte:
    return Alerte(sujet.type, sujet.echeance, max(de, sujet.depuis), jusqu)


def _look_before_orientation(
    episode: Episode, missed: Sequence[date], jour: date, delai: Delai | None
) -> Iterator[Sujet]:
    due = delai(episode.notification) if delai and episode.notification else None
    if due is not None:
        yield Sujet(TypeAlerte.DELAI_LEGAL, due - NOTICE, due)
    if episode.etat in (EtatParcours.ABSENT_RIO, EtatParcours.A_RECONVOQUER):
        since = max(each for each in missed if each <= jour)
        yield Sujet(TypeAlerte.A_RECONVOQUER, since, since + RECONVENE)


def _look_at_pathway(episode: Episode, reviewed: Sequence[date], jour: date) -> Iterator[Sujet]:
    """Yield that a social pathway is to be looked at again: after the decision, then after each opinion of the team."""
    decision = episode.decisions[-1]
    if decision.parcours == SOCIAL:
        since = max((each for each in reviewed if decision.jour < each <= jour), default=decision.jour)
        yield Sujet(TypeAlerte.SOCIAL_A_REVOIR, add_months(since, REVIEW_FROM), add_months(since, REVIEW_TO))
