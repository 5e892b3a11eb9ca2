"""The contract as a page to read, in French or English: our own HTML, no script, nothing fetched from elsewhere."""

import base64
import hashlib
import json
from html import escape
from typing import Any

STYLE = """
body{font:1rem/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
h2{margin-top:2.5rem;border-bottom:1px solid #767676}code,pre{font-family:ui-monospace,monospace;font-size:.9rem}
pre{background:#f4f4f4;padding:.75rem;overflow:auto}table{border-collapse:collapse;width:100%}
td,th{text-align:left;vertical-align:top;padding:.25rem .5rem;border-bottom:1px solid #ccc}
summary{cursor:pointer;padding:.35rem 0}.m{display:inline-block;min-width:4rem;font-weight:700}
"""
STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
"""What a Content-Security-Policy names the style by."""


WORDS = {
    "fr": {
        "right": "Droit",
        "none": "aucun (public)",
        "needed": " (obligatoire)",
        "body": "Corps",
        "example": "Exemple",
        "schemas": "Schémas",
        "deprecated": "Annoncée au retrait.",
        "other": "<a href='/docs?langue=en' lang='en' hreflang='en'>In English</a>",
        "file": "/openapi.json",
    },
    "en": {
        "right": "Right",
        "none": "none (public)",
        "needed": " (required)",
        "body": "Body",
        "example": "Example",
        "schemas": "Schemas",
        "deprecated": "Announced for removal.",
        "other": "<a href='/docs?langue=fr' lang='fr' hreflang='fr'>En français</a>",
        "file": "/openapi.en.json",
    },
}
Words = dict[str, str]


def render_contract(document: dict[str, Any]) -> str:
    """Return the page of the whole contract, in the language of ``document``."""
    info, langue = document["info"], document["info"]["x-langue"]
    words = WORDS[langue]
    groups: dict[str, list[str]] = {tag["name"]: [] for tag in document["tags"]}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            shown = _operation(path, method, operation, document["components"]["responses"], words)
            groups.setdefault("".join(operation["tags"][:1]), []).append(shown)
    told = {tag["name"]: tag["description"] for tag in document["tags"]}
    parts = [
        f"<h2 id='{escape(name)}'>{escape(name)}</h2><p>{escape(told.get(name, ''))}</p>{''.join(shown)}"
        for name, shown in groups.items()
    ]
    schemas = "".join(_schema(name, schema) for name, schema in document["components"]["schemas"].items())
    intro = (
        f"<p>{escape(info['description'])}</p><p><a href='{words['file']}'>{words['file'][1:]}</a> (OpenAPI 3.1) · "
        f"{words['other']}</p>"
    )
    body = f"<h1>{escape(info['title'])}</h1>{intro}{''.join(parts)}<h2>{words['schemas']}</h2>{schemas}"
    return _html(info["title"], body, langue)


def render_problem(entry: dict[str, Any]) -> str:
    """Return the page of one error code, in both languages."""
    status = f"<p>HTTP {entry['statut']}</p>" if entry["statut"] else ""
    body = f"<h1>{escape(entry['code'])}</h1>{status}<p>{escape(entry['libelle'])}.</p>"
    return _html(entry["code"], f"{body}<p lang='en'>{escape(entry['libelle_en'])}.</p>")


def _operation(path: str, method: str, operation: dict[str, Any], common: dict[str, Any], words: Words) -> str:
    right = ", ".join(scope for need in operation["security"] for scopes in need.values() for scope in scopes)
    parameters = "".join(_parameter(parameter, words) for parameter in operation.get("parameters", []))
    answers = "".join(_answer(status, answer, common, words) for status, answer in operation["responses"].items())
    going = f"<p><strong>{words['deprecated']}</strong></p>" if operation.get("deprecated") else ""
    return (
        f"<details id='{escape(operation['operationId'])}'><summary><span class='m'>{method.upper()}</span> "
        f"<code>{escape(path)}</code> {escape(operation['summary'])}</summary>{going}"
        f"<p>{escape(operation.get('description', ''))}</p>"
        f"<p>{words['right']} : {escape(right) or words['none']}</p>"
        f"{f'<table>{parameters}</table>' if parameters else ''}{_body(operation, words)}"
        f"<table>{answers}</table></details>"
    )


def _body(operation: dict[str, Any], words: Words) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    names = {_name_of(form["schema"]) for form in content.values()}
    told = f"<p>{words['body']} : {escape(', '.join(sorted(names)))} ({escape(', '.join(content))})</p>"
    return told + _examples(content, words) if content else ""


def _answer(status: str, answer: dict[str, Any], common: dict[str, Any], words: Words) -> str:
    known = common[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
    examples = _examples(known.get("content", {}), words) if status < "300" else ""
    return f"<tr><td>{escape(status)}</td><td>{escape(known['description'])}{examples}</td></tr>"


def _examples(content: dict[str, Any], words: Words) -> str:
    return "".join(
        f"<details><summary>{words['example']} ({escape(media_type)})</summary>"
        f"<pre>{escape(_written(form['example']))}</pre></details>"
        for media_type, form in content.items()
        if "example" in form
    )


def _written(example: Any) -> str:
    return example if isinstance(example, str) else json.dumps(example, ensure_ascii=False, indent=1)


def _parameter(parameter: dict[str, Any], words: Words) -> str:
    needed = words["needed"] if parameter.get("required") else ""
    text = parameter.get("description") or parameter["schema"].get("description", "")
    shown = f" <code>{escape(str(parameter['example']))}</code>" if "example" in parameter else ""
    return f"<tr><td><code>{escape(parameter['name'])}</code>{needed}</td><td>{escape(text)}{shown}</td></tr>"


def _name_of(schema: dict[str, Any]) -> str:
    described = schema.get("contentSchema", schema)
    return str(described.get("$ref", "objet")).rsplit("/", 1)[-1]


def _schema(name: str, schema: dict[str, Any]) -> str:
    shown = json.dumps(schema, ensure_ascii=False, indent=1)
    title = escape(name)
    return f"<details id='{title}'><summary><code>{title}</code></summary><pre>{escape(shown)}</pre></details>"


def _html(title: str, body: str, langue: str = "fr") -> str:
    return (
        f"<!doctype html><html lang='{langue}'><head><meta charset='utf-8'><title>{escape(title)}</title>"
        f"<meta name='viewport' content='width=device-width'><style>{STYLE}</style></head><body>{body}</body></html>"
    )
