"""Reading a file: NDJSON to an envelope and lines. What cannot be read refuses the whole."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.orientation.errors import fault
from services.orientation.flux.definitions import Definitions
from services.orientation.schemas.flux import EnveloppeFlux
from shared.body import parse_json, validate
from shared.errors import DonneesRefusees, Phrase, RequeteIllisible
from shared.problems import unknown_value

EARLIEST, AHEAD = datetime(2000, 1, 1, tzinfo=UTC), timedelta(days=1)
FIRST_LINE = 'la première ligne est {"enveloppe": {source, flux, extrait_le, nombre}}'


@dataclass(frozen=True, slots=True)
class LigneLue:
    """One line as it came: its rank among the lines, its line in the file, what it holds."""

    indice: int
    ligne_source: int
    contenu: Any


@dataclass(frozen=True)
class FluxLu:
    """A file that could be read."""

    enveloppe: EnveloppeFlux
    lignes: list[LigneLue]


def read_flux(body: bytes, definitions: Definitions, recu_le: datetime) -> FluxLu:
    """Read a file. Raises :class:`RequeteIllisible` (400) or :class:`DonneesRefusees` (422, the envelope)."""
    lines = [(number, line) for number, line in enumerate(body.split(b"\n"), 1) if line.strip()]
    if not lines:
        raise RequeteIllisible(Phrase("Le corps est vide", "The body is empty"))
    number, first = lines[0]
    head = _parse(first, number)
    if not isinstance(head, dict) or list(head) != ["enveloppe"]:
        raise DonneesRefusees(erreurs=[fault("/enveloppe", "CHAMP_REQUIS", FIRST_LINE)])
    try:
        enveloppe = validate(EnveloppeFlux, head["enveloppe"])
    except DonneesRefusees as refus:
        own = [replace(each, champ=f"/enveloppe{each.champ}") for each in refus.erreurs]
        raise DonneesRefusees(erreurs=own) from refus
    _check_enveloppe(enveloppe, definitions, recu_le)
    return FluxLu(enveloppe, [LigneLue(i, n, _parse(line, n)) for i, (n, line) in enumerate(lines[1:])])


def _check_enveloppe(enveloppe: EnveloppeFlux, definitions: Definitions, recu_le: datetime) -> None:
    faults = []
    if enveloppe.flux not in definitions.flux:
        faults.append(unknown_value("/enveloppe/flux", enveloppe.flux, definitions.codes, code="VALEUR_INCONNUE"))
    if not EARLIEST <= enveloppe.extrait_le <= recu_le + AHEAD:
        faults.append(fault("/enveloppe/extrait_le", "HORS_BORNES", "ni avant 2000 ni après aujourd'hui"))
    if faults:
        raise DonneesRefusees(erreurs=faults)


def _parse(line: bytes, number: int) -> Any:
    """Return the value of a line. What it says is not told again: a key given twice could be a name."""
    try:
        return parse_json(line)
    except RequeteIllisible as error:
        told = Phrase(f"La ligne {number} ne peut pas être lue", f"Line {number} cannot be read")
        raise RequeteIllisible(told) from error
