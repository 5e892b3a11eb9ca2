"""The same cells as CSV, Parquet and SVG, with what open data must say: licence, producer, date, definition."""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from services.indicators.drawing import draw, names_of
from services.indicators.schemas.valeurs import CHAMPS
from services.indicators.service.lecture import Reponse
from shared import clock

MENTIONS = {"licence": "Licence Ouverte 2.0 (Etalab)", "producteur": "Métropole de Lyon"}
JSON, CSV, PARQUET = "application/json", "text/csv", "application/vnd.apache.parquet"
SVG = "image/svg+xml"
FORMS = {"json": JSON, "csv": CSV, "parquet": PARQUET, "svg": SVG}
MEDIA_TYPES = tuple(FORMS.values())
NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
FLAT = {
    "couverture": ("couverture.recus", "couverture.attendus", "couverture.part"),
    "bornes": ("borne_basse", "borne_haute"),
}


def choose_media_type(accept: str, form: str | None = None) -> str:
    """Return the form asked for, JSON unless ``form``, or else ``Accept``, names another that we write."""
    if form is not None:
        return FORMS[form]
    asked = [part.split(";")[0].strip().lower() for part in accept.split(",")]
    return next((media_type for media_type in asked if media_type in MEDIA_TYPES), JSON)


def write(reponse: Reponse, media_type: str, champs: Sequence[str]) -> bytes:
    """Return the body of an answer in one of the forms; ``champs`` names members of cells, none means all.

    Cells that are sent as they stand, in JSON, are not read again.
    """
    shown = clock.write_instant(reponse.publie_le) if reponse.publie_le else None
    if media_type == SVG:
        return draw(reponse.cellules, shown, names_of(reponse.fonds), reponse.reperes)
    if media_type == JSON:
        texts = reponse.cellules
        if champs:
            kept = tuple(champs)
            texts = [_narrow(text, kept) for text in texts]
        published = json.dumps(shown)
        return f'{{"elements":[{",".join(texts)}],"total":{len(texts)},"publie_le":{published}}}'.encode()
    members = champs or CHAMPS
    cells = [_keep(json.loads(text), members) for text in reponse.cellules]
    mentions = {**MENTIONS, "publie_le": shown or ""}
    return (write_csv if media_type == CSV else write_parquet)(cells, members, mentions)


@lru_cache(maxsize=1 << 15)
def _narrow(text: str, members: tuple[str, ...]) -> str:
    """Return a cell as JSON with some of its members; cells that are kept are asked for again and again."""
    return json.dumps(_keep(json.loads(text), members), ensure_ascii=False, separators=(",", ":"))


def _keep(cell: Mapping[str, Any], members: Iterable[str]) -> dict[str, Any]:
    return {name: cell[name] for name in members}


def flatten(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Return a cell on one line: nested members become columns."""
    flat: dict[str, Any] = {}
    for name, value in cell.items():
        if name == "ventilation":
            flat |= {f"ventilation.{dimension}": modalite for dimension, modalite in value.items()}
        elif name == "couverture":
            flat |= {f"couverture.{member}": count for member, count in value.items()}
        elif name == "bornes":
            flat |= dict(zip(FLAT["bornes"], value or (None, None), strict=True))
        elif name == "composants":
            flat[name] = None if value is None else json.dumps(value, ensure_ascii=False)
        else:
            flat[name] = value
    return flat


def list_columns(cells: Sequence[Mapping[str, Any]], members: Iterable[str]) -> list[str]:
    """Return the columns of a table of cells, in the order of the contract."""
    dimensions = sorted({name for cell in cells for name in cell.get("ventilation", ())})
    columns: list[str] = []
    for member in members:
        if member == "ventilation":
            columns += [f"ventilation.{name}" for name in dimensions]
        else:
            columns += FLAT.get(member, (member,))
    return columns


def write_csv(cells: Sequence[Mapping[str, Any]], members: Iterable[str], mentions: Mapping[str, str]) -> bytes:
    """Return cells as CSV (UTF-8, comma); a text that a spreadsheet would run gets a leading quote.

    The last columns say on each line what ``mentions`` say of the whole: a CSV has no other place for it.
    """
    out = io.StringIO()
    columns = list_columns(cells, members)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*columns, *mentions])
    for cell in cells:
        flat = flatten(cell)
        writer.writerow([*(_guard(flat.get(name)) for name in columns), *mentions.values()])
    return out.getvalue().encode()


def _guard(value: Any) -> Any:
    dangerous = isinstance(value, str) and value.startswith(DANGEROUS) and not NUMBER.fullmatch(value)
    return f"'{value}" if dangerous else value


def write_parquet(cells: Sequence[Mapping[str, Any]], members: Iterable[str], metadata: Mapping[str, str]) -> bytes:
    """Return cells as Parquet; a column of numbers is one of doubles unless one of them would lose digits."""
    import pyarrow as pa  # noqa: PLC0415 - heavy, and only those who ask for Parquet need it
    import pyarrow.parquet as pq  # noqa: PLC0415

    flat = [flatten(cell) for cell in cells]
    arrays = {}
    for name in list_columns(cells, members):
        values = [row.get(name) for row in flat]
        kind = _kind_of(name, values)
        arrays[name] = pa.array(values if kind != "string" else _as_text(values), getattr(pa, kind)())
    table = pa.table(arrays).replace_schema_metadata(dict(metadata))
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()


INTEGERS = frozenset({"couverture.recus", "couverture.attendus", "definition"})
NUMBERS = frozenset({"valeur", "numerateur", "denominateur", "borne_basse", "borne_haute", "couverture.part"})


def _kind_of(name: str, values: Iterable[Any]) -> str:
    if name in INTEGERS:
        return "int64"
    return "float64" if name in NUMBERS and not any(isinstance(value, str) for value in values) else "string"


def _as_text(values: Iterable[Any]) -> list[str | None]:
    return [None if value is None else str(value) for value in values]
