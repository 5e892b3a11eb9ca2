"""A meeting as an iCalendar event (RFC 5545): nothing in it tells of a person, those who run it included."""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from icalendar import Calendar, Event

from services.orientation.langues import Langue
from services.orientation.vocabulary_rencontres import Accessibilite, ModaliteRencontre, StatutRencontre
from shared.territoires import Arbre

MAKER = "-//SPIE//Rencontres//FR"
DOMAIN = "rencontres.spie"


def write_calendar(rencontre: Mapping[str, Any], arbre: Arbre) -> bytes:
    """Return the calendar of one meeting: always the same bytes for the same state.

    Times are in UTC, which needs no time-zone part; ``UID`` never changes, ``SEQUENCE`` counts the changes, and
    ``STATUS`` is ``CANCELLED`` once the meeting is.
    """
    modalite = ModaliteRencontre.of(rencontre["modalite"])
    event = Event()
    event.add("uid", f"{rencontre['id']}@{DOMAIN}")
    event.add("dtstamp", rencontre["modifie_le"].astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", rencontre["debut"].astimezone(UTC))
    event.add("dtend", rencontre["fin"].astimezone(UTC))
    event.add("summary", modalite.libelle)
    event.add("location", f"{rencontre['lieu']}, {arbre.entry(rencontre['commune']).nom}")
    event.add("description", _describe(rencontre))
    event.add("sequence", rencontre["sequence"])
    event.add("status", "CANCELLED" if rencontre["statut"] == StatutRencontre.ANNULEE else "CONFIRMED")
    event.add("transp", "OPAQUE")
    calendar = Calendar()
    calendar.add("prodid", MAKER)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    body: bytes = calendar.to_ical()
    return body


def _describe(rencontre: Mapping[str, Any]) -> str:
    langues = ", ".join(Langue.of(code).libelle.lower() for code in rencontre["langues"])
    offered = ", ".join(Accessibilite.of(code).libelle.lower() for code in rencontre["accessibilite"])
    return f"Langues : {langues}." + (f" Accessibilité : {offered}." if offered else "")
