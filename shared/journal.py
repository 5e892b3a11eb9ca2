"""Log lines: for a person, or one JSON object a line (``SPIE_JOURNAL=json``), each with the request it belongs to.

Nothing personal is logged: no body, no query, no code of a person, no text of an exception.
"""

import logging
import os
from contextvars import ContextVar
from typing import TextIO

from pythonjsonlogger.json import JsonFormatter

REQUEST: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The request that this task serves."""
TEXT = "%(asctime)s %(message)s"
FIELDS = ["levelname", "name", "message", "request_id"]
OURS = ("spie", "uvicorn", "uvicorn.error")


def is_json() -> bool:
    """Tell whether lines are for machines."""
    return os.environ.get("SPIE_JOURNAL", "texte") == "json"


def set_up(service: str, stream: TextIO | None = None) -> None:
    """Write the product's lines on the error stream; what libraries say of themselves too, when it is a warning."""
    handler, others = logging.StreamHandler(stream), logging.StreamHandler(stream)
    others.addFilter(_keep_no_text)
    for each in (handler, others):
        each.addFilter(_add_request)
        each.setFormatter(_json(service) if is_json() else logging.Formatter(TEXT))
    root = logging.getLogger()
    root.handlers[:] = [others]
    root.setLevel(logging.WARNING)
    for name in OURS:
        log = logging.getLogger(name)
        log.handlers[:] = [handler]
        log.propagate = False
        log.setLevel(logging.INFO if name == "spie" else logging.WARNING)


def _json(service: str) -> logging.Formatter:
    renamed = {"levelname": "level", "name": "logger"}
    return JsonFormatter(
        FIELDS, rename_fields=renamed, static_fields={"service": service}, timestamp="time", json_ensure_ascii=False
    )


def _keep_no_text(record: logging.LogRecord) -> bool:
    """Leave of what libraries say who speaks and which failure it was: their texts may hold anything."""
    error = record.exc_info[1] if record.exc_info else None
    record.msg = f"{record.name} : {describe_failure(error) if error else record.levelname}"
    record.args, record.exc_info, record.exc_text = (), None, None
    return True


def _add_request(record: logging.LogRecord) -> bool:
    record.request_id = REQUEST.get()
    return True


def describe_failure(error: BaseException) -> str:
    """Name an unexpected failure by type and place, never by its text."""
    place = error.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "?"
    return f"{type(error).__name__} at {where}"
