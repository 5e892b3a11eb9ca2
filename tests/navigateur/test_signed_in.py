"""A partner and an adviser at work in a browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.navigateur.conftest import WIDTHS, OpenPage, look_at, reach_all

pytestmark = pytest.mark.navigateur
CSV = "grandeur;territoire;periode;valeur\n30.I1.a;69266;2025-11;104\n30.I1.a;nulle-part;2025-11;58\n"


def enter(open_page: OpenPage, role: str, *, script: bool = True) -> Page:
    page = open_page("/connexion", script=script)
    page.get_by_role("button", name=role).click()
    return page


@pytest.mark.parametrize("script", [True, False])
def test_a_partner_pushes_a_file_and_sees_its_refused_rows(open_page: OpenPage, tmp_path: Path, script: bool) -> None:
    file = tmp_path / "mesures.csv"
    file.write_text(CSV, encoding="utf-8")
    page = enter(open_page, "partenaire", script=script)
    page.locator("#fichier").set_input_files(file)
    page.locator("#source").fill("essai")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("heading", name="Lignes refusées")).to_be_visible()
    expect(page.get_by_role("cell", name="nulle-part")).to_be_visible()
    for width in WIDTHS if script else ():
        look_at(page, "lot", width)
    with page.expect_download() as fetched:
        page.get_by_role("link", name="Télécharger rejets.csv").click()
    assert "nulle-part" in fetched.value.path().read_text(encoding="utf-8")


def test_an_adviser_tries_a_proposal_answers_the_next_question_and_sees_the_pathway_change(open_page: OpenPage) -> None:
    page = enter(open_page, "agent")
    page.get_by_role("link", name="Essayer une proposition").click()
    page.locator("#date_naissance").fill("1984-05-11")
    page.locator("#commune_residence_insee").fill("69266")
    for fact in ("brsa", "soumis_dd"):
        page.locator(f"#{fact}").select_option("true")
    page.get_by_role("button", name="Proposer").click()
    before = page.locator("#proposition").inner_text()
    for width in WIDTHS:
        look_at(page, "proposition-faite", width)
    for _ in range(20):
        if page.locator("#proposition").inner_text() != before:
            break
        section = page.locator("section[aria-labelledby=suivante]")
        choice = section.locator("select")
        if choice.count():
            choice.select_option(index=1)
        else:
            section.locator("input").fill("2026-01-01" if section.locator("input[type=date]").count() else "1")
        page.get_by_role("button", name="Répondre").click()
    assert page.locator("#proposition").inner_text() != before
    expect(page.get_by_role("heading", name="Pourquoi")).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    ("name", "role", "path"),
    [
        ("connexion", None, "/connexion"),
        ("rio", "agent", "/rio"),
        ("proposition", "agent", "/rio/proposition"),
        ("lots", "partenaire", "/lots"),
    ],
)
def test_a_signed_in_page_has_no_obstacle_that_axe_sees_and_does_not_overflow(
    open_page: OpenPage, name: str, role: str | None, path: str, width: int
) -> None:
    page = enter(open_page, role) if role else open_page(path)
    page.goto(path)
    look_at(page, name, width)


@pytest.mark.parametrize(("role", "path"), [("agent", "/rio"), ("agent", "/rio/proposition"), ("partenaire", "/lots")])
def test_the_keyboard_alone_reaches_every_link_and_field(open_page: OpenPage, role: str, path: str) -> None:
    page = enter(open_page, role)
    page.goto(path)
    reach_all(page)


def test_at_twice_the_size_nothing_is_cut(open_page: OpenPage) -> None:
    page = open_page("/fiches/11", width=640)
    page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
    assert page.evaluate("document.documentElement.scrollWidth") <= 640
