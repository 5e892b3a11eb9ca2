"""The browser, and pages of the product that runs for these tests."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
WIDTHS = (320, 1280)
OpenPage = Callable[..., Page]
CAPTURES = Path(__file__).parents[2] / "docs" / "captures"


def violations_of(page: Page) -> list[Any]:
    """Return what axe-core finds wrong with a page."""
    found = Axe().run(page).response["violations"]
    return [(each["id"], [node["html"][:120] for node in each["nodes"][:3]]) for each in found]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser without a window; skipped with a notice where there is none."""
    if not CHROMIUM.exists():
        pytest.skip(f"pas de navigateur à {CHROMIUM} : installez le paquet chromium, ou donnez CHROMIUM=")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture
def open_page(browser: Browser, embedded_door: Any) -> Iterator[OpenPage]:
    """Open pages of the product, each in a context of its own, and fail on what the browser complains of."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_at(path: str, *, width: int = 1280, script: bool = True) -> Page:
        context = browser.new_context(
            base_url=embedded_door.url,
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
