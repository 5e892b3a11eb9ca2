"""Log lines say what happened and to which request, and nothing personal; measures and spans no more than that."""

import io
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx2
import pytest
from fastapi import APIRouter
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from gateway.cli.identity import DevelopmentIssuer
from gateway.upstreams import HttpUpstream
from shared import journal, metrics, traces
from shared.service_app import build_app
from shared.settings import IdentitySettings
from tests.conftest import Base
from tests.gateway.servers import Listener, answering, gateway_before, no_body, scope_of
from tests.gateway.whole import whole_product

Bearer = Callable[[str], dict[str, str]]
HIDDEN = "dos-nedoitpasfuir"
WRONG = "Bearer jeton-qui-ne-doit-pas-fuir"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Any]]:
    """Every JSON line written so far."""
    names = (*journal.OURS, "")
    kept = {name: (log.handlers[:], log.propagate, log.level) for name in names if (log := _log(name))}
    monkeypatch.setenv("SPIE_JOURNAL", "json")
    stream = io.StringIO()
    journal.set_up("essai", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    for name, (handlers, propagate, level) in kept.items():
        log = _log(name)
        log.handlers[:], log.propagate, log.level = handlers, propagate, level


def _log(name: str) -> logging.Logger:
    return logging.getLogger(name)


@pytest.fixture
async def client(base: Base, issuer: DevelopmentIssuer) -> AsyncIterator[httpx2.AsyncClient]:
    async with whole_product(base, issuer, journal_acces=True, metriques=True, limite=4) as made:
        yield made


async def test_a_request_leaves_one_line_with_its_template_and_its_id(
    lines: Callable[[], Any], client: httpx2.AsyncClient, bearer: Bearer
) -> None:
    headers = {"X-Request-Id": "essai-0001", **bearer("agent")}
    await client.get(f"/v1/dossiers/{HIDDEN}?etat=ENTRE", headers=headers)
    told = [line for line in lines() if line["logger"] == "spie.acces"]
    (line,) = told
    assert {name: line[name] for name in ("methode", "adresse", "statut", "appelant", "request_id", "service")} == {
        "methode": "GET",
        "adresse": "/v1/dossiers/{id}",
        "statut": 422,
        "appelant": "agent",
        "request_id": "essai-0001",
        "service": "essai",
    }
    assert line["duree_ms"] > 0
    assert line["octets"] > 0
    assert HIDDEN not in json.dumps(line)
    assert "ENTRE" not in json.dumps(line)


def test_what_libraries_say_is_told_without_its_text(lines: Callable[[], Any]) -> None:
    try:
        raise ValueError(HIDDEN)
    except ValueError as error:
        logging.getLogger("asyncio").error("perdu : %r", error, exc_info=error)
    logging.getLogger("une.bibliotheque").warning("elle dit %s", HIDDEN)
    first, second = lines()
    assert first["message"].startswith("asyncio : ValueError at ")
    assert second["message"] == "une.bibliotheque : WARNING"
    assert HIDDEN not in json.dumps([first, second])


async def test_a_failure_is_told_by_the_template_of_its_address(lines: Callable[[], Any]) -> None:
    router = APIRouter()

    @router.get("/v1/dossiers/{code}")
    async def fail(code: str) -> None:
        raise ArithmeticError(code)

    app = build_app(name="essai", title="essai", routers=[router], identity=IdentitySettings())
    await app(scope_of(f"/v1/dossiers/{HIDDEN}"), no_body, Listener())
    (line,) = lines()
    assert " GET /v1/dossiers/{code} : ArithmeticError at " in line["message"]
    assert HIDDEN not in json.dumps(line)


async def test_who_is_refused_is_a_security_event_without_what_was_sent(
    lines: Callable[[], Any], client: httpx2.AsyncClient, bearer: Bearer
) -> None:
    await client.get(f"/v1/dossiers/{HIDDEN}", headers={"Authorization": WRONG})
    await client.get(f"/v1/dossiers/{HIDDEN}", headers=bearer("partenaire"))
    for _ in range(5):
        await client.get("/v1/dossiers", headers=bearer("pilote"))
    written = lines()
    events = [
        (line["evenement"], line["adresse"], line["sujet"]) for line in written if line["logger"] == "spie.securite"
    ]
    assert events[:2] == [
        ("identification_refusee", "/v1/dossiers/{id}", None),
        ("droit_refuse", "/v1/dossiers/{id}", "sujet dev-partenaire"),
    ]
    assert events[-1] == ("limite_depassee", "/v1/dossiers", "sujet dev-pilote")
    text = json.dumps(written)
    assert HIDDEN not in text
    assert WRONG not in text


async def test_what_is_measured_counts_answers_by_template_and_is_shown_where_asked(
    client: httpx2.AsyncClient, base: Base, issuer: DevelopmentIssuer
) -> None:
    def counted(service: str, address: str, status: str) -> float:
        labels = {"service": service, "adresse": address, "statut": status}
        return metrics.REGISTRY.get_sample_value("spie_requetes_total", labels) or 0.0

    asked = [("gateway", "/v1/axes/{code}", "200"), ("catalogue", "/v1/axes/{code}", "200")]
    before = [counted(*each) for each in asked]
    for _ in range(2):
        await client.get("/v1/axes/2")
    counts = [counted(*each) - was for each, was in zip(asked, before, strict=True)]
    assert counts == [2, 1]  # the second came from the cache
    shown = await client.get("/metriques")
    assert shown.status_code == 200
    assert 'spie_requetes_total{adresse="/v1/axes/{code}",service="gateway",statut="200"}' in shown.text
    async with whole_product(base, issuer) as public:
        assert (await public.get("/metriques")).status_code == 404


async def test_a_span_goes_on_to_the_next_process_and_says_no_more_than_the_template() -> None:
    exporter = InMemorySpanExporter()
    traces.use("essai", SimpleSpanProcessor(exporter))
    try:
        async with answering(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n") as (url, heads):
            way = HttpUpstream(url)
            async with way.running():
                scope = scope_of(query=b"q=" + HIDDEN.encode(), headers={"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"})
                await gateway_before(way)(scope, no_body, Listener())
    finally:
        traces.use("essai", None)
    (span,) = exporter.get_finished_spans()
    assert span.name == "GET /v1/x"
    expected = {"http.request.method": "GET", "http.route": "/v1/x", "http.response.status_code": 200}
    assert dict(span.attributes or {}) == expected
    assert f"{span.context.trace_id:032x}" == "a" * 32
    sent = f"traceparent: 00-{'a' * 32}-{span.context.span_id:016x}-01".encode()
    assert sent in heads[0].lower()
