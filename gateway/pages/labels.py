"""The words that pages show for codes: those of the vocabularies and of the tree of territories."""

import json
from functools import cache
from pathlib import Path

from shared import clock
from shared.territoires import Niveau, read_arbre

VOCABULAIRES = Path(__file__).parents[1] / "vocabulaires.json"


@cache
def _vocabulaires() -> dict[str, dict[str, str]]:
    entries = json.loads(VOCABULAIRES.read_text(encoding="utf-8"))
    return {entry["code"]: {term["valeur"]: term["libelle"] for term in entry["valeurs"]} for entry in entries}


def label_of(vocabulaire: str, code: str | None) -> str:
    """Return the French label of a code, the code itself when the vocabulary does not know it."""
    if code is None:
        return "—"
    return _vocabulaires().get(vocabulaire, {}).get(code, code)


def name_of_territoire(code: str) -> str:
    """Return the name of a territory today, its code when the tree does not know it."""
    known = read_arbre().find(code, clock.today())
    return known.nom if known else code


def level_of_territoire(code: str) -> Niveau | None:
    """Return the level of a territory today."""
    known = read_arbre().find(code, clock.today())
    return known.niveau if known else None
