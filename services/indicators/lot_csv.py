"""Reading the rows of a push in CSV (RFC 4180), in the dialect that the sender tells."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

from services.indicators.errors import fault
from services.indicators.lot_rows import EN_TROP, ERREUR, FIELDS, NUMBERS, VENTILATION, LigneLue
from services.indicators.schemas.lots import TABULATION, DialecteCsv
from shared.errors import CODES_FAUTE, Faute, Phrase, RequeteIllisible
from shared.problems import nearest

GUARDED = re.compile(r"'+[=+\-@\t\r]")
NEEDED = ("grandeur", "territoire", "periode")
MAX_COLUMNS = 200


def read_csv(body: bytes, dialect: DialecteCsv) -> list[LigneLue]:
    """Return the rows of ``body``. Raises :class:`RequeteIllisible`, naming every column that is not one."""
    try:
        text = body.decode(dialect.encodage.value).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        where = f"{dialect.encodage.value} (octet {error.start})"
        raise RequeteIllisible(Phrase(f"Le corps n'est pas en {where}", f"The body is not in {where}")) from error
    try:
        return list(_iter_rows(text, dialect))
    except csv.Error as error:
        raise RequeteIllisible(Phrase(f"CSV illisible : {error}", f"Unreadable CSV: {error}")) from error


def _iter_rows(text: str, dialect: DialecteCsv) -> Iterator[LigneLue]:
    separateur = "\t" if dialect.separateur == TABULATION else dialect.separateur
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separateur, strict=True)
    columns = _check_header([name.strip() for name in next(reader, [])])
    indice = 0
    line = reader.line_num
    for cells in reader:
        start, line = line + 1, reader.line_num
        if not any(cells):  # an empty line, or one that a spreadsheet filled with separators
            continue
        yield LigneLue(indice, start, _row_of(columns, cells, dialect.decimale))
        indice += 1


def _check_header(names: list[str]) -> list[str]:
    if not names:
        raise RequeteIllisible(Phrase("Le CSV n'a pas d'en-tête", "The CSV has no header"))
    if len(names) > MAX_COLUMNS:
        raise RequeteIllisible(Phrase(f"Plus de {MAX_COLUMNS} colonnes", f"More than {MAX_COLUMNS} columns"))
    known = [*FIELDS, VENTILATION + "sexe"]
    faults = [
        Faute(
            champ=name[:80],
            code="CHAMP_INCONNU",
            message=CODES_FAUTE["CHAMP_INCONNU"].libelle,
            attendu=list(FIELDS),
            suggestion=_suggest_column(name, known),
        )
        for name in names
        if name not in FIELDS and not name.startswith((VENTILATION, ERREUR))
    ]
    faults += [
        fault(name[:80], "PARAMETRE_REPETE", attendu="chaque colonne une fois")
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    faults += [fault(name, "CHAMP_REQUIS") for name in NEEDED if name not in names]
    if faults:
        detail = Phrase("L'en-tête du CSV est refusé", "The CSV header is refused")
        raise RequeteIllisible(detail, erreurs=faults)
    return names


def _suggest_column(name: str, known: list[str]) -> str | None:
    """Return the column that was meant; a whole header in one column tells that the separator is another."""
    for sign, told in ((";", ";"), ("\t", TABULATION), ("|", "|"), (",", ",")):
        if sign in name:
            return f"separateur={told}"
    return nearest(name[:80], known)


def _row_of(columns: list[str], cells: list[str], decimale: str) -> dict[Any, Any]:
    row: dict[Any, Any] = {EN_TROP: cells[len(columns) :]} if len(cells) > len(columns) else {}
    ventilation: dict[str, str] = {}
    for name, cell in zip(columns, cells, strict=False):
        if cell == "" or name.startswith(ERREUR):
            continue
        if cell[0] == "'" and GUARDED.match(cell):
            cell = cell[1:]  # noqa: PLW2901 - the quote that keeps spreadsheets from running a cell
        if name.startswith(VENTILATION):
            ventilation[name.removeprefix(VENTILATION)] = cell
        elif name in NUMBERS and decimale == ",":
            row[name] = cell.replace(",", ".") if "." not in cell else f"{cell} (point)"
        else:
            row[name] = cell
    if ventilation:
        row["ventilation"] = ventilation
    return row
