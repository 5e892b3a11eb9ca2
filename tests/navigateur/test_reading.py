"""Reading the plan in a browser: in two actions, without a script, by keyboard, narrow, without obstacles."""

import pytest
from playwright.sync_api import expect

from tests.navigateur.conftest import WIDTHS, OpenPage, look_at, reach_all

pytestmark = pytest.mark.navigateur
PAGES = {
    "plan": "/",
    "fiche": "/fiches/11",
    "indicateur": "/indicateurs/30.I1",
    "ventilation": "/indicateurs/30.I1?par=public",
    "recherche": "/recherche?q=logement",
    "accessibilite": "/accessibilite",
    "mentions": "/mentions-legales",
    "absente": "/fiches/999",
    "anglais": "/?langue=en",
}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", sorted(PAGES.keys() - {"absente"}))
def test_a_page_has_no_obstacle_that_axe_sees_and_does_not_overflow(open_page: OpenPage, name: str, width: int) -> None:
    look_at(open_page(PAGES[name]), name, width)


def test_a_newcomer_finds_fiche_11_from_the_search_in_two_actions(open_page: OpenPage) -> None:
    page = open_page("/")
    page.get_by_role("searchbox").press_sequentially("rencontres information orientation")
    page.locator("#suggestions").get_by_role("link", name="Fiche 11").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Rencontres Information et Orientation")


def test_without_a_script_the_pages_read_and_the_search_answers_on_submit(open_page: OpenPage) -> None:
    page = open_page("/", script=False)
    page.get_by_role("searchbox").fill("logement")
    page.get_by_role("searchbox").press("Enter")
    page.get_by_role("link", name="Fiche 1 —").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("accès au logement")
    page.get_by_role("link", name="1.I1 —").first.click()
    expect(page.get_by_role("heading", name="Définition et limites")).to_be_visible()


@pytest.mark.parametrize("name", ["plan", "fiche", "indicateur", "recherche"])
def test_the_keyboard_alone_reaches_every_link_and_field(open_page: OpenPage, name: str) -> None:
    reach_all(open_page(PAGES[name]))


def test_the_chart_of_an_indicator_is_drawn(open_page: OpenPage) -> None:
    page = open_page("/v1/valeurs?grandeur=30.I1.a&format=svg")
    assert page.evaluate("document.documentElement.tagName") == "svg"
    assert page.evaluate("getComputedStyle(document.querySelector('.title')).fontSize") == "15px"


def test_printing_leaves_the_search_out(open_page: OpenPage) -> None:
    page = open_page("/fiches/11")
    page.emulate_media(media="print")
    expect(page.get_by_role("searchbox")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
