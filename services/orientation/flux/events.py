"""What a line may say happened, and what a file makes happen to a person. Pure functions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.orientation.episodes import Evenement, Type, replay
from services.orientation.episodes.evenements import FIELDS as CARRIED
from services.orientation.errors import fault
from services.orientation.flux.identities import read_day
from shared.errors import Faute

ETAPES = ("DIRECTE", "APRES_RIO", "APRES_ENTRETIEN", "OFFICE")
FIELDS: dict[str, tuple[str, ...]] = {"statut": ("brsa", "soumis_dd"), "orientation": ("parcours", "etape")}


@dataclass(frozen=True, slots=True)
class EvenementLu:
    """Something that happened: which day, of what type, with which fields."""

    jour: date
    type: str
    contenu: dict[str, Any] = field(default_factory=dict)


def check_event(
    given: Any, allowed: Collection[str], parcours: Collection[str], jour: date
) -> EvenementLu | list[Faute]:
    """Return the event of a line, or its faults. ``jour`` is the day of reception: nothing happened after it."""
    if not isinstance(given, dict):
        return [fault("/evenement", "TYPE_INVALIDE", "{type, date, …}")]
    kind = given.get("type")
    if not isinstance(kind, str) or kind not in allowed:
        code = "CHAMP_REQUIS" if kind is None else "EVENEMENT_REFUSE"
        return [fault("/evenement/type", code, sorted(allowed))]
    fields = FIELDS.get(kind, ())
    faults = [
        fault(f"/evenement/{name}", "CHAMP_REQUIS") for name in fields if name not in given and name != "soumis_dd"
    ]
    if any(name not in (*fields, "type", "date") for name in given):
        faults.append(fault("/evenement", "CHAMP_INCONNU", ["type", "date", *fields]))
    day = _read_date(given.get("date"), kind, jour, faults)
    for name in fields:
        if name in given:
            faults += _check_field(name, given[name], parcours)
    if faults or day is None:
        return faults
    return EvenementLu(day, kind, {name: given[name] for name in fields if name in given})


def _read_date(given: Any, kind: str, jour: date, faults: list[Faute]) -> date | None:
    """Return the day of an event: that of reception when none is given, and always for a notification (R262-65-1)."""
    if given is None and kind not in ("orientation", "contrat"):
        return jour
    day = read_day(given) if isinstance(given, str) else None
    if day is None:
        faults.append(fault("/evenement/date", "DATE_INVALIDE", "un jour AAAA-MM-JJ"))
    elif not day.year >= 2000 or day > jour:
        faults.append(fault("/evenement/date", "HORS_BORNES", "un jour passé, depuis 2000"))
    return jour if kind == "notification_sdd" and day else day


def _check_field(name: str, valeur: Any, parcours: Collection[str]) -> list[Faute]:
    champ = f"/evenement/{name}"
    if name in ("brsa", "soumis_dd"):
        good = valeur is None or isinstance(valeur, bool)
        return [] if good else [fault(champ, "TYPE_INVALIDE", "true, false ou null")]
    known = sorted(parcours) if name == "parcours" else list(ETAPES)
    return [] if isinstance(valeur, str) and valeur in known else [fault(champ, "VALEUR_INCONNUE", known)]


def has_open_episode(events: Sequence[EvenementLu]) -> bool:
    """Tell whether an episode is open after ``events``."""
    return _look(events)[0]


def is_notified(events: Sequence[EvenementLu]) -> bool:
    """Tell whether the open episode has its notification: it starts the clock once."""
    return all(_look(events))


def _look(events: Sequence[EvenementLu]) -> tuple[bool, bool]:
    played = [
        Evenement(
            each.jour,
            Type(each.type),
            {name: each.contenu.get(name) for name in CARRIED.get(Type(each.type), ())},
            rang,
        )
        for rang, each in enumerate(events)
    ]
    if not played:
        return False, False
    parcours = replay(played, max(each.jour for each in played))
    last = parcours.episodes[-1] if parcours.episodes else None
    return (True, last.notification is not None) if last is not None and last.ouvert else (False, False)


def events_of(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    past: Sequence[EvenementLu],
    *,
    said: EvenementLu | None,
    jour: date,
    signale: bool,
) -> list[EvenementLu]:
    """Return what a line makes happen: by its facts on the day of reception, and by what it says happened.

    A status that changes is an event; the notification comes when a person becomes subject to duties, once an episode;
    a feed that signals opens an episode where there is none.
    """
    made: list[EvenementLu] = []
    old, new = ({name: facts.get(name) for name in FIELDS["statut"]} for facts in (before, after))
    if new != old:
        made.append(EvenementLu(said.jour if said and said.type == "statut" else jour, "statut", new))
    if _is_subject(new) and not _is_subject(old):
        _add(made, past, EvenementLu(jour, "notification_sdd"))
    if said is not None and said.type != "statut":
        _add(made, past, said)
    if signale:
        _add(made, past, EvenementLu(jour, "signalement"))
    return made


def _is_subject(statut: Mapping[str, Any]) -> bool:
    return statut["brsa"] is True and statut["soumis_dd"] is True


def _add(made: list[EvenementLu], past: Sequence[EvenementLu], event: EvenementLu) -> None:
    """Add ``event`` unless it is known, or says again what its episode has once."""
    known = [*past, *made]
    if event.type == "signalement":
        repeated = has_open_episode(known)
    elif event.type == "notification_sdd":
        repeated = is_notified(known)
    else:
        repeated = event in known
    if not repeated:
        made.append(event)
