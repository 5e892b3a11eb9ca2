"""The browser, and pages of the product that runs for these tests."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, FloatRect, Page, expect, sync_playwright

from tests.navigateur.demonstration import tell

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
WIDTHS = (320, 1280)
MOST_PIXELS = 2_600
USED = "a[href], button, input:not([type=hidden]), select, summary"
OpenPage = Callable[..., Page]
CAPTURES = Path(__file__).parents[2] / "docs" / "captures"


def look_at(page: Page, name: str, width: int) -> None:
    """Hold a page as it stands to axe-core and to its width; ``SPIE_CAPTURES=1`` keeps its picture."""
    page.set_viewport_size({"width": width, "height": 900})
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"][:120] for node in each["nodes"][:3]]) for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if os.environ.get("SPIE_CAPTURES"):
        CAPTURES.mkdir(exist_ok=True)
        height = min(page.evaluate("document.documentElement.scrollHeight"), MOST_PIXELS)
        shown: FloatRect = {"x": 0, "y": 0, "width": width, "height": height}
        page.screenshot(path=CAPTURES / f"{name}-{width}.png", full_page=True, clip=shown)


def reach_all(page: Page) -> None:
    """Go through a page by the keyboard alone, from its top: everything that can be used is reached."""
    wanted = page.evaluate(f"[...document.querySelectorAll('{USED}')].filter(each => each.checkVisibility()).length")
    page.evaluate("window.reached = new Set(); document.addEventListener('focusin', e => reached.add(e.target))")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    for _ in range(2 * wanted + 20):  # a date field takes a key for each of its parts
        page.keyboard.press("Tab")
    assert page.evaluate(f"[...reached].filter(e => e.matches('{USED}')).length") == wanted


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser without a window; skipped with a notice where there is none."""
    if not CHROMIUM.exists():
        pytest.skip(f"pas de navigateur à {CHROMIUM} : installez le paquet chromium, ou donnez CHROMIUM=")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture(scope="module")
def living_door(browser: Browser, embedded_door: Any) -> Any:
    """The whole product, told of three years of the plan."""
    with embedded_door.client() as client:
        tell(embedded_door, client)
    return embedded_door


@pytest.fixture
def open_page(browser: Browser, living_door: Any) -> Iterator[OpenPage]:
    """Open pages of the product, each in a context of its own, and fail on what the browser complains of."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_at(path: str, *, width: int = 1280, script: bool = True) -> Page:
        context = browser.new_context(
            base_url=living_door.url,
            viewport={"width": width, "height": 900},
            locale="fr-FR",
            java_script_enabled=script,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda told: complaints.append(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_at
    for context in contexts:
        context.close()
    assert complaints == []
