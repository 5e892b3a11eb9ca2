"""The contract as a page to read: our own HTML, no script, nothing fetched from elsewhere."""

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


def render_contract(document: dict[str, Any]) -> str:
    """Return the page of the whole contract."""
    info = document["info"]
    groups: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            groups.setdefault(operation["x-service"], []).append(_operation(path, method, operation))
    parts = [f"<h2 id='{escape(name)}'>{escape(name)}</h2>{''.join(shown)}" for name, shown in groups.items()]
    schemas = "".join(_schema(name, schema) for name, schema in document["components"]["schemas"].items())
    intro = f"<p>{escape(info['description'])}</p><p><a href='/openapi.json'>openapi.json</a> (OpenAPI 3.1)</p>"
    return _html(info["title"], f"<h1>{escape(info['title'])}</h1>{intro}{''.join(parts)}<h2>schémas</h2>{schemas}")


def render_problem(entry: dict[str, Any]) -> str:
    """Return the page of one error code, in both languages."""
    status = f"<p>HTTP {entry['statut']}</p>" if entry["statut"] else ""
    body = f"<h1>{escape(entry['code'])}</h1>{status}<p>{escape(entry['libelle'])}.</p>"
    return _html(entry["code"], f"{body}<p lang='en'>{escape(entry['libelle_en'])}.</p>")


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    right = ", ".join(scope for need in operation["security"] for scopes in need.values() for scope in scopes)
    parameters = "".join(_parameter(parameter) for parameter in operation.get("parameters", []))
    answers = "".join(
        f"<tr><td>{escape(status)}</td><td>{escape(answer['description'])}</td></tr>"
        for status, answer in operation["responses"].items()
    )
    body = ""
    if "requestBody" in operation:
        names = {_name_of(content["schema"]) for content in operation["requestBody"]["content"].values()}
        media = ", ".join(operation["requestBody"]["content"])
        body = f"<p>Corps : {escape(', '.join(sorted(names)))} ({escape(media)})</p>"
    return (
        f"<details id='{escape(operation['operationId'])}'><summary><span class='m'>{method.upper()}</span> "
        f"<code>{escape(path)}</code> {escape(operation['summary'])}</summary>"
        f"<p>{escape(operation.get('description', ''))}</p><p>Droit : {escape(right) or 'aucun (public)'}</p>"
        f"{f'<table>{parameters}</table>' if parameters else ''}{body}<table>{answers}</table></details>"
    )


def _parameter(parameter: dict[str, Any]) -> str:
    needed = " (obligatoire)" if parameter.get("required") else ""
    text = parameter.get("description") or parameter["schema"].get("description", "")
    return f"<tr><td><code>{escape(parameter['name'])}</code>{needed}</td><td>{escape(text)}</td></tr>"


def _name_of(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", schema.get("title", "objet"))).rsplit("/", 1)[-1]


def _schema(name: str, schema: dict[str, Any]) -> str:
    shown = json.dumps(schema, ensure_ascii=False, indent=1)
    title = escape(name)
    return f"<details id='{title}'><summary><code>{title}</code></summary><pre>{escape(shown)}</pre></details>"


def _html(title: str, body: str) -> str:
    return (
        f"<!doctype html><html lang='fr'><head><meta charset='utf-8'><title>{escape(title)}</title>"
        f"<meta name='viewport' content='width=device-width'><style>{STYLE}</style></head><body>{body}</body></html>"
    )
