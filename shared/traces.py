"""OpenTelemetry, for who wants it: the extra ``otel``, and ``OTEL_EXPORTER_OTLP_ENDPOINT``. Nothing otherwise.

A span says the method, the template of the address and the status: no path, no query, no code, no body.
"""

import logging
import os
from collections.abc import Iterator, Mapping, MutableSequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
Headers = MutableSequence[tuple[bytes, bytes]]
NOTHING: AbstractContextManager[Any] = nullcontext()
_tracer: Any = None


def set_up(service: str) -> None:
    """Send spans where the environment says; without the extra, say that it is missing."""
    if not os.environ.get(ENDPOINT):
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        logging.getLogger("spie").warning("%s est donné, et l'extra « otel » n'est pas installé", ENDPOINT)
        return
    use(service, BatchSpanProcessor(OTLPSpanExporter()))


def use(service: str, processor: Any) -> None:
    """Give spans to ``processor``; ``None``: to nobody any more."""
    global _tracer  # noqa: PLW0603 - one tracer a process
    if processor is None:
        _tracer = None
        return
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    provider = TracerProvider(resource=Resource.create({"service.name": f"spie-{service}"}))
    provider.add_span_processor(processor)
    _tracer = provider.get_tracer("spie")


def span(method: str, address: str, headers: Headers) -> AbstractContextManager[Any]:
    """Open a span for a request, after the one that ``headers`` name; they then name this one (W3C Trace Context)."""
    return NOTHING if _tracer is None else _open(method, address, headers)


@contextmanager
def _open(method: str, address: str, headers: Headers) -> Iterator[Any]:
    from opentelemetry.propagate import inject
    from opentelemetry.trace import SpanKind
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    given = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
    before = TraceContextTextMapPropagator().extract(given)
    attributes: Mapping[str, Any] = {"http.request.method": method, "http.route": address}
    with _tracer.start_as_current_span(f"{method} {address}", before, SpanKind.SERVER, attributes) as opened:
        carrier: dict[str, str] = {}
        inject(carrier)
        headers[:] = [pair for pair in headers if pair[0] not in (b"traceparent", b"tracestate")]
        headers.extend((name.encode(), value.encode()) for name, value in carrier.items())
        yield opened
