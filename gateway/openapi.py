"""Merges the contracts of the services into committed files: one OpenAPI and its English, vocabularies, codes."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gateway.contract_parts import ContractConflictError, add_examples, add_tags, join_parts, keep_used_answers
from gateway.deprecations import mark_removals, read_removals
from gateway.door import HEALTH
from gateway.errors import TropDeRequetes
from gateway.routes import ROUTERS
from gateway.settings import SERVICES, Settings
from gateway.translation import apply_overlay, make_overlay, read_translations
from gateway.upstreams import load_app
from gateway.vocabulary import VOCABULAIRES
from shared.errors import CODES_FAUTE, DelaiDepasse, Refus, ReponseIllisible, RequeteIllisible, iter_refus
from shared.refusals import refused
from shared.service_app import build_app
from shared.settings import IdentitySettings
from shared.vocabulary import describe

HERE = Path(__file__).parent
TITLE = "SPIE - Métropole de Lyon"
CONTACT = {"name": "Métropole de Lyon, portail SPIE"}
DESCRIPTION = (
    "Le plan d'insertion pour l'emploi (PMI'e) de la Métropole de Lyon, ses indicateurs et l'orientation des "
    "personnes. Une seule porte, trois services. Tout refus est un document `application/problem+json` (RFC 9457) "
    "qui nomme chaque faute."
)


def build_files() -> dict[str, str]:
    """Return the committed files by name, built from the services as they are."""
    settings = Settings()
    apps: list[Any] = [load_app(settings.address_of(name)) for name in SERVICES]
    own = _own_app()
    vocabularies: dict[str, Any] = {}
    for app in [*apps, own]:
        for name, terms in app.state.vocabulaires.items():
            _put(vocabularies, name, describe(name, terms), "vocabulaire")
    codes: dict[str, Any] = {
        refus.code: {
            "code": refus.code,
            "statut": refus.status,
            "libelle": refus.titre.fr,
            "libelle_en": refus.titre.en,
        }
        for refus in iter_refus()
    }
    for fault in CODES_FAUTE.values():
        statut = codes.get(fault.code, {}).get("statut")  # a fault of one row may be the refusal of a whole address
        entry = {"code": fault.code, "statut": statut, "libelle": fault.libelle.fr, "libelle_en": fault.libelle.en}
        _put(codes, fault.code, entry, "code")
    document = complete(merge([app.openapi() for app in [*apps, own]]))
    overlay = make_overlay(document, read_translations())
    return {
        "openapi.json": _dump(document),
        "openapi.en.overlay.json": _dump(overlay),
        "openapi.en.json": _dump(apply_overlay(document, overlay)),
        "vocabulaires.json": _dump([vocabularies[name] for name in sorted(vocabularies)]),
        "codes-erreur.json": _dump([codes[code] for code in sorted(codes)]),
    }


def _own_app() -> Any:
    """Return the door's own application, without the files that this module writes."""
    return build_app(
        name="gateway", title="SPIE", routers=ROUTERS, identity=IdentitySettings(), vocabulaires=VOCABULAIRES
    )


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with what no service says by itself: tags, examples, announced removals."""
    add_tags(document)
    add_examples(document)
    mark_removals(document, read_removals())
    keep_used_answers(document)
    return document


def merge(documents: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return one OpenAPI document. Raises :class:`ContractConflictError` when two describe one name differently."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    security: dict[str, Any] = {}
    answers: dict[str, Any] = {}
    for document in documents:
        for path, operations in document["paths"].items():
            _put(paths, path, operations, "chemin")
            for operation in operations.values():
                operation["responses"] = _with_door_statuses(operation, counted=not path.startswith(HEALTH))
        for name, schema in document["components"]["schemas"].items():
            _put(schemas, name, schema, "schéma")
        security |= document["components"]["securitySchemes"]
        answers |= document["components"].get("responses", {})
    join_parts(schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": "1",
            "description": DESCRIPTION,
            "contact": CONTACT,
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
            "x-langue": "fr",
        },
        "servers": [{"url": "/", "description": "La porte qui sert ce document."}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "responses": dict(sorted(answers.items())),
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": security,
        },
    }


def _with_door_statuses(operation: dict[str, Any], *, counted: bool) -> dict[str, Any]:
    """Add what the door itself may answer: a request that cannot be read, too many, a service unreadable or slow.

    Its own paths are only slow.
    """
    own = operation["x-service"] == "gateway"
    given: list[type[Refus]] = (
        [RequeteIllisible] + [TropDeRequetes] * counted + [DelaiDepasse] + [ReponseIllisible] * (not own)
    )
    return dict(sorted((operation["responses"] | {str(each.status): refused(each.status) for each in given}).items()))


def _put(known: dict[str, Any], name: str, value: Any, kind: str) -> None:
    if known.setdefault(name, value) != value:
        raise ContractConflictError(f"{kind} « {name} » : deux services le décrivent différemment")


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def stale_files() -> list[str]:
    """Return the names of committed files that differ from what the services say now."""
    return [
        name
        for name, text in build_files().items()
        if not (HERE / name).exists() or (HERE / name).read_text(encoding="utf-8") != text
    ]


def write_files() -> list[str]:
    """Write the committed files; return the names of those that changed."""
    changed = stale_files()
    for name, text in build_files().items():
        (HERE / name).write_text(text, encoding="utf-8")
    return changed
