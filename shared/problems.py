"""``application/problem+json`` (RFC 9457): one shape for every refusal, from every layer."""

import json
import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails
from starlette.datastructures import Headers
from starlette.responses import Response

from shared.errors import CODES_FAUTE, Faute, Phrase, Refus

PROBLEM_JSON = "application/problem+json"
VALEUR_MAX = 80
NEVER_ECHOED = frozenset({"note", "commentaire", "texte", "motif", "identite"})

_CODE_OF_TYPE = {
    "missing": "CHAMP_REQUIS",
    "extra_forbidden": "CHAMP_INCONNU",
    "enum": "VALEUR_INCONNUE",
    "literal_error": "VALEUR_INCONNUE",
    "timezone_aware": "DECALAGE_REQUIS",
}
_CODE_OF_PREFIX = {
    "string_too": "LONGUEUR_INVALIDE",
    "too_": "LONGUEUR_INVALIDE",
    "string_pattern": "VALEUR_INVALIDE",
    "greater": "HORS_BORNES",
    "less": "HORS_BORNES",
    "date": "DATE_INVALIDE",
    "int": "TYPE_INVALIDE",
    "bool": "TYPE_INVALIDE",
    "float": "TYPE_INVALIDE",
    "string": "TYPE_INVALIDE",
    "model": "TYPE_INVALIDE",
    "list": "TYPE_INVALIDE",
    "dict": "TYPE_INVALIDE",
}


QUALITY = re.compile(r"q=(0(\.\d{0,3})?|1(\.0{0,3})?)")


def pick_language(accept_language: str) -> str:
    """Return ``fr`` unless ``Accept-Language`` prefers English (RFC 9110 §12.5.4)."""
    asked: dict[str, float] = {}
    for part in accept_language.lower().split(",")[:20]:
        name, *parameters = (piece.strip() for piece in part.split(";"))
        quality = QUALITY.fullmatch(parameters[0]) if parameters else None
        if name and (quality or not parameters):
            primary = name.split("-")[0]
            asked[primary] = max(asked.get(primary, 0.0), float(quality.group(1)) if quality else 1.0)
    other = asked.get("*", 0.0)
    return "en" if asked.get("en", other) > asked.get("fr", other) else "fr"


def build_problem(refus: Refus, *, language: str, request_id: str) -> dict[str, Any]:
    """Return the members of the problem document for ``refus``."""
    return {
        "type": f"/problemes/{refus.code}",
        "title": refus.titre.in_language(language),
        "status": refus.status,
        "detail": refus.detail.in_language(language),
        "code": refus.code,
        "request_id": request_id,
        "erreurs": [_show(faute, language) for faute in refus.erreurs],
    }


def _show(faute: Faute, language: str) -> dict[str, Any]:
    hidden = not NEVER_ECHOED.isdisjoint(faute.champ.split("/"))
    return {
        "champ": faute.champ,
        "code": faute.code,
        "message": faute.message.in_language(language),
        "valeur": None if hidden or faute.valeur is None else faute.valeur[:VALEUR_MAX],
        "attendu": faute.attendu,
        "suggestion": faute.suggestion,
    }


def problem_response(refus: Refus, headers: Headers, request_id: str, **more: Any) -> Response:
    """Return the HTTP answer for ``refus``, in the language that ``headers`` ask for, with ``more`` members."""
    problem = build_problem(refus, language=pick_language(headers.get("accept-language", "")), request_id=request_id)
    body = json.dumps(problem | more, ensure_ascii=False).encode("utf-8", errors="replace")
    return Response(
        body,
        refus.status,
        {"Cache-Control": "no-store", "Vary": "Accept-Language", **refus.headers},
        media_type=PROBLEM_JSON,
    )


def nearest(value: str, known: Iterable[str]) -> str | None:
    """Return the known word nearest to ``value``, if any is near."""
    found = get_close_matches(value.lower(), {word.lower(): word for word in known}, n=1, cutoff=0.6)
    return next((word for word in known if found and word.lower() == found[0]), None)


def unknown_value(champ: str, valeur: str, known: Iterable[str], *, code: str = "CODE_INCONNU") -> Faute:
    """Return the fault of a value that is not among ``known``, with the nearest one as suggestion."""
    known = list(known)
    return Faute(
        champ=champ,
        code=code,
        message=CODES_FAUTE[code].libelle,
        valeur=valeur or None,
        attendu=known if len(known) <= 60 else None,
        suggestion=nearest(valeur, known),
    )


def escape_pointer(name: str) -> str:
    """Return ``name`` as one step of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def fautes_of(
    errors: Iterable[ErrorDetails], *, model: type[BaseModel] | None = None, parameters: Iterable[str] = ()
) -> list[Faute]:
    """Translate pydantic's errors on a body read as ``model``, or on a query string that takes ``parameters``."""
    names = list(parameters)
    return [_translate(error, model, names) for error in errors]


def _translate(error: ErrorDetails, model: type[BaseModel] | None, parameters: list[str]) -> Faute:
    loc = [str(part) for part in error["loc"]]
    champ = "".join(f"/{escape_pointer(part)}" for part in loc) if model else loc[0] if loc else ""
    code = _code_of(error["type"])
    if code == "CHAMP_INCONNU":
        known = fields_at(model, loc[:-1]) if model else parameters
        return unknown_value(champ, loc[-1], known, code=code if model else "PARAMETRE_INCONNU")
    if code == "VALEUR_INCONNUE":
        expected = error.get("ctx", {}).get("expected", "")
        known = [word.strip(" '") for word in str(expected).replace(" or ", ",").split(",")]
        return unknown_value(champ, _text(error["input"]) or "", known, code=code)
    given = error.get("ctx", {}).get("error")
    if isinstance(given, FauteError):
        return Faute(champ=champ, code=given.code, message=given.message, valeur=_text(error["input"]))
    return Faute(
        champ=champ,
        code=code,
        message=Phrase(f"{CODES_FAUTE[code].libelle.fr} ({_expected_fr(error)})", error["msg"]),
        valeur=None if error["type"] == "missing" else _text(error["input"]),
        attendu=_expected_fr(error),
    )


def fields_at(model: type[BaseModel], path: Iterable[str]) -> list[str]:
    """Return the names of the fields that ``model`` has at ``path``, none where it is not a model."""
    here: list[type[BaseModel]] = [model]
    for step in path:
        fields = [each.model_fields[step] for each in here if step in each.model_fields]
        if fields:
            here = [found for field in fields for found in _models_in(field.annotation)]
    return [name for each in here for name in each.model_fields]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for argument in get_args(annotation) for found in _models_in(argument)]


class FauteError(ValueError):
    """Raised by validators of schemas: a fault with its own code and sentence."""

    def __init__(self, code: str, message: Phrase | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message or CODES_FAUTE[code].libelle


def _code_of(kind: str) -> str:
    if kind in _CODE_OF_TYPE:
        return _CODE_OF_TYPE[kind]
    return next((code for prefix, code in _CODE_OF_PREFIX.items() if kind.startswith(prefix)), "VALEUR_INVALIDE")


def _text(value: Any) -> str | None:
    return str(value)[:VALEUR_MAX] if isinstance(value, str | int | float | bool) else None


def _expected_fr(error: ErrorDetails) -> str:
    kind, context = error["type"], error.get("ctx", {})
    bounds = {"ge": "au moins", "gt": "plus de", "le": "au plus", "lt": "moins de"}
    for name, word in bounds.items():
        if name in context:
            return f"{word} {context[name]}"
    if "min_length" in context:
        return f"au moins {context['min_length']} caractère(s)"
    if "max_length" in context:
        return f"au plus {context['max_length']} caractères"
    if "pattern" in context:
        return f"la forme {context['pattern']}"
    kinds = {"missing": "obligatoire", "int": "un entier", "bool": "true ou false", "string": "un texte"}
    kinds |= {"datetime": "un instant AAAA-MM-JJThh:mm:ss+hh:mm", "timezone": "un instant avec décalage"}
    kinds |= {"date": "un jour AAAA-MM-JJ", "model": "un objet", "dict": "un objet", "list": "une liste"}
    return next((word for prefix, word in kinds.items() if kind.startswith(prefix)), "une autre valeur")
