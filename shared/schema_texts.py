"""Takes out of a contract the titles that the library makes of member names: they say nothing more than the names."""

from typing import Any

MAPS = ("properties", "$defs", "schemas", "patternProperties")
DATA = ("example", "examples", "default", "enum", "const", "value")


def without_titles(node: Any) -> None:
    """Remove, in place, each text ``title`` of a schema below ``node``; members that are named so stay."""
    if isinstance(node, list):
        for part in node:
            without_titles(part)
    elif isinstance(node, dict):
        if isinstance(node.get("title"), str) and "version" not in node:
            del node["title"]
        for name, part in node.items():
            if name in MAPS and isinstance(part, dict):
                for schema in part.values():
                    without_titles(schema)
            elif name not in DATA:
                without_titles(part)
