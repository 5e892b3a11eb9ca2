"""The English contract: every text told once, nothing else changed, by an overlay that any tool can apply."""

import copy
import json
import re
from typing import Any

import jsonpath
import pytest
from openapi_spec_validator import validate

from gateway.contract_parts import ContractConflictError
from gateway.openapi import HERE
from gateway.translation import TEXTS, apply_overlay, make_overlay, read_translations, texts_of
from tests.gateway.contract import DOCUMENT

ENGLISH: dict[str, Any] = json.loads((HERE / "openapi.en.json").read_text(encoding="utf-8"))
OVERLAY: dict[str, Any] = json.loads((HERE / "openapi.en.overlay.json").read_text(encoding="utf-8"))
SAME = {"SPIE - Métropole de Lyon"}
FRENCH = re.compile(r"[àâçèéêëîïôùûœ«»]|\b(?:du|des|les|une|aux|pour|avec|dans)\b", re.IGNORECASE)
NAMES = re.compile(r"Métropole de Lyon|Métropole|`[^`]*`")


def test_every_french_text_of_the_contract_is_told_in_english_and_no_other() -> None:
    translations = read_translations()
    texts = set(texts_of(DOCUMENT))
    missing = "\n".join(sorted(texts - set(translations)))
    assert not missing, f"add to gateway/textes-en/*.yaml, then ./spie openapi:\n{missing}"
    assert sorted(set(translations) - texts) == [], "no longer in the contract"
    assert {french for french in texts if translations[french] == french} == SAME


def test_no_french_is_left_in_the_english_contract() -> None:
    left = [text for text in texts_of(ENGLISH) if FRENCH.search(NAMES.sub("", text))]
    assert left == []


def test_the_english_contract_differs_by_its_texts_alone() -> None:
    def bare(node: Any) -> Any:
        if isinstance(node, list):
            return [bare(part) for part in node]
        if isinstance(node, dict):
            return {key: bare(part) for key, part in node.items() if not (key in TEXTS and isinstance(part, str))}
        return node

    french, english = copy.deepcopy(DOCUMENT), copy.deepcopy(ENGLISH)
    assert (french["info"].pop("x-langue"), english["info"].pop("x-langue")) == ("fr", "en")
    assert bare(french) == bare(english)
    validate(ENGLISH)


def test_the_overlay_is_one_and_each_action_changes_one_thing() -> None:
    assert OVERLAY["overlay"] == "1.0.0"
    assert {"title", "version"} <= set(OVERLAY["info"])
    assert OVERLAY["extends"] == "/openapi.json"
    targets = [action["target"] for action in OVERLAY["actions"]]
    assert len(targets) == len(set(targets))
    assert all(set(action) == {"target", "update"} for action in OVERLAY["actions"])
    assert {len(jsonpath.findall(target, DOCUMENT)) for target in targets} == {1}


def test_a_text_without_its_english_is_marked_and_a_lost_target_refused() -> None:
    document = {"info": {"title": "Un titre", "version": "1"}, "tags": [{"name": "L'un", "description": "Le premier"}]}
    made = apply_overlay(document, make_overlay(document, {"Un titre": "A title"}))
    assert made["info"] == {"title": "A title", "version": "1", "x-langue": "en"}
    assert made["tags"] == [{"name": "L'un", "description": "À TRADUIRE : Le premier"}]
    with pytest.raises(ContractConflictError, match="rien à"):
        apply_overlay(document, {"actions": [{"target": "$['paths']", "update": {}}]})
