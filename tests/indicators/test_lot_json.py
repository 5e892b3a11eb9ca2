"""The quick reader of pushes reads what the exact one reads, or leaves it to that one."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.indicators import lot_json
from services.indicators.lot_reading import JSON, NDJSON, read_lot
from shared.errors import Refus

HEAD = {"source": "essai", "extrait_le": "2025-01-02T08:00:00.5+01:00"}
ROW = {"grandeur": "30.I1.a", "territoire": "69266", "periode": "2025-01", "ventilation": {"sexe": "F"}, "valeur": 3}
TEXTS = st.text(st.sampled_from('a:"\\{}[],1.\n é\U0001f600\ud800'), max_size=6) | st.sampled_from(["30.I1.a", "69266"])
SCALARS = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | TEXTS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2), max_leaves=5
)
ROWS = st.lists(st.just(ROW) | st.dictionaries(TEXTS | st.sampled_from(sorted(ROW)), VALUES, max_size=4), max_size=4)
SPOILS = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.sampled_from(
            ['"', ",", ":", "{", "}", "[", "]", "\\", "1", ".", "e", " ", "\n", "\t", '"valeur":1,', "},{"]
        ),
    ),
    max_size=2,
)


def outcome(body: bytes, media_type: str) -> Any:
    """What is read, or how it is refused."""
    try:
        lot = read_lot(body, media_type, {})
    except Refus as refus:
        return type(refus), refus.detail, [(each.champ, each.code) for each in refus.erreurs]
    return lot.enveloppe, [(each.indice, each.ligne_source, repr(each.contenu)) for each in lot.lignes]


def check(body: bytes, media_type: str) -> None:
    quick = outcome(body, media_type)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lot_json, "read_document", lambda *_: None)
        patch.setattr(lot_json, "read_lines", lambda *_: None)
        assert quick == outcome(body, media_type)


def spoil(text: str, spoils: list[tuple[float, str]]) -> bytes:
    for where, put in spoils:
        place = round(where * len(text))
        text = text[:place] + put + text[place:]
    return text.encode("utf-8", "surrogatepass")


@given(ROWS, SPOILS, st.booleans())
@example([ROW, ROW], [], False)
@example([{"a": [[[[[[[]]]]]]]}], [], False)
def test_a_document_is_read_the_same_by_both(rows: list[Any], spoils: list[Any], spaced: bool) -> None:
    separators = (", ", ": ") if spaced else (",", ":")
    check(spoil(json.dumps({"enveloppe": HEAD, "mesures": rows}, separators=separators), spoils), JSON)


@given(ROWS, SPOILS)
@example([ROW, ROW], [])
def test_lines_are_read_the_same_by_both(rows: list[Any], spoils: list[Any]) -> None:
    text = "\n".join(json.dumps(line) for line in [{"enveloppe": HEAD}, *rows])
    check(spoil(text, spoils), NDJSON)


PLAIN = json.dumps(ROW)
LINES = {
    "two objects on a line, two lines for one": ['{"a":1},{"b":2}', '{"c":', "3}"],
    "a text over two lines": ['{"a":1}, {"b":2}', '{"x":"a}', '{b":1}'],
    "a key given twice": ['{"a":1,"a":2}'],
    "a key given twice, spaced": ['{"a" :1,"a" :2}'],
    "a key given twice, escaped": ['{"a":1,"\\u0061":2}'],
    "a text that looks like a key": ['{"a":"b\\":"}'],
    "a fraction": ['{"valeur":1.10}'],
    "not a number": ['{"valeur":NaN}', '{"valeur":-Infinity}'],
    "a lone surrogate": ['{"texte":"\\ud800"}'],
    "many digits": [f'{{"valeur":{"9" * 400}}}'],
    "deep": ['{"a":' + "[" * 70 + "]" * 70 + "}"],
    "an empty object": ["{}"],
    "a list": ["[1]"],
    "a word": ["3"],
}


@pytest.mark.parametrize("name", LINES)
def test_hostile_lines_are_read_the_same_by_both(name: str) -> None:
    for lines in (LINES[name], [PLAIN, *LINES[name]], [*LINES[name], PLAIN]):
        check("\n".join([json.dumps({"enveloppe": HEAD}), *lines]).encode(), NDJSON)
        check(f'{{"enveloppe":{json.dumps(HEAD)},"mesures":[{",".join(lines)}]}}'.encode(), JSON)


def test_plain_pushes_are_read_quickly() -> None:
    document = json.dumps({"enveloppe": HEAD, "mesures": [ROW, ROW]}).encode()
    assert lot_json.read_document(document) == {"enveloppe": HEAD, "mesures": [ROW, ROW]}
    assert lot_json.read_lines([PLAIN.encode()] * 2) == [ROW, ROW]
