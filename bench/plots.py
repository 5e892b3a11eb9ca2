"""Drawings of the results: the same numbers give the same bytes, and nothing in them runs or is fetched."""

import math
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import pygal
from pygal.style import Style

# It adds an importer of maps, of a kind that Python warns of at each later import, and that we do not need.
sys.meta_path[:] = [each for each in sys.meta_path if type(each).__name__ != "PluginImportFixer"]
STYLE = Style(
    background="white",
    plot_background="white",
    colors=("#0b5394", "#b45f06", "#38761d", "#741b47", "#555555", "#990000", "#134f5c", "#7f6000"),
    font_family="sans-serif",
    label_font_size=12,
    major_label_font_size=12,
    value_font_size=11,
    legend_font_size=12,
    title_font_size=16,
)
CHANGING = re.compile(r"<!--.*?-->|<script.*?</script>", re.DOTALL)
"""The date of the drawing, and what would make it move."""


def bars(name: str, title: str, labels: Sequence[str], series: Mapping[str, Sequence[float | None]]) -> str:
    """Draw horizontal bars on a logarithmic scale, one colour a series, each with its value."""
    chart = pygal.HorizontalBar(
        **_settings(title), logarithmic=True, print_values=True, formatter=_written, height=140 + 75 * len(labels)
    )
    chart.x_labels = list(labels)
    return _drawn(chart, name, series)


def lines(name: str, title: str, labels: Sequence[str], series: Mapping[str, Sequence[float | None]]) -> str:
    """Draw one line a series on a logarithmic scale."""
    chart = pygal.Line(**_settings(title), logarithmic=True, formatter=_written, height=520, dots_size=4)
    chart.x_labels = list(labels)
    return _drawn(chart, name, series)


def _settings(title: str) -> dict[str, Any]:
    return {
        "title": title,
        "style": STYLE,
        "js": [],
        "width": 900,
        "legend_at_bottom": True,
        "legend_at_bottom_columns": 3,
        "truncate_label": -1,
        "truncate_legend": -1,
        "no_data_text": "rien à montrer",
    }


def _drawn(chart: Any, name: str, series: Mapping[str, Sequence[float | None]]) -> str:
    chart.uuid = name
    chart.y_labels = _powers([value for values in series.values() for value in values if value])
    chart.zero = chart.y_labels[0]
    for label, values in series.items():
        chart.add(label, list(values))
    text: str = chart.render(is_unicode=True)
    return CHANGING.sub("", text) + "\n"


def _powers(values: Sequence[float]) -> list[float]:
    """Return the powers of ten that hold the values, so that the smallest has a bar too."""
    least, most = math.floor(math.log10(min(values)) - 0.01), math.ceil(math.log10(max(values)))
    return [10.0**power for power in range(least, most + 1)]


def _written(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}".replace(",", " ") if value >= 100 else f"{value:.2g}"
