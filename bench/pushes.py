"""The rows that are pushed, and the same rows as the files that COPY takes."""

import csv
import io
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bench.seed import FIRST_YEAR, SOURCE, Sheaf, list_communes
from services.indicators.definitions import split_canonical, ventilations_of

FORMATS = {"csv": "text/csv", "json": "application/json", "ndjson": "application/x-ndjson"}
COLUMNS = "definition, territoire, periode, ventilation, source, valeur, extrait_le, supprimee, ecriture"
LOTS_FROM, MANY_FROM = 2010, 2004


@dataclass(frozen=True)
class Push:
    """Rows of a few months: keys that nothing else uses."""

    rows: tuple[tuple[Sheaf, str, str, str, int], ...]
    """Quantity, territory, period, breakdown, value."""
    extrait_le: str

    def body(self, format_name: str, extrait_le: str | None = None) -> bytes:
        """Return the body of the request; the envelope of a CSV is in its address."""
        enveloppe = {"source": SOURCE, "extrait_le": extrait_le or self.extrait_le}
        if format_name == "json":
            return json.dumps({"enveloppe": enveloppe, "mesures": list(self.documents())}).encode()
        if format_name == "csv":
            return self._csv()
        lines = [{"enveloppe": enveloppe}, *self.documents()]
        return "\n".join(json.dumps(line) for line in lines).encode()

    def documents(self) -> Iterator[dict[str, Any]]:
        """Yield each row as its JSON."""
        for sheaf, territoire, periode, ventilation, valeur in self.rows:
            row: dict[str, Any] = {"grandeur": sheaf.code, "territoire": territoire, "periode": periode}
            if ventilation:
                row["ventilation"] = split_canonical(ventilation)
            yield {**row, "valeur": valeur}

    def _csv(self) -> bytes:
        names = sorted({name for row in self.rows for name in split_canonical(row[3])})
        text = io.StringIO()
        write = csv.writer(text)
        write.writerow(["grandeur", "territoire", "periode", "valeur", *(f"ventilation.{name}" for name in names)])
        for sheaf, territoire, periode, ventilation, valeur in self.rows:
            cut = split_canonical(ventilation)
            write.writerow([sheaf.code, territoire, periode, valeur, *(cut.get(name, "") for name in names)])
        return text.getvalue().encode()

    def copy_file(self, ecriture: int) -> bytes:
        """Return the same rows as ``COPY … (COLUMNS) FROM … CSV`` reads them, an empty text being quoted."""
        text = io.StringIO()
        for sheaf, territoire, periode, ventilation, valeur in self.rows:
            key = f'{sheaf.definition},{territoire},{periode},"{ventilation}",{SOURCE}'
            text.write(f"{key},{valeur},{self.extrait_le},f,{ecriture}\n")
        return text.getvalue().encode()


def make_pushes(known: Sequence[Sheaf], size: int, annee: int = LOTS_FROM) -> Iterator[Push]:
    """Yield pushes of ``size`` rows each, month after month from January of ``annee``.

    As a producer's file does, a push holds every commune, every quantity and its breakdowns for one month; a push too
    large for one month goes on with the next. Parts add up to their totals, and months resemble each other.
    """
    instant = datetime.now(UTC) - timedelta(hours=1)
    month = annee * 12
    while month < FIRST_YEAR * 12:
        rows: list[tuple[Sheaf, str, str, str, int]] = []
        while len(rows) < size:
            rows += itertools.islice(_iter_month(known, month), size - len(rows))
            month += 1
        yield Push(tuple(rows), instant.isoformat())


def _iter_month(known: Sequence[Sheaf], month: int) -> Iterator[tuple[Sheaf, str, str, str, int]]:
    annee, rang = divmod(month, 12)
    communes, _ = list_communes(date(annee, rang + 1, 28))
    periode = f"{annee}-{rang + 1:02}"
    ventilations = max(len(sheaf.ventilations) for sheaf in known)
    for place in range(ventilations):
        for sheaf in known:
            if place < len(sheaf.ventilations):
                ventilation = sheaf.ventilations[place]
                for number, code in enumerate(communes):
                    yield sheaf, code, periode, ventilation, _value(ventilation, 100 + number)


def _value(ventilation: str, total: int) -> int:
    """Give the whole of a total to the first modality of each dimension."""
    every = ventilations_of(None)
    cut = split_canonical(ventilation).items()
    return total if all(every[name].modalites[0].code == modalite for name, modalite in cut) else 0
