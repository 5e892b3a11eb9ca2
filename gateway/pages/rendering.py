"""Templates to pages: two languages side by side, French numbers and dates, nothing that a browser would run."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.pages.labels import label_of, name_of_territoire
from shared.clock import PARIS
from shared.numbers import NARROW_SPACE, write_number
from shared.responses import ready

HERE = Path(__file__).parent
HTML = "text/html; charset=utf-8"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
LANGUAGES = ("fr", "en")
FRENCH_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
ENGLISH_MONTHS = "January February March April May June July August September October November December"
MONTHS = {"fr": FRENCH_MONTHS.split(), "en": ENGLISH_MONTHS.split()}


class Renderer:
    """Renders templates; ``editeur`` and ``contact`` are who answers for the site."""

    def __init__(self, *, editeur: str | None, contact: str | None) -> None:
        loader = FileSystemLoader(HERE / "templates")
        self._environment = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self._environment.globals |= {"label": label_of, "territoire": name_of_territoire}
        self._environment.globals |= {"editeur": editeur, "contact": contact}

    def render(self, request: Request, template: str, **values: Any) -> bytes:
        """Return a page in the language of ``request``."""
        langue = language_of(request)
        return self._environment.get_template(template).render(**_helpers(request, langue), **values).encode()


def language_of(request: Request) -> str:
    """Return the language asked for by ``?langue=``, French otherwise."""
    asked = request.query_params.get("langue", LANGUAGES[0])
    return asked if asked in LANGUAGES else LANGUAGES[0]


def _helpers(request: Request, langue: str) -> Mapping[str, Any]:
    english = langue == "en"

    def t(french: str, english_text: str) -> Markup:
        return Markup(english_text if english else french)  # noqa: S704 - texts of templates, written by us

    def url(path: str, **parameters: Any) -> str:
        given = {name: value for name, value in parameters.items() if value is not None}
        if english:
            given["langue"] = "en"
        return f"{path}?{urlencode(given)}" if given else path

    def other_language() -> str:
        kept = [(name, value) for name, value in request.query_params.multi_items() if name != "langue"]
        query = urlencode(kept if english else [*kept, ("langue", "en")])
        return f"{request.url.path}?{query}" if query else request.url.path

    return {
        "langue": langue,
        "t": t,
        "url": url,
        "other_language": other_language,
        "official": Markup(' lang="fr"') if english else "",
        "jour": _in_language(write_day, langue),
        "nombre": _in_language(_write_number, langue),
        "part": _in_language(write_part, langue),
    }


def _in_language(write: Callable[..., str], langue: str) -> Callable[..., str]:
    return lambda value, *more: write(value, langue, *more)


def write_day(text: str | None, langue: str) -> str:
    """Return a day, or the day in Paris of an instant, as read aloud: ``1er mars 2022``."""
    if text is None:
        return "—"
    day = datetime.fromisoformat(text).astimezone(PARIS).date() if "T" in text else date.fromisoformat(text)
    number = "1er" if day.day == 1 and langue == "fr" else str(day.day)
    return f"{number} {MONTHS[langue][day.month - 1]} {day.year}"


def _write_number(value: Any, langue: str) -> str:
    return "—" if value is None else write_number(value, langue)


def write_part(value: float | None, langue: str) -> str:
    """Return a part between 0 and 1 as a percentage."""
    if value is None:
        return "—"
    return f"{write_number(round(value * 100), langue)}{NARROW_SPACE if langue == 'fr' else ''}%"


def page(request: Request, template: str, *, keep: bool = True, status: int = 200, **values: Any) -> Response:
    """Answer with a page; one that is whole is confirmed by its ETag, one with a hole is kept by nobody."""
    body = request.app.state.renderer.render(request, template, **values)
    if keep and status == 200:
        response = ready(request, body, media_type=HTML)
    else:
        response = Response(body, status, {"Cache-Control": "no-store"}, media_type=HTML)
    return secured(response)


def secured(response: Response) -> Response:
    """Say what a browser may do with a page: show it, and nothing from elsewhere."""
    response.headers["Content-Security-Policy"] = POLICY
    return response


def see_other(address: str) -> Response:
    """Send the browser to another page, by a redirection that nobody keeps."""
    return secured(RedirectResponse(address, status_code=303, headers={"Cache-Control": "no-store"}))


@cache
def statics() -> Mapping[str, tuple[bytes, str]]:
    """Return the files that pages link to, with their media types."""
    types = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
    return {path.name: (path.read_bytes(), types[path.suffix]) for path in sorted((HERE / "static").iterdir())}
