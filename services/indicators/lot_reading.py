"""Reading the body of a push: JSON, NDJSON or CSV, to an envelope and rows. What cannot be read refuses the whole."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from services.indicators import lot_json
from services.indicators.errors import fault
from services.indicators.lot_csv import read_csv
from services.indicators.lot_rows import LigneLue
from services.indicators.row_faults import pointer_to
from services.indicators.row_validation import check_instant
from services.indicators.schemas.lots import DialecteCsv, Enveloppe
from services.indicators.vocabulary import StrategieLot
from shared.body import parse_json, validate
from shared.errors import DonneesRefusees, Faute, Phrase, RequeteIllisible
from shared.problems import unknown_value

JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"
MEDIA_TYPES = (JSON, NDJSON, CSV)
MEMBERS = ("enveloppe", "mesures")
WHOLE = re.compile(r"\d{1,12}", re.ASCII)
MAX_UNKNOWN = 20
INSTANT_TOLD = "un instant avec décalage, ici ou sur chaque ligne"


@dataclass(frozen=True)
class LotLu:
    """A push that could be read."""

    enveloppe: Enveloppe
    lignes: list[LigneLue]


def read_lot(body: bytes, media_type: str, parameters: Mapping[str, Any]) -> LotLu:
    """Read a push. Raises :class:`RequeteIllisible` (400) or :class:`DonneesRefusees` (422, the envelope)."""
    if media_type == CSV:
        return _read_csv(body, parameters)
    if parameters:  # unseen, a dry run asked for in the address would be a real one
        faults = [fault(name[:80], "PARAMETRE_INCONNU", attendu="dans l'enveloppe, hors du CSV") for name in parameters]
        raise DonneesRefusees(erreurs=faults)
    return _read_ndjson(body) if media_type == NDJSON else _read_json(body)


def _read_json(body: bytes) -> LotLu:
    value = lot_json.read_document(body) or _parse(body)
    if not isinstance(value, dict):
        raise DonneesRefusees(erreurs=[fault("", "TYPE_INVALIDE", attendu="{enveloppe, mesures[]}")])
    unknown = [name for name in value if name not in MEMBERS][:MAX_UNKNOWN]
    faults = [unknown_value(pointer_to(name), name[:60], MEMBERS, code="CHAMP_INCONNU") for name in unknown]
    rows = value.get("mesures")
    if not isinstance(rows, list):
        code = "CHAMP_REQUIS" if "mesures" not in value else "TYPE_INVALIDE"
        faults.append(fault("/mesures", code, attendu="une liste de lignes"))
    enveloppe = _read_enveloppe(value.get("enveloppe"), faults)
    return LotLu(enveloppe, [LigneLue(indice, None, row) for indice, row in enumerate(rows or ())])


def _read_ndjson(body: bytes) -> LotLu:
    lines = [(number, line) for number, raw in enumerate(body.split(b"\n"), 1) if (line := raw.strip())]
    if not lines:
        raise RequeteIllisible(Phrase("Le corps est vide", "The body is empty"))
    number, first = lines[0]
    head = _parse_line(first, number)
    if not isinstance(head, dict) or list(head) != ["enveloppe"]:
        message = 'la première ligne est {"enveloppe": {…}}'
        raise DonneesRefusees(erreurs=[fault("/enveloppe", "CHAMP_REQUIS", attendu=message)])
    enveloppe = _read_enveloppe(head["enveloppe"], [])
    numbers, texts = [number for number, _ in lines[1:]], [line for _, line in lines[1:]]
    rows = lot_json.read_lines(texts)
    if rows is None:
        rows = [_parse_line(line, number) for number, line in lines[1:]]
    return LotLu(enveloppe, [LigneLue(*row) for row in zip(range(len(rows)), numbers, rows, strict=True)])


def _parse_line(line: bytes, number: int) -> Any:
    try:
        return _parse(line)
    except RequeteIllisible as error:
        raise RequeteIllisible(
            Phrase(f"Ligne {number} : {error.detail.fr}", f"Line {number}: {error.detail.en}")
        ) from error


def _parse(body: bytes) -> Any:
    try:
        return parse_json(body, exact=True)
    except ArithmeticError as error:
        raise RequeteIllisible(Phrase("L'exposant d'un nombre est trop grand", "An exponent is too large")) from error


def _read_csv(body: bytes, parameters: Mapping[str, Any]) -> LotLu:
    given, known = dict(parameters), [*DialecteCsv.model_fields, *Enveloppe.model_fields]
    faults = [
        unknown_value(name[:80], name[:80], known, code="PARAMETRE_INCONNU") for name in given if name not in known
    ]
    told = {name: given.pop(name) for name in DialecteCsv.model_fields if name in given}
    try:
        dialect = validate(DialecteCsv, told)
    except DonneesRefusees as refus:
        own = [replace(each, champ=each.champ.removeprefix("/")) for each in refus.erreurs]
        raise DonneesRefusees(erreurs=[*faults, *own]) from refus
    enveloppe = _read_enveloppe(_typed({name: given[name] for name in given if name in known}), faults)
    return LotLu(enveloppe, read_csv(body, dialect))


def _typed(parameters: dict[str, Any]) -> dict[str, Any]:
    """Give query parameters the types that the envelope has in JSON."""
    typed: dict[str, Any] = dict(parameters)
    if typed.get("simulation") in ("true", "false"):
        typed["simulation"] = typed["simulation"] == "true"
    for name in ("confirmer", "schema_version"):
        if WHOLE.fullmatch(str(typed.get(name, ""))):
            typed[name] = int(typed[name])
    if "perimetre" in typed:
        typed["perimetre"] = _parse(str(typed["perimetre"]).encode("utf-8", "replace"))
    return typed


def _read_enveloppe(value: Any, faults: list[Faute]) -> Enveloppe:
    """Check the envelope; raise :class:`DonneesRefusees` with ``faults`` and its own."""
    try:
        enveloppe = validate(Enveloppe, {} if value is None else _written(value))
    except DonneesRefusees as refus:
        own = [replace(each, champ=f"/enveloppe{each.champ}") for each in refus.erreurs]
        raise DonneesRefusees(erreurs=[*faults, *own]) from refus
    if faults:
        raise DonneesRefusees(erreurs=faults)
    return enveloppe


def _written(value: Any) -> Any:
    """Return ``value`` with its exact numbers as they were written, which the models read as well."""
    if isinstance(value, dict):
        return {name: _written(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_written(part) for part in value]
    return str(value) if isinstance(value, Decimal) else value


def check_lot(lot: LotLu, now: datetime) -> None:
    """Refuse what no row can make good: no row, no date, a broken clock. Raises :class:`DonneesRefusees`."""
    enveloppe, champ = lot.enveloppe, "/enveloppe/extrait_le"
    replaced = enveloppe.strategie is StrategieLot.REMPLACEMENT
    faults = []
    if not lot.lignes and not replaced:
        faults.append(fault("/mesures", "LONGUEUR_INVALIDE", attendu="au moins une ligne"))
    if enveloppe.extrait_le is not None:
        faults += filter(None, [check_instant(enveloppe.extrait_le, now, champ)])
    elif replaced or (lot.lignes and not any(_is_dated(ligne) for ligne in lot.lignes)):
        expected = "un instant avec décalage" if replaced else INSTANT_TOLD
        faults.append(fault(champ, "CHAMP_REQUIS", attendu=expected))
    if faults:
        raise DonneesRefusees(erreurs=faults)


def _is_dated(ligne: LigneLue) -> bool:
    return isinstance(ligne.contenu, dict) and ligne.contenu.get("extrait_le") is not None
