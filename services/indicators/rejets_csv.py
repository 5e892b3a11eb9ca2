"""``rejets.csv``: the rejected rows and what is wrong with them, ready to be mended and pushed back."""

import csv
import io
import json
import re
from collections.abc import Iterable
from typing import Any

from services.indicators.lot_rows import ERREUR, FIELDS, NUMBERS, VENTILATION

ERREURS = ("champ", "code", "message", "attendu", "suggestion")
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "Un CSV, `,` et `.`, UTF-8."}
}
DANGEROUS = re.compile(r"'*[=+\-@\t\r]")
NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


def write_rejets(faults: Iterable[Any]) -> bytes:
    """Return the CSV of the rows in which ``faults`` were found: one line a row, several faults joined by `` | ``."""
    rows: dict[int, dict[str, Any]] = {}
    told: dict[int, list[dict[str, Any]]] = {}
    for each in faults:
        told.setdefault(each["indice"], []).append(json.loads(each["faute"]))
        if each["ligne"] is not None:
            rows[each["indice"]] = _flat(json.loads(each["ligne"]))
    dimensions = sorted({name for row in rows.values() for name in row if name.startswith(VENTILATION)})
    columns = [*FIELDS, *dimensions]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*columns, *(ERREUR + name for name in ERREURS)])
    for indice, own in told.items():
        row = rows.get(indice, {})
        cells = [_cell(name, row.get(name)) for name in columns]
        writer.writerow([*cells, *(_guard(" | ".join(_text(each[name]) for each in own)) for name in ERREURS)])
    return out.getvalue().encode("utf-8", "replace")


def _flat(row: Any) -> dict[str, Any]:
    if not isinstance(row, dict):
        return {}
    ventilation = row.get("ventilation")
    flat = {name: value for name, value in row.items() if name in FIELDS}
    if isinstance(ventilation, dict):
        flat |= {f"{VENTILATION}{name}": value for name, value in ventilation.items()}
    return flat


def _cell(name: str, value: Any) -> str:
    text = _text(value)
    return text if name in NUMBERS and NUMBER.fullmatch(text) else _guard(text)


def _guard(text: str) -> str:
    """Keep a spreadsheet from running the cell; reading a push takes one quote off again."""
    return f"'{text}" if DANGEROUS.match(text) else text


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
