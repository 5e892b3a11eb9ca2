"""Signing in to the pages by an issuer that others wrote, in a real browser: no development key anywhere."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from gateway.cli.identity import AGENT, make_door_settings
from shared.issuers import DISCOVERY
from tests.conftest import Base
from tests.gateway.servers import refusing_url
from tests.navigateur.conftest import WIDTHS, look_at
from tests.outils.issuer import RESOURCE, Issuer, make_key
from tests.processes import Door, start_door

pytestmark = [pytest.mark.navigateur, pytest.mark.outils]
SCOPES = " ".join(AGENT)
HERE = ("127.0.0.1", "localhost")


@pytest.fixture(scope="module")
def door(base: Base, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """The product on a database of its own, as in production; its issuer is another site for browsers."""
    address = refusing_url()
    issuer = Issuer(scopes=SCOPES, back=f"{address}/connexion/retour", host="localhost")
    issuer.start(make_key("ES256"))
    environment = make_door_settings() | {
        "DATABASE_URL": base.owner_url,
        "OAUTHLIB_INSECURE_TRANSPORT": "1",  # an issuer of this machine, without TLS
        "ORIENTATION_CLE_IDENTITE": "cle-des-essais-" * 3,
        "IDENTITY_ISSUER": issuer.url,
        "IDENTITY_JWKS_URL": issuer.url + DISCOVERY,
        "GATEWAY_ADRESSE": address,
        "GATEWAY_OIDC_CLIENT": "portail",
        "GATEWAY_OIDC_SECRET": issuer.secret,
        "GATEWAY_OIDC_PORTEES": f"openid {SCOPES}",
        "GATEWAY_OIDC_RESSOURCE": RESOURCE,
    }
    port = address.rpartition(":")[2]
    folder: Path = tmp_path_factory.mktemp("porte-emetteur")
    try:
        with start_door(folder, "--port", port, environment=environment) as running:
            yield running
    finally:
        issuer.stop()


def _stay_here(route: Route) -> None:
    """Leave out what the issuer's pages fetch from elsewhere: a font."""
    route.continue_() if urlsplit(route.request.url).hostname in HERE else route.abort()


@pytest.fixture
def context(door: Door, browser: Browser) -> Iterator[BrowserContext]:
    """A browser that knows nothing yet."""
    made = browser.new_context(base_url=door.url, locale="fr-FR")
    made.route("**/*", _stay_here)
    yield made
    made.close()


def open_rio(page: Page) -> int:
    answer = page.goto("/rio")
    assert answer is not None
    return answer.status


def go_to_issuer(page: Page) -> None:
    """Go from a page that wants a session to the issuer's own."""
    assert open_rio(page) == 401
    page.get_by_role("main").get_by_role("link", name="Se connecter").click()
    page.get_by_role("link", name="Se connecter avec le compte de mon organisme").click()
    page.wait_for_url("http://localhost:*/**")


def enter_name(page: Page) -> None:
    page.locator("[name=login]").fill("conseillere")
    page.locator("[name=password]").fill("secret")
    page.get_by_role("button", name="Sign-in").click()
    expect(page.get_by_role("button", name="Continue")).to_be_visible()


def sign_in(page: Page) -> None:
    go_to_issuer(page)
    enter_name(page)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/rio")


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url("**/connexion?sorti")
    for width in WIDTHS:
        look_at(page, "sortie", width)
    assert open_rio(page) == 401


def test_an_adviser_signs_in_at_the_issuer_sees_the_rio_and_signs_out(context: BrowserContext) -> None:
    page = context.new_page()
    sign_in(page)
    expect(page.get_by_role("heading", name="Rencontres Information et Orientation")).to_be_visible()
    expect(page.get_by_role("heading", name="Alertes")).to_be_visible()
    names = {cookie["name"] for cookie in context.cookies(page.url)}
    assert ("spie-seance" in names, "spie-depart" in names) == (True, False)
    sign_out(page)


def test_who_also_ends_the_session_of_the_issuer_is_asked_for_a_password_again(context: BrowserContext) -> None:
    page = context.new_page()
    sign_in(page)
    sign_out(page)
    page.goto("/connexion?sorti")
    page.get_by_role("link", name="la fermer aussi").click()
    page.get_by_role("button", name="Yes, sign me out").click()
    page.wait_for_url("**/session/end/success**")
    go_to_issuer(page)
    expect(page.locator("[name=password]")).to_be_visible()


def test_who_gives_up_at_the_issuer_comes_back_to_a_refusal_that_says_so(context: BrowserContext) -> None:
    page = context.new_page()
    go_to_issuer(page)
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_url("**/connexion/retour?error=access_denied**")
    expect(page.get_by_role("alert")).to_contain_text("L'émetteur n'a pas confirmé la connexion : recommencez")
    assert open_rio(page) == 401


def consent_and_stop(page: Page) -> str:
    """Consent as the issuer's page would, and return where it sends back to, before the browser goes there."""
    button = page.get_by_role("button", name="Continue")
    address = button.evaluate("button => button.form.action")
    answer = page.request.post(address, form={"prompt": "consent"}, max_redirects=0)
    resumed = page.request.get(answer.headers["location"], max_redirects=0)
    return resumed.headers["location"]


@pytest.mark.parametrize("tampered", ["state", "code", "iss"])
def test_a_return_that_somebody_changed_is_refused_in_the_words_of_the_page(
    context: BrowserContext, tampered: str
) -> None:
    page = context.new_page()
    go_to_issuer(page)
    enter_name(page)
    address = urlsplit(consent_and_stop(page))
    given = dict(parse_qsl(address.query))
    query = urlencode(given | {tampered: f"{given[tampered]}x"})
    refused = page.goto(address._replace(query=query).geturl())
    assert refused is not None
    assert refused.status == 403
    expect(page.get_by_role("alert")).to_contain_text("L'émetteur n'a pas confirmé la connexion : recommencez")
    assert open_rio(page) == 401


def test_a_return_is_good_once(context: BrowserContext) -> None:
    page = context.new_page()
    go_to_issuer(page)
    enter_name(page)
    address = consent_and_stop(page)
    page.goto(address)
    assert urlsplit(page.url).path == "/rio"
    again = page.goto(address)
    assert again is not None
    assert again.status == 403
