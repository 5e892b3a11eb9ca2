"""The cells of a question as a chart: SVG for eyes and for screen readers, readable in grey, in French."""

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from services.indicators.errors import TropDeCourbes
from services.indicators.service.fonds import Fonds
from services.indicators.service.reperes import Repere
from services.indicators.svg import finish
from services.indicators.vocabulary import MotifCellule, StatutMesure
from shared import clock
from shared.numbers import write_number
from shared.territoires import Arbre

MOST_SERIES = 12
MOST_PERIODS = 120
SVG = "http://www.w3.org/2000/svg"
DASHES = ("", "9,4", "2,4", "9,4,2,4", "16,5", "5,2")
"""What tells the lines apart where there is no colour; a second round of them is drawn thinner."""
COLOURS = ("#0b4a8f", "#a3171c", "#18753c", "#6a3d9a", "#8a5a00", "#1b1b1b")
MONTHS = ("janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
RENAMED = re.compile(r"(\d{4})-([QSW])(\d+)", re.ASCII)
LETTERS = {"Q": "T", "S": "S", "W": "sem. "}
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Noms:
    """What codes are called: quantities with their unit, modalities by dimension, territories."""

    grandeurs: Mapping[str, tuple[str, str]]
    modalites: Mapping[str, Mapping[str, str]]
    arbre: Arbre

    def territoire(self, code: str) -> str:
        """Return the name of a territory today, its code when it has none any more."""
        known = self.arbre.find(code, clock.today())
        return known.nom if known else code


@dataclass(frozen=True)
class Serie:
    """One line: what it is called, and its cell for each period, ``None`` where nothing was asked."""

    nom: str
    cellules: tuple[Json | None, ...]


def names_of(fonds: Fonds) -> Noms:
    """Return what codes are called by what values were read with; a quantity, by its newest definition."""
    newest = {code: fonds.definitions.versions(code)[-1].document for code in fonds.definitions.codes}
    return Noms(
        {code: (document["libelle"], document["unite"]) for code, document in newest.items()},
        {name: {each.code: each.libelle for each in file.modalites} for name, file in fonds.ventilations.items()},
        fonds.geo.arbre,
    )


def draw(cellules: Sequence[str], publie_le: str | None, noms: Noms, reperes: Sequence[Repere] = ()) -> bytes:
    """Return the chart of cells, given as JSON: one line for each quantity, territory and modality.

    Raises :class:`TropDeCourbes` beyond 12 lines or 120 periods, which nobody would tell apart.
    """
    cells = [json.loads(text) for text in cellules]
    periodes = tuple(dict.fromkeys(cell["periode"] for cell in cells))
    series = _series_of(cells, periodes, noms)
    if len(series) > MOST_SERIES or len(periodes) > MOST_PERIODS:
        raise TropDeCourbes(len(series), len(periodes), au_plus=(MOST_SERIES, MOST_PERIODS))
    title = _title_of(cells, noms)
    root = _chart(title, series, periodes, reperes).render_tree()
    return finish(root, title, [*_table(series, periodes, publie_le), *map(_tell_repere, reperes)])


def _series_of(cells: Sequence[Json], periodes: Sequence[str], noms: Noms) -> list[Serie]:
    of: dict[tuple[str, str, tuple[tuple[str, str], ...]], dict[str, Json]] = {}
    for cell in cells:
        key = (cell["grandeur"], cell["territoire"], tuple(sorted(cell["ventilation"].items())))
        of.setdefault(key, {})[cell["periode"]] = cell
    grandeurs, territoires = {key[0] for key in of}, {key[1] for key in of}
    series = []
    for (grandeur, territoire, modalites), found in of.items():
        parts = [noms.grandeurs[grandeur][0]] if len(grandeurs) > 1 else []
        parts += [noms.territoire(territoire)] if len(territoires) > 1 or not (parts or modalites) else []
        parts += [noms.modalites.get(name, {}).get(code, code) for name, code in modalites]
        series.append(Serie(", ".join(parts), tuple(found.get(each) for each in periodes)))
    return series


def _title_of(cells: Iterable[Json], noms: Noms) -> str:
    told = [f"{nom} ({unite})" for nom, unite in (noms.grandeurs[code] for code in _codes(cells, "grandeur"))]
    territoires = [noms.territoire(code) for code in _codes(cells, "territoire")]
    return " ; ".join(told) + (f" — {territoires[0]}" if len(territoires) == 1 else "")


def _codes(cells: Iterable[Json], member: str) -> list[str]:
    return list(dict.fromkeys(cell[member] for cell in cells))


def _chart(title: str, series: Sequence[Serie], periodes: Sequence[str], reperes: Sequence[Repere]) -> Any:
    pygal = _load_pygal()
    chart = pygal.Line(
        allow_interruptions=True,
        disable_xml_declaration=True,
        dots_size=3.5,
        height=400,
        include_x_axis=True,
        js=[],
        legend_at_bottom=True,
        legend_at_bottom_columns=2,
        no_data_text="Aucune valeur publiée",
        no_prefix=True,
        show_legend=len(series) > 1 or bool(reperes),
        style=_style(pygal),
        title=_fold(title),
        truncate_legend=-1,
        value_formatter=write_number,
        width=800,
        x_label_rotation=0 if len(periodes) <= 8 else 40,
        x_labels_major_every=max(1, len(periodes) // 12),
        show_minor_x_labels=len(periodes) <= 12,
    )
    chart.x_labels = [write_period(each) for each in periodes]
    for rank, serie in enumerate(series):
        stroke: dict[str, Any] = {"width": 2.5 if rank < len(DASHES) else 1.2}
        if dashes := DASHES[rank % len(DASHES)]:
            stroke["dasharray"] = dashes
        chart.add(serie.nom, [_point(cell) for cell in serie.cellules], stroke_style=stroke)
    if reperes:  # a level at the very top would be taken for the edge
        numbers = [float(each.valeur) for each in reperes]
        numbers += [value for serie in series for value in map(_number, serie.cellules) if value is not None]
        chart.range = (min(0.0, *numbers), max(numbers) * 1.05)
    for repere in reperes:
        level = [float(repere.valeur)] * len(periodes)
        chart.add(_tell_repere(repere), level, show_dots=False, stroke_style={"width": 2.5, "dasharray": "2,4"})
    return chart


def _tell_repere(repere: Repere) -> str:
    return f"{repere.nom} : {write_number(repere.valeur)}"


def _style(pygal: Any) -> Any:
    return pygal.style.Style(
        background="#fff",
        plot_background="#fff",
        colors=COLOURS * 2,
        font_family="system-ui, sans-serif",
        foreground="#1b1b1b",
        guide_stroke_color="#ccc",
        major_guide_stroke_color="#999",
        stroke_opacity=1,
        stroke_width="inherit",  # the library's own hides the width that each line is given
        foreground_strong="#1b1b1b",
        foreground_subtle="#4d4d4d",
        label_font_size=13,
        major_label_font_size=13,
        title_font_size=15,
    )


@cache
def _load_pygal() -> Any:
    """Return the library, which only those who ask for a drawing need, without the finder it leaves in the process.

    That finder knows only a protocol that Python has dropped: every later import would warn of it. No other is taken
    away: ``importlib_metadata``, which the library imports, puts its own in the place of Python's.
    """
    import pygal.style  # noqa: PLC0415

    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != pygal.__name__]
    return pygal


def _fold(title: str) -> str:
    return title if len(title) <= 90 else f"{title[:89]}…"


def _point(cell: Json | None) -> Any:
    """Return a point, a gap for a hidden cell; the mark of a break is a bigger one with its word."""
    number = _number(cell)
    if cell is None or number is None or cell["statut"] is None:
        return number
    return {"value": number, "label": StatutMesure.of(cell["statut"]).libelle, "node": {"r": 7}}


def _number(cell: Json | None) -> float | None:
    if cell is None or isinstance(cell["valeur"], bool):
        return None
    try:
        return float(cell["valeur"])
    except (TypeError, ValueError):  # hidden, or a word
        return None


def _table(series: Sequence[Serie], periodes: Sequence[str], publie_le: str | None) -> list[str]:
    """Return the same cells as sentences, hidden ones with the reason."""
    lines = []
    for serie in series:
        told = [f"{write_period(each)} : {_tell(cell)}" for each, cell in zip(periodes, serie.cellules, strict=True)]
        lines.append(f"{serie.nom} — {' ; '.join(told)}.")
    if publie_le:
        lines.append(f"Publié le {datetime.fromisoformat(publie_le).astimezone(clock.PARIS):%d/%m/%Y}.")
    return lines


def _tell(cell: Json | None) -> str:
    if cell is None:
        return "non demandé"
    if cell["valeur"] is None:
        return MotifCellule.of(cell["motif"]).libelle.lower()
    mark = f" ({StatutMesure.of(cell['statut']).libelle.lower()})" if cell["statut"] else ""
    return write_number(cell["valeur"]) + mark


def write_period(code: str) -> str:
    """Return a period as read: ``T2 2025`` for ``2025-Q2``, ``mars 2025`` for ``2025-03``."""
    if renamed := RENAMED.fullmatch(code):
        return f"{LETTERS[renamed[2]]}{int(renamed[3])} {renamed[1]}"
    parts = code.split("-")
    if len(parts) == 1:
        return code
    month = f"{MONTHS[int(parts[1]) - 1]} {parts[0]}"
    return month if len(parts) == 2 else f"{int(parts[2])} {month}"
