"""A chart as it leaves us: its table as text, a legend that shows lines as they are drawn, nothing that runs."""

import base64
import hashlib
from collections.abc import Iterable
from xml.etree import ElementTree as ET

LENGTH, BEFORE, MIDDLE = 26, 14, 6
"""The stroke that stands for a line in the legend, how far it begins before the library's square, where it lies."""


def finish(root: ET.Element, title: str, lines: Iterable[str]) -> bytes:
    """Return the drawing with its title and table as text, its lines in its legend, without what runs."""
    for parent in list(root.iter()):
        for child in list(parent):
            if _is(child, "script") or "tooltip-overlay" in child.get("class", ""):
                parent.remove(child)
            child.attrib.pop("style", None)
    _show_lines_in_legend(root)
    root.attrib.pop("id", None)
    root.attrib |= {"role": "img", "aria-labelledby": "titre table"}
    named, table = ET.Element("title", {"id": "titre"}), ET.Element("desc", {"id": "table"})
    named.text, table.text = title, "\n".join(lines)
    root[:0] = [named, table]
    drawing: bytes = ET.tostring(root, encoding="utf-8")
    return drawing


def _show_lines_in_legend(root: ET.Element) -> None:
    """Put a stroke, with the dashes of its line, in the place of each square: squares differ by their colour alone."""
    legends = [each for each in root.iter() if _is(each, "g") and "activate-serie" in each.get("class", "")]
    for rank, legend in enumerate(legends):
        square = next(each for each in legend if _is(each, "rect"))
        x, y = float(square.get("x", 0)) - BEFORE, float(square.get("y", 0)) + MIDDLE
        colour = square.get("class", "").split()[0]
        stroke = {"d": f"M{x:g} {y:g}h{LENGTH}", "class": f"series serie-{rank} {colour} nofill"}
        legend.remove(square)
        legend.insert(0, ET.Element(square.tag.replace("rect", "path"), stroke))


def _is(element: ET.Element, name: str) -> bool:
    return isinstance(element.tag, str) and element.tag.rpartition("}")[2] == name


def policy_of(drawing: bytes) -> str:
    """Return what a browser may do with a drawing that is opened alone: style it by its own style, run nothing."""
    styles = [each.text or "" for each in ET.fromstring(drawing).iter() if _is(each, "style")]  # noqa: S314 - ours
    hashes = (base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in styles)
    named = " ".join(f"'sha256-{each}'" for each in hashes)
    return f"default-src 'none'; style-src {named}; frame-ancestors 'none'"
