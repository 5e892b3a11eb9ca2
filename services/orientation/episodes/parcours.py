"""A person's events played in order: episodes, decisions, entries, abandons, state and anomalies (§5.8, §5.10)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from services.orientation.episodes.etats import EtatParcours
from services.orientation.episodes.evenements import Evenement, Type

REORIENTATION = "REORIENTATION"
ABSENCES, SILENCE = 2, timedelta(days=60)
"""Unexcused absences in a row, and days without contact after the last, that make an implicit abandon (§5.12)."""

BEFORE = frozenset(
    {
        EtatParcours.SIGNALE,
        EtatParcours.CONVOQUE,
        EtatParcours.PRESENT_RIO,
        EtatParcours.ABSENT_RIO,
        EtatParcours.A_RECONVOQUER,
    }
)
CLOSED = frozenset({EtatParcours.ABANDON, EtatParcours.SORTI})
OPENING = frozenset({Type.SIGNALEMENT, Type.NOTIFICATION, Type.PRESENCE})
WITHOUT_EPISODE = frozenset({Type.STATUT, Type.CONTACT})


@dataclass(slots=True)
class Decision:
    """A pathway decided on a day, at a step; ``entree`` is the first honoured appointment that followed it."""

    jour: date
    parcours: str
    etape: str
    entree: date | None = None


@dataclass(slots=True)
class Episode:
    """From a signalement or a notification to a sortie or an abandon."""

    ouverture: date
    etat: EtatParcours = EtatParcours.SIGNALE
    franchis: set[EtatParcours] = field(default_factory=lambda: {EtatParcours.SIGNALE})
    """The states gone through before the end; one who came or was oriented at once skips some."""
    notification: date | None = None
    decisions: list[Decision] = field(default_factory=list)
    entree: date | None = None
    entree_avant_notification: bool = False
    absences: int = 0
    derniere_absence: date | None = None
    silence_juge: bool = False
    fin: date | None = None

    def reach(self, etat: EtatParcours) -> None:
        """Come to a state of an episode that goes on."""
        self.etat = etat
        self.franchis.add(etat)

    @property
    def debut(self) -> date:
        """The start of the delay: the first notification, else what opened the episode."""
        return self.notification or self.ouverture

    @property
    def ouvert(self) -> bool:
        """Whether the episode goes on."""
        return self.etat not in CLOSED


@dataclass(frozen=True, slots=True)
class Abandon:
    """An abandon, explicit or not, and the status of the person that day: false, or unknown."""

    jour: date
    brsa: bool | None


@dataclass(slots=True)
class Parcours:
    """All that a person lived through, up to a day."""

    episodes: list[Episode] = field(default_factory=list)
    statuts: list[tuple[date, bool | None, bool | None]] = field(default_factory=list)
    presences: list[tuple[date, str]] = field(default_factory=list)
    abandons: list[Abandon] = field(default_factory=list)
    anomalies: list[str] = field(default_factory=list)
    dernier_contact: date | None = None

    @property
    def etat(self) -> EtatParcours | None:
        """The state of the last episode, ``None`` when there never was one."""
        return self.episodes[-1].etat if self.episodes else None

    def statut(self, day: date) -> tuple[bool | None, bool | None]:
        """Return what was last said of the person on or before ``day``: recipient, subject to duties."""
        for told, brsa, soumis in reversed(self.statuts):
            if told <= day:
                return brsa, soumis
        return None, None


def replay(evenements: Iterable[Evenement], fin: date) -> Parcours:
    """Play the events up to ``fin``, in the order of their days whatever the order in which they came."""
    film = Film()
    for evenement in sorted((each for each in evenements if each.jour <= fin), key=lambda each: each.order):
        film.judge_silence(evenement.jour - timedelta(days=1))
        film.play(evenement)
    film.judge_silence(fin)
    return film.parcours


class Film:
    """The state of a replay: events are played in order, and silence is judged up to the day before each."""

    def __init__(self) -> None:
        self.parcours = Parcours()
        self._seen: set[object] = set()

    @property
    def _episode(self) -> Episode | None:
        """The open episode."""
        episodes = self.parcours.episodes
        return episodes[-1] if episodes and episodes[-1].ouvert else None

    def judge_silence(self, day: date) -> date | None:
        """Date the implicit abandon that fell on or before ``day``: the events of its own day came first."""
        episode = self._episode
        if episode is None or episode.derniere_absence is None or episode.absences < ABSENCES or episode.silence_juge:
            return None
        limit = episode.derniere_absence + SILENCE
        if limit > day:
            return None
        episode.silence_juge = True
        brsa, _ = self.parcours.statut(limit)
        self._abandon(episode, limit, brsa)
        return limit

    def play(self, evenement: Evenement) -> None:
        """Take in one event, or list why it is refused."""
        if evenement.content in self._seen:
            self.parcours.anomalies.append("DOUBLON")
            return
        self._seen.add(evenement.content)
        if evenement.type is Type.STATUT:
            told = (evenement.jour, evenement.champs["brsa"], evenement.champs["soumis_dd"])
            self.parcours.statuts.append(told)
            return
        episode = self._episode
        if episode is None and evenement.type in OPENING:
            episode = Episode(evenement.jour)
            self.parcours.episodes.append(episode)
        if episode is None:
            self._play_outside(evenement)
            return
        anomaly = PLAYED[evenement.type](self, episode, evenement) if evenement.type in PLAYED else None
        if anomaly is not None:
            self.parcours.anomalies.append(anomaly)

    def _play_outside(self, evenement: Evenement) -> None:
        if evenement.type not in WITHOUT_EPISODE:
            self.parcours.anomalies.append("EVENEMENT_SANS_EPISODE")
        else:
            self.parcours.dernier_contact = evenement.jour

    def notify(self, episode: Episode, evenement: Evenement) -> str | None:
        """Note the first notification: the legal clock starts; after the entry, it is strange."""
        if episode.notification is not None:
            return None
        episode.notification = evenement.jour
        if episode.entree is None:
            return None
        episode.entree_avant_notification = True
        return "ENTREE_AVANT_NOTIFICATION"

    def convene(self, episode: Episode, evenement: Evenement) -> str | None:
        """Note a convocation."""
        self._move(episode, EtatParcours.CONVOQUE)
        return None

    def attend(self, episode: Episode, evenement: Evenement) -> str | None:
        """Note a presence."""
        self.parcours.presences.append((evenement.jour, evenement.champs["modalite"]))
        self._hear(episode, evenement.jour)
        self._move(episode, EtatParcours.PRESENT_RIO)
        return None

    def miss(self, episode: Episode, evenement: Evenement) -> str | None:
        """Note an absence; one that is excused breaks a row of absences."""
        if evenement.champs["excusee"]:
            self._hear(episode, evenement.jour)
            self._move(episode, EtatParcours.A_RECONVOQUER)
        else:
            self._count_absence(episode, evenement.jour)
            self._move(episode, EtatParcours.ABSENT_RIO)
        return None

    def cancel(self, episode: Episode, evenement: Evenement) -> str | None:
        """Note that the service cancelled: the person is to be convened again."""
        self._move(episode, EtatParcours.A_RECONVOQUER)
        return None

    def hear(self, episode: Episode, evenement: Evenement) -> str | None:
        """Note a contact."""
        self._hear(episode, evenement.jour)
        return None

    def orient(self, episode: Episode, evenement: Evenement) -> str | None:
        """Note the first decision of the episode."""
        if episode.decisions:
            return "DOUBLE_ORIENTATION"
        champs = evenement.champs
        episode.decisions.append(Decision(evenement.jour, champs["parcours"], champs["etape"]))
        episode.reach(EtatParcours.ORIENTE)
        return None

    def meet(self, episode: Episode, evenement: Evenement) -> str | None:
        """Note the first appointment after a decision: honoured, it is the entry."""
        if not episode.decisions:
            return "RDV_SANS_ORIENTATION"
        if not evenement.champs["honore"]:
            self._count_absence(episode, evenement.jour)
            return None
        self._hear(episode, evenement.jour)
        if episode.etat is not EtatParcours.ENTRE:
            episode.decisions[-1].entree = evenement.jour
            episode.entree = episode.entree or evenement.jour
            episode.reach(EtatParcours.ENTRE)
        return None

    def reorient(self, episode: Episode, evenement: Evenement) -> str | None:
        """Note a decision that changes the pathway."""
        if not episode.decisions:
            return "REORIENTATION_SANS_ORIENTATION"
        if episode.decisions[-1].parcours == evenement.champs["vers"]:
            return "REORIENTATION_SANS_CHANGEMENT"
        episode.decisions.append(Decision(evenement.jour, evenement.champs["vers"], REORIENTATION))
        episode.reach(EtatParcours.REORIENTE)
        return None

    def rectify(self, episode: Episode, evenement: Evenement) -> str | None:
        """Correct the pathway of the latest decision, and so of its entry."""
        if episode.decisions:
            episode.decisions[-1].parcours = evenement.champs["parcours"]
        return None

    def give_up(self, episode: Episode, evenement: Evenement) -> str | None:
        """Note an explicit abandon, which a recipient never does."""
        brsa, _ = self.parcours.statut(evenement.jour)
        if brsa:
            return "ABANDON_BRSA"
        self._abandon(episode, evenement.jour, brsa)
        return None

    def leave(self, episode: Episode, evenement: Evenement) -> str | None:
        """Note the end of the episode."""
        episode.etat, episode.fin = EtatParcours.SORTI, evenement.jour
        return None

    def _move(self, episode: Episode, etat: EtatParcours) -> None:
        """Change the state of an episode whose person is not oriented yet."""
        if episode.etat in BEFORE:
            episode.reach(etat)

    def _hear(self, episode: Episode, day: date) -> None:
        episode.absences, episode.derniere_absence = 0, None
        self.parcours.dernier_contact = day

    def _count_absence(self, episode: Episode, day: date) -> None:
        episode.absences += 1
        episode.derniere_absence, episode.silence_juge = day, False

    def _abandon(self, episode: Episode, day: date, brsa: bool | None) -> None:
        """End the episode of someone who is not a recipient; of unknown status, it is only counted."""
        if brsa:
            return
        self.parcours.abandons.append(Abandon(day, brsa))
        if brsa is False:
            episode.etat, episode.fin = EtatParcours.ABANDON, day


PLAYED: Mapping[Type, Callable[[Film, Episode, Evenement], str | None]] = {
    Type.NOTIFICATION: Film.notify,
    Type.CONVOCATION: Film.convene,
    Type.PRESENCE: Film.attend,
    Type.ABSENCE: Film.miss,
    Type.ANNULATION: Film.cancel,
    Type.CONTACT: Film.hear,
    Type.ORIENTATION: Film.orient,
    Type.PREMIER_RDV: Film.meet,
    Type.REORIENTATION: Film.reorient,
    Type.RECTIFICATION: Film.rectify,
    Type.ABANDON: Film.give_up,
    Type.SORTIE: Film.leave,
}
"""What each type does to the open episode; the others change nothing of it."""
