"""Reading the rows of a push in CSV (RFC 4180), in the dialect that the sender tells."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from services.indicators.errors import fault
from services.indicators.lot_rows import EN_TROP, ERREUR, FIELDS, NUMBERS, VENTILATION, LigneLue
from services.indicators.schemas.lots import TABULATION, DialecteCsv
from shared.errors import CODES_FAUTE, Faute, Phrase, RequeteIllisible
from shared.problems import nearest

GUARDED = re.compile(r"'+[=+\-@\t\r]")
NEEDED = ("grandeur", "territoire", "periode")
MAX_COLUMNS = 200


class _Colonnes(NamedTuple):
    """Where the fields and the breakdowns of a row are among its cells; what ``rejets.csv`` added is left out."""

    nombre: int
    champs: list[tuple[int, str]]
    dimensions: list[tuple[int, str]]


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
    colonnes = _arrange(_check_header([name.strip() for name in next(reader, [])]))
    guarded = GUARDED.search(text) is not None
    indice = 0
    line = reader.line_num
    for cells in reader:
        start, line = line + 1, reader.line_num
        if not any(cells):  # an empty line, or one that a spreadsheet filled with separators
            continue
        yield LigneLue(indice, start, _row_of(colonnes, cells, dialect.decimale, guarded=guarded))
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


def _arrange(names: list[str]) -> _Colonnes:
    places = [(place, name) for place, name in enumerate(names) if not name.startswith(ERREUR)]
    return _Colonnes(
        len(names),
        [(place, name) for place, name in places if not name.startswith(VENTILATION)],
        [(place, name.removeprefix(VENTILATION)) for place, name in places if name.startswith(VENTILATION)],
    )


def _suggest_column(name: str, known: list[str]) -> str | None:
    """Return the column that was meant; a whole header in one column tells that the separator is another."""
    for sign, told in ((";", ";"), ("\t", TABULATION), ("|", "|"), (",", ",")):
        if sign in name:
            return f"separateur={told}"
    return nearest(name[:80], known)


def _row_of(colonnes: _Colonnes, cells: list[str], decimale: str, *, guarded: bool) -> dict[Any, Any]:
    cells += [""] * (colonnes.nombre - len(cells))
    row: dict[Any, Any] = {name: cells[place] for place, name in colonnes.champs if cells[place]}
    ventilation = {name: cells[place] for place, name in colonnes.dimensions if cells[place]}
    if guarded:
        row, ventilation = _unguard(row), _unguard(ventilation)
    if decimale == ",":
        row |= {name: _with_point(row[name]) for name in NUMBERS & row.keys()}
    if len(cells) > colonnes.nombre:
        row[EN_TROP] = cells[colonnes.nombre :]
    if ventilation:
        row["ventilation"] = ventilation
    return row


def _unguard(row: dict[Any, str]) -> dict[Any, str]:
    """Take off the quote that keeps spreadsheets from running a cell."""
    return {name: cell[1:] if GUARDED.match(cell) else cell for name, cell in row.items()}


def _with_point(cell: str) -> str:
    return cell.replace(",", ".") if "." not in cell else f"{cell} (point)"
