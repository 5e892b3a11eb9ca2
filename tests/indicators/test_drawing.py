"""Values as a drawing: the same cells, for eyes and for screen readers, and nothing that runs."""

import json
import re
import sys
from decimal import Decimal
from importlib.metadata import version
from typing import Any
from xml.etree import ElementTree as ET

import httpx2
import pytest

from services.indicators.drawing import Noms, draw, write_period
from services.indicators.errors import TropDeCourbes
from services.indicators.service.reperes import Repere
from services.indicators.svg import policy_of
from shared.territoires import read_arbre
from tests.indicators.readings import give

Key = dict[str, str]

NOMS = Noms({"1.I1.a": ("Logements <trouvés> & gardés", "logements")}, {"sexe": {"F": "Femmes"}}, read_arbre())
SVG = "{http://www.w3.org/2000/svg}"


def cell(periode: str, valeur: Any, *, territoire: str = "69M", **more: Any) -> str:
    known = {"grandeur": "1.I1.a", "territoire": territoire, "periode": periode, "valeur": valeur, "ventilation": {}}
    return json.dumps(known | {"statut": None, "motif": None if valeur is not None else "SECRET"} | more)


def drawn(*cells: str) -> ET.Element:
    return ET.fromstring(draw(cells, "2026-11-27T10:15:00+00:00", NOMS))  # noqa: S314 - ours


def test_a_drawing_tells_its_title_and_every_cell_in_text() -> None:
    root = drawn(cell("2024", 1234.5), cell("2025", None), cell("2026", 3, statut="b"))
    assert root.get("role") == "img"
    title, table = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert title.text == "Logements <trouvés> & gardés (logements) — Métropole de Lyon"
    assert table is not None
    told = table.text or ""
    assert "2024 : 1\u202f234,5 ; 2025 : secret statistique ; 2026 : 3 (rupture)." in told
    assert told.endswith("Publié le 27/11/2026.")


def test_a_process_that_has_drawn_still_finds_packages_and_keeps_no_finder_of_the_library() -> None:
    drawn(cell("2022", "40.5"))
    assert version("httpx2")
    assert not [finder for finder in sys.meta_path if type(finder).__module__ == "pygal"]


def test_a_hidden_cell_is_a_gap_and_not_a_zero() -> None:
    root = drawn(*(cell(str(2020 + rank), None if rank == 2 else rank + 1) for rank in range(5)))
    lines = [path.get("d", "") for path in root.iter(f"{SVG}path") if "nofill" in (path.get("class") or "").split()]
    assert sum(line.count("M") for line in lines) == 2
    assert len(list(root.iter(f"{SVG}circle"))) == 4


def test_lines_are_told_apart_without_colour() -> None:
    root = drawn(*(cell(annee, 1, territoire=code) for code in ("69M", "69266", "69123") for annee in ("2024", "2025")))
    style = "".join(each.text or "" for each in root.iter(f"{SVG}style"))
    dashes = re.findall(r"serie-(\d+)[^}]*stroke-dasharray:\s*([\d,]+)", style)
    assert len({pattern for _, pattern in dashes}) == 2  # the first line is whole
    legends = [each for each in root.iter(f"{SVG}g") if "activate-serie" in each.get("class", "")]
    strokes = [legend.find(f"{SVG}path") for legend in legends]
    assert [stroke is not None and stroke.get("class", "").split()[1] for stroke in strokes] == [
        f"serie-{rank}" for rank in range(3)
    ]


def test_nothing_of_a_drawing_runs_and_its_policy_names_its_style() -> None:
    content = draw([cell("2024", 1)], None, NOMS)
    assert b"<script" not in content
    assert b"xlink:href" not in content
    policy = policy_of(content)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_targets_are_level_lines_told_in_the_legend_and_in_the_text() -> None:
    content = draw([cell("2024", 60), cell("2025", 74)], None, NOMS, [Repere("Cible 2027", Decimal("80.5"))])
    root = ET.fromstring(content)  # noqa: S314 - ours
    assert [text.text for text in root.iter(f"{SVG}text") if text.text == "Cible 2027 : 80,5"] != []
    assert (root.findtext(f"{SVG}desc") or "").endswith("Cible 2027 : 80,5")


async def test_the_targets_of_one_quantity_at_one_territory_are_drawn(
    indicators: httpx2.AsyncClient, partner: Key, pilot: Key
) -> None:
    target = {"valeur": 80}
    answer = await indicators.put("/v1/cibles/30.I1.a/69M/2027", json=target, headers={**pilot, "If-None-Match": "*"})
    assert answer.status_code in (200, 201), answer.text
    asked = {"grandeur": "30.I1.a", "format": "svg"}
    assert "Cible 2027 : 80" in (await indicators.get("/v1/valeurs", params=asked)).text
    elsewhere = await indicators.get("/v1/valeurs", params={**asked, "territoire": "69266"})
    assert "Cible" not in elsewhere.text
    before = await indicators.get("/v1/valeurs", params={**asked, "territoire": "69M,69266"})
    assert "Cible" not in before.text


def test_more_lines_or_periods_than_one_tells_apart_are_refused() -> None:
    codes = [code for code in read_arbre().codes() if code.startswith("69")][:13]
    with pytest.raises(TropDeCourbes):
        drawn(*(cell("2024", 1, territoire=code) for code in codes))
    with pytest.raises(TropDeCourbes):
        drawn(*(cell(f"{1900 + rank}", 1) for rank in range(121)))


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("2025", "2025"),
        ("2025-Q2", "T2 2025"),
        ("2025-S1", "S1 2025"),
        ("2025-W06", "sem. 6 2025"),
        ("2025-03", "mars 2025"),
        ("2025-06-30", "30 juin 2025"),
    ],
)
def test_periods_are_written_in_french(code: str, written: str) -> None:
    assert write_period(code) == written


async def test_values_are_drawn_by_format_or_by_accept(
    indicators: httpx2.AsyncClient, partner: Key, pilot: Key
) -> None:
    await give(indicators, partner, "1.I6.a", {"69256 2025-01": 12, "69256 2025-02": 30})
    asked = {"grandeur": "1.I6.a", "territoire": "69256", "periode": "2025-01..2025-03"}
    by_format = await indicators.get("/v1/valeurs", params={**asked, "format": "svg"}, headers=pilot)
    assert by_format.headers["content-type"] == "image/svg+xml"
    assert by_format.headers["content-security-policy"] == policy_of(by_format.content)
    assert "janv. 2025 : 12 ; févr. 2025 : 30 ; mars 2025 : aucune donnée" in by_format.text
    by_accept = await indicators.get("/v1/valeurs", params=asked, headers={**pilot, "Accept": "image/svg+xml"})
    assert by_accept.headers["etag"] == by_format.headers["etag"]
    as_json = await indicators.get(
        "/v1/valeurs", params={**asked, "format": "json"}, headers={**pilot, "Accept": "image/svg+xml"}
    )
    assert as_json.json()["total"] == 3


async def test_a_drawing_of_too_much_is_a_problem(indicators: httpx2.AsyncClient) -> None:
    asked = {"grandeur": "1.I6.a", "territoire": "69M:communes", "format": "svg"}
    answer = await indicators.get("/v1/valeurs", params=asked)
    assert (answer.status_code, answer.json()["code"]) == (422, "TROP_DE_COURBES")
    unknown = await indicators.get("/v1/valeurs", params={**asked, "format": "png"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "DONNEES_REFUSEES")
