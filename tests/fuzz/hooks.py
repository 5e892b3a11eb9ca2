"""What schemathesis does not know by itself: how NDJSON and CSV are written."""

import json
from typing import Any

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def write_ndjson(context: Any, value: Any) -> bytes:
    """Write what is text as it is, as the document says it is; a list, a line an element; anything else on one line."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    rows = value if isinstance(value, list) else [value]
    return b"\n".join(json.dumps(row).encode("utf-8", "replace") for row in rows)


@schemathesis.serializer("text/csv")
def write_csv(context: Any, value: Any) -> bytes:
    """Write what is text as it is."""
    return value.encode("utf-8", "replace") if isinstance(value, str) else json.dumps(value).encode()
