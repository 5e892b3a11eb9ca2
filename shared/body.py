"""The one reader of JSON bodies: size, media type, encoding, keys given twice, NaN, nesting and nul bytes.

A body is read after the credential was checked, and before validation, so that a broken body never hides a 401.
"""

import json
import re
import zlib
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from shared.errors import CorpsTropGrand, DonneesRefusees, Faute, Phrase, RequeteIllisible, TypeRefuse
from shared.problems import escape_pointer, fautes_of

MAX_NESTING = 64
MAX_DIGITS = 300  # beyond, an integer is no longer a finite number for whoever reads it as a float
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
UNSTORABLE_TOLD = Phrase("Caractère nul ou demi-caractère Unicode", "Nul character or lone surrogate")
ESCAPED_NUL = "\\u0000"
"""A nul character as JSON is written; a text may hold the same six characters, and is then looked at closely."""
MAX_BYTES = 1 << 20
ESCAPED = re.compile(rb"\\.", re.DOTALL)
NOT_STRUCTURE = bytes(set(range(256)) - set(b'[]{}"'))
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


def check_media_type(request: Request, media_types: tuple[str, ...], encodings: tuple[str, ...] = ()) -> str:
    """Return the body's media type; refuse another than those allowed, and any compression not in ``encodings``."""
    given = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if given not in media_types:
        allowed = ", ".join(media_types)
        raise TypeRefuse(Phrase(f"Types acceptés : {allowed}", f"Accepted types: {allowed}"))
    if _encoding_of(request) not in ("identity", *encodings):
        taken = ", ".join(encodings) or "aucune"
        raise TypeRefuse(
            Phrase(f"Compressions acceptées ici : {taken}", f"Content encodings taken here: {', '.join(encodings)}")
        )
    return given


def _encoding_of(request: Request) -> str:
    return request.headers.get("content-encoding", "identity").strip().lower()


async def read_bytes(request: Request, max_bytes: int) -> bytes:
    """Return the body, decompressed; raise :class:`CorpsTropGrand` as soon as it passes ``max_bytes``, reading no more.

    The size is that of the decompressed body. Raises :class:`RequeteIllisible` for broken gzip.
    """
    limit = Phrase(f"Au plus {max_bytes} octets", f"At most {max_bytes} bytes")
    announced = request.headers.get("content-length", "0")
    if announced.isascii() and announced.isdigit() and int(announced[:20]) > max_bytes:
        raise CorpsTropGrand(limit)
    take: Callable[[bytes], bytes] = _Gunzip(max_bytes + 1).feed if _encoding_of(request) == "gzip" else bytes
    body = bytearray()
    async for chunk in request.stream():
        body += take(chunk)
        if len(body) > max_bytes:
            raise CorpsTropGrand(limit)
    return bytes(body)


class _Gunzip:
    """Decompresses gzip (RFC 1952, several members too) as it comes, never more than ``most`` bytes."""

    def __init__(self, most: int) -> None:
        self._left = most
        self._inflate = zlib.decompressobj(31)
        self._begun = False

    def feed(self, chunk: bytes) -> bytes:
        """Return what ``chunk`` adds; the empty last chunk of a request checks that the stream is whole."""
        if not chunk and self._begun and not self._inflate.eof:
            raise RequeteIllisible(Phrase("Le corps gzip est coupé", "The gzip body is cut short"))
        added = bytearray()
        while chunk and self._left > 0:
            if self._inflate.eof:
                self._inflate = zlib.decompressobj(31)
            self._begun = True
            try:
                part = self._inflate.decompress(chunk, self._left)
            except zlib.error as error:
                raise RequeteIllisible(Phrase("Le corps n'est pas du gzip", "The body is not gzip")) from error
            added += part
            self._left -= len(part)
            chunk = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
        return bytes(added)


def parse_json(body: bytes, *, exact: bool = False) -> Any:
    """Return the JSON value of ``body``; raise :class:`RequeteIllisible` saying where it cannot be read.

    ``exact``: numbers with a fraction or an exponent come as ``Decimal``, digit for digit.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RequeteIllisible(
            Phrase(f"Le corps n'est pas en UTF-8 (octet {error.start})", f"The body is not UTF-8 (byte {error.start})")
        ) from error
    _check_nesting(body)
    try:
        return json.loads(
            text,
            object_pairs_hook=_refuse_twice,
            parse_constant=_refuse_constant,
            parse_float=Decimal if exact else _finite,
            parse_int=_bounded,
        )
    except json.JSONDecodeError as error:
        where = f"{error.lineno}:{error.colno}"
        raise RequeteIllisible(
            Phrase(
                f"Le corps n'est pas du JSON (ligne et colonne {where})", f"The body is not JSON (line:column {where})"
            )
        ) from error


def validate(model: type[Model], value: Any) -> Model:
    """Check ``value`` against ``model``; raise :class:`DonneesRefusees` naming every fault."""
    faults: list[Faute] = []
    text = json.dumps(value, ensure_ascii=False)
    if UNSTORABLE.search(text) or ESCAPED_NUL in text:
        text = json.dumps(_storable(value, "", faults))
    try:
        checked = model.model_validate_json(text)
    except ValidationError as error:
        named = {fault.champ for fault in faults}
        others = fautes_of(error.errors(include_url=False), model=model)
        raise DonneesRefusees(erreurs=[*faults, *(fault for fault in others if fault.champ not in named)]) from error
    if faults:
        raise DonneesRefusees(erreurs=faults)
    return checked


def _check_nesting(body: bytes) -> None:
    """Refuse more than ``MAX_NESTING`` levels, looking at brackets outside strings only.

    Whole-body operations in C, because a push is megabytes: innermost pairs are taken away, one level each time.
    """
    outside = b"".join(ESCAPED.sub(b"", body).translate(None, NOT_STRUCTURE).split(b'"')[::2])
    for _ in range(MAX_NESTING):
        if not outside:
            return
        outside = outside.replace(b"[]", b"").replace(b"{}", b"")
    openings = outside.count(b"[") + outside.count(b"{")
    if openings > MAX_NESTING or 0 < openings * 2 == len(outside):  # what is merely cut short is told by the parser
        raise RequeteIllisible(
            Phrase(f"Plus de {MAX_NESTING} niveaux d'imbrication", f"More than {MAX_NESTING} levels of nesting")
        )


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


def _bounded(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise RequeteIllisible(Phrase("Un nombre est trop long", "A number is too long"))
    return int(text)


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise RequeteIllisible(Phrase("Un nombre dépasse ce qui se représente", "A number is out of range"))
    return value


def _storable(value: Any, pointer: str, faults: list[Faute]) -> Any:
    """Return ``value`` without the characters that nothing can store, adding a fault for each text that has some."""
    if isinstance(value, str):
        if UNSTORABLE.search(value):
            faults.append(Faute(champ=pointer, code="CARACTERE_INTERDIT", message=UNSTORABLE_TOLD))
        return UNSTORABLE.sub("?", value)
    if isinstance(value, list):
        return [_storable(part, f"{pointer}/{place}", faults) for place, part in enumerate(value)]
    if not isinstance(value, dict):
        return value
    clean = {}
    for name, part in value.items():
        here = f"{pointer}/{escape_pointer(UNSTORABLE.sub('?', name))}"
        if UNSTORABLE.search(name):
            faults.append(Faute(champ=here, code="CARACTERE_INTERDIT", message=UNSTORABLE_TOLD))
        clean[UNSTORABLE.sub("?", name)] = _storable(part, here, faults)
    return clean
