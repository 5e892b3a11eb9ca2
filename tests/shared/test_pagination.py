"""Pages by key: a cursor belongs to one query, and pages of any size give everything once."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from shared.errors import DonneesRefusees
from shared.pagination import MAX_KEY, Curseur, Tranche, page_bytes, slice_page
from shared.query import Page

KEYS = st.integers(-MAX_KEY, MAX_KEY) | st.text().filter(str.isprintable)


class Filtres(Page):
    axe: list[str] = Field([])


class Chose(BaseModel):
    code: str
    titre: str = ""


def cursor(resource: str = "choses", **filters: Any) -> Curseur:
    return Curseur(resource, Filtres(**filters))


def unpack(text: str) -> list[Any]:
    key: list[Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return key


def forge(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def refuse(text: str, kinds: list[type], own: Curseur | None = None) -> None:
    with pytest.raises(DonneesRefusees) as refused:
        (own or cursor()).decode(text, kinds)
    assert [(faute.champ, faute.code) for faute in refused.value.erreurs] == [("curseur", "CURSEUR_INVALIDE")]


@given(key=st.lists(KEYS, min_size=1, max_size=4))
def test_a_cursor_gives_back_its_key(key: list[int | str]) -> None:
    assert cursor().decode(cursor().encode(key), [type(part) for part in key]) == key


def test_no_cursor_means_the_beginning() -> None:
    assert cursor().decode(None, [int]) is None


def test_the_size_of_pages_may_change_on_the_way() -> None:
    text = cursor(axe=["1"], limite=10).encode([3])
    assert cursor(axe=["1"], limite=200, curseur=text).decode(text, [int]) == [3]


@pytest.mark.parametrize(
    "other",
    [cursor("autres"), cursor(axe=["1"]), Curseur("choses", Page())],
    ids=["another list", "another filter", "other parameters"],
)
def test_a_cursor_of_another_query_is_refused(other: Curseur) -> None:
    refuse(other.encode([3]), [int])


@pytest.mark.parametrize(
    ("key", "kinds"),
    [
        ([], [int]),
        ([1, 2], [int]),
        ([1], [int, int]),
        (["1"], [int]),
        ([1], [str]),
        ([True], [int]),
        ([None], [int]),
        ([1.0], [int]),
        ([[1]], [int]),
        ([{"a": 1}], [str]),
        ([MAX_KEY + 1], [int]),
        ([-MAX_KEY - 1], [int]),
        ([10**30], [int]),
        (["a\x00"], [str]),
        (["a\n"], [str]),
        (["\ud800"], [str]),
    ],
)
def test_a_forged_key_that_no_database_can_compare_is_refused(key: list[Any], kinds: list[type]) -> None:
    fingerprint = unpack(cursor().encode([1]))[0]
    assert cursor().decode(forge([fingerprint, 7]), [int]) == [7]  # the forgery itself is good
    refuse(forge([fingerprint, *key]), kinds)


@pytest.mark.parametrize("value", [None, 5, "texte", {}, {"a": 1}, [], [None, 1], ["", 1], [[], 1], True])
def test_a_forged_cursor_of_another_shape_is_refused(value: Any) -> None:
    refuse(forge(value), [int])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "é",
        "a",
        "====",
        "a b",
        "W10",
        "../../etc/passwd",
        "' OR 1=1 --",
        "A" * 100_000,
        base64.urlsafe_b64encode(b"[" * 100_000).decode(),
        base64.urlsafe_b64encode(b"[" + b"9" * 10_000 + b"]").decode(),
        base64.urlsafe_b64encode(b"\xff\xfe\x00").decode(),
    ],
)
def test_garbage_and_enormous_cursors_are_refused(text: str) -> None:
    refuse(text, [int])


@given(text=st.text(max_size=80) | st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_any_text_is_refused_as_a_cursor_and_never_fails(text: str) -> None:
    refuse(text, [int, str])


@given(
    codes=st.lists(st.text("abc-019É", min_size=1, max_size=6), unique=True, max_size=60), limite=st.integers(1, 200)
)
def test_pages_of_any_size_give_everything_once_in_order(codes: list[str], limite: int) -> None:
    items = [Chose(code=code) for code in codes]
    seen: list[str] = []
    pages, suivant = 0, None
    while pages == 0 or suivant is not None:
        page = Filtres(limite=limite, curseur=suivant)
        curseur = Curseur("choses", page)
        body = json.loads(page_bytes(slice_page(items, "code", page, curseur), curseur))
        assert body["total"] == len(items)
        assert len(body["elements"]) <= limite
        seen += [element["code"] for element in body["elements"]]
        suivant, pages = body["curseur_suivant"], pages + 1
        assert pages <= max(1, len(codes)), "the pages never end"
    assert seen == codes
    assert pages == max(1, -(-len(codes) // limite))


def test_what_is_added_between_two_pages_neither_repeats_nor_hides_anything() -> None:
    curseur = cursor(limite=2)
    items = [Chose(code=code) for code in "bdf"]
    first = slice_page(items, "code", Filtres(limite=2), curseur)
    assert first.last_key is not None
    page = Filtres(limite=2, curseur=curseur.encode(first.last_key))
    grown = [Chose(code=code) for code in "abcdef"]
    second = json.loads(slice_page(grown, "code", page, curseur).elements)
    assert [element["code"] for element in second] == ["e", "f"]


@pytest.mark.parametrize(
    ("tranche", "end"),
    [
        (Tranche('[{"code":"é"}]', None, 1), '"curseur_suivant":null,"total":1}'),
        (Tranche("[]", None, None), '"curseur_suivant":null,"total":null}'),
        (Tranche("[]", [4], 9), f'"curseur_suivant":"{cursor().encode([4])}","total":9}}'),
    ],
)
def test_a_page_has_its_three_members(tranche: Tranche, end: str) -> None:
    body = page_bytes(tranche, cursor()).decode()
    assert body == f'{{"elements":{tranche.elements},{end}'
    assert list(json.loads(body)) == ["elements", "curseur_suivant", "total"]
