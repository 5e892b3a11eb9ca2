"""The one reader of JSON bodies: size, media type, encoding, keys given twice, NaN, nesting and nul bytes.

A body is read after the credential was checked, and before validation, so that a broken body never hides a 401.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from shared.errors import CorpsTropGrand, DonneesRefusees, Faute, Phrase, RequeteIllisible, TypeRefuse
from shared.problems import fautes_of

MAX_NESTING = 64
MAX_BYTES = 1 << 20
Model = TypeVar("Model", bound=BaseModel)

MERGE_PATCH = ("application/merge-patch+json", "application/json")


def json_body(
    model: type[Model], media_types: tuple[str, ...] = ("application/json",), max_bytes: int = MAX_BYTES
) -> Callable[[Request], Awaitable[Model]]:
    """Return a dependency that reads the body as ``model``.

    Raises :class:`CorpsTropGrand`, :class:`TypeRefuse`, :class:`RequeteIllisible` or :class:`DonneesRefusees`.
    """

    async def read_body(request: Request) -> Model:
        check_media_type(request, media_types)
        return validate(model, parse_json(await read_bytes(request, max_bytes)))

    read_body.body_model = model  # type: ignore[attr-defined]
    read_body.media_types = media_types  # type: ignore[attr-defined]
    return read_body


def check_media_type(request: Request, media_types: tuple[str, ...]) -> None:
    """Refuse another media type than those allowed, and any compression."""
    given = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if given not in media_types:
        allowed = ", ".join(media_types)
        raise TypeRefuse(Phrase(f"Types acceptés : {allowed}", f"Accepted types: {allowed}"))
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise TypeRefuse(Phrase("Corps compressé refusé ici", "Compressed bodies are not taken here"))


async def read_bytes(request: Request, max_bytes: int) -> bytes:
    """Return the body; raise :class:`CorpsTropGrand` without reading on as soon as it passes ``max_bytes``."""
    limit = Phrase(f"Au plus {max_bytes} octets", f"At most {max_bytes} bytes")
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > max_bytes:
        raise CorpsTropGrand(limit)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise CorpsTropGrand(limit)
    return bytes(body)


def parse_json(body: bytes) -> Any:
    """Return the JSON value of ``body``; raise :class:`RequeteIllisible` saying where it cannot be read."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RequeteIllisible(
            Phrase(f"Le corps n'est pas en UTF-8 (octet {error.start})", f"The body is not UTF-8 (byte {error.start})")
        ) from error
    _check_nesting(text)
    try:
        return json.loads(text, object_pairs_hook=_refuse_twice, parse_constant=_refuse_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        where = f"{error.lineno}:{error.colno}"
        raise RequeteIllisible(
            Phrase(
                f"Le corps n'est pas du JSON (ligne et colonne {where})", f"The body is not JSON (line:column {where})"
            )
        ) from error
    except ValueError as error:  # an integer of thousands of digits
        raise RequeteIllisible(Phrase("Un nombre est trop long", "A number is too long")) from error


def validate(model: type[Model], value: Any) -> Model:
    """Check ``value`` against ``model``; raise :class:`DonneesRefusees` naming every fault."""
    try:
        checked = model.model_validate_json(json.dumps(value))
    except ValidationError as error:
        raise DonneesRefusees(
            erreurs=fautes_of(error.errors(include_url=False), fields=model.model_fields, body=True)
        ) from error
    if faults := [fault for name, text in _texts(value, "") if (fault := _unstorable(name, text))]:
        raise DonneesRefusees(erreurs=faults)
    return checked


def _check_nesting(text: str) -> None:
    depth, in_string, escaped = 0, False, False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            if depth > MAX_NESTING:
                raise RequeteIllisible(
                    Phrase(f"Plus de {MAX_NESTING} niveaux d'imbrication", f"More than {MAX_NESTING} levels of nesting")
                )
        elif character in "]}":
            depth -= 1


def _refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise RequeteIllisible(
            Phrase(f"La clé « {twice[:80]} » est donnée deux fois", f'Key "{twice[:80]}" is given twice')
        )
    return value


def _refuse_constant(name: str) -> Any:
    raise RequeteIllisible(Phrase(f"{name} n'est pas un nombre JSON", f"{name} is not a JSON number"))


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise RequeteIllisible(Phrase("Un nombre dépasse ce qui se représente", "A number is out of range"))
    return value


def _texts(value: Any, pointer: str) -> list[tuple[str, str]]:
    if isinstance(value, str):
        return [(pointer, value)]
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for name, part in parts for found in _texts(part, f"{pointer}/{name}")]


def _unstorable(pointer: str, text: str) -> Faute | None:
    if "\0" not in text and not any(0xD800 <= ord(character) <= 0xDFFF for character in text):
        return None
    return Faute(
        champ=pointer,
        code="CARACTERE_INTERDIT",
        message=Phrase("Caractère nul ou demi-caractère Unicode", "Nul character or lone surrogate"),
    )
