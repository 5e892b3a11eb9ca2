"""GoRules Zen, installed for the time of a measure into a folder that is then removed; nothing else needs it."""

import importlib
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from bench.zen_graph import graph_of
from services.orientation.rule_files import JeuFile

VERSION = "2.1.3"
PACKAGE = f"zen-engine=={VERSION}"
INSTALL_SECONDS = 120
Decide = Callable[[Mapping[str, Any]], dict[str, Any]]


def install(folder: Path) -> str | None:
    """Install the engine into ``folder`` from wherever the machine takes packages; return why not, if not."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), PACKAGE]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=INSTALL_SECONDS)
    except subprocess.SubprocessError as error:
        return f"{PACKAGE} ne s'installe pas ({type(error).__name__})"
    sys.path.insert(0, str(folder))
    return None


def decide_with(source: JeuFile, day: date, *, warnings: bool) -> Decide:
    """Return a function that evaluates the graph with its trace; the graph is read and compiled once."""
    zen = importlib.import_module("zen")
    content = zen.ZenDecisionContent(graph_of(source, day, warnings=warnings))
    decision = zen.ZenEngine().create_decision(content)
    options = {"trace": True}
    return lambda context: dict(decision.evaluate(context, options))


def answer(decide: Decide, context: Mapping[str, Any]) -> bytes:
    """Return the answer and its trace as JSON."""
    return json.dumps(decide(context)).encode()


def context_of(situation: Mapping[str, Any]) -> dict[str, Any]:
    """Return a situation as the engine takes it: days as texts, amounts as numbers."""
    return {name: _plain(value) for name, value in situation.items() if name[0] not in "#?"}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value
