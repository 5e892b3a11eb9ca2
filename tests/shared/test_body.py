"""The body reader: what cannot be read is a 400, what is refused names every fault, nothing is a 500."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import APIRouter, Depends, Response
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.types import Message

from shared.body import MAX_BYTES, MERGE_PATCH, json_body, parse_json, read_bytes, validate
from shared.errors import CorpsTropGrand, DonneesRefusees, RequeteIllisible
from shared.service_app import build_app
from shared.settings import IdentitySettings
from shared.tokens import Identite, exige
from tests.conftest import client_of

JSON = {"Content-Type": "application/json"}
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


class Corps(BaseModel):
    model_config = ConfigDict(extra="forbid")

    titre: str = Field("", max_length=20)
    nombre: int = Field(0, le=100)
    actif: bool = True
    textes: list[str] = []
    contenu: dict[str, Any] = {}


router = APIRouter()


@router.post("/corps")
async def take(corps: Annotated[Corps, Depends(json_body(Corps))]) -> Response:
    return Response(corps.model_dump_json(), media_type="application/json")


@router.patch("/corps")
async def change(corps: Annotated[Corps, Depends(json_body(Corps, MERGE_PATCH, max_bytes=100))]) -> Response:
    return Response(corps.model_dump_json(), media_type="application/json")


@router.post("/garde")
async def take_guarded(
    acces: Annotated[Identite, Depends(exige("essai:ecrire"))], corps: Annotated[Corps, Depends(json_body(Corps))]
) -> Response:
    return Response(status_code=204)


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(build_app(name="essai", title="Essai", routers=[router], identity=IdentitySettings())) as made:
        yield made


async def post(client: httpx2.AsyncClient, body: bytes) -> httpx2.Response:
    return await client.post("/corps", content=body, headers=JSON)


def nested(levels: int) -> bytes:
    """A body of ``levels`` levels, its own object included."""
    return b'{"contenu": ' + b'{"a": ' * (levels - 2) + b"{}" + b"}" * (levels - 2) + b"}"


async def test_a_good_body_is_read(client: httpx2.AsyncClient) -> None:
    answer = await post(client, '{"titre": "Été", "nombre": 12, "contenu": {"a": [null, true, 1.5]}}'.encode())
    assert answer.status_code == 200
    assert answer.json() == {
        "titre": "Été",
        "nombre": 12,
        "actif": True,
        "textes": [],
        "contenu": {"a": [None, True, 1.5]},
    }


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "1:1"),
        (b'{"titre": ', "1:11"),
        (b'{\n"titre": 1,}', "2:12"),
        (b"{'titre': 1}", "1:2"),
        (b'{"nombre": 12,5}', "1:15"),
        (b'{"titre": "\n"}', "1:12"),
        (b'{"titre": "\x00"}', "1:12"),
        (b'\xef\xbb\xbf{"titre": "a"}', "1:1"),
        (b'{"titre": "\xe9"}', "UTF-8 (octet 11)"),
        (b'{"titre": "\xed\xa0\x80"}', "UTF-8"),
        ('{"titre": "a"}'.encode("utf-16"), "UTF-8"),
        (b'{"nombre": NaN}', "NaN"),
        (b'{"nombre": Infinity}', "Infinity"),
        (b'{"nombre": -Infinity}', "-Infinity"),
        (b'{"contenu": {"a": 1e999}}', "dépasse"),
        (b'{"contenu": {"a": [-1e999]}}', "dépasse"),
        (b'{"nombre": ' + b"9" * 5000 + b"}", "trop long"),
        (nested(65), "64 niveaux"),
        (b"[" * 10_000, "64 niveaux"),
    ],
)
async def test_what_cannot_be_read_is_a_400_that_says_where(client: httpx2.AsyncClient, body: bytes, told: str) -> None:
    answer = await post(client, body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "REQUETE_ILLISIBLE"
    assert told in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"titre": "a", "titre": "b"}',
        b'{"titre": "a", "titre": "a"}',
        b'{"titre": "a", "\\u0074itre": "b"}',
        b'{"contenu": {"x": {"titre": 1, "b": 2, "titre": 3}}}',
        b'{"contenu": {"x": [1, [{"titre": 1, "titre": 3}]]}}',
    ],
)
async def test_a_key_given_twice_is_refused(client: httpx2.AsyncClient, body: bytes) -> None:
    answer = await post(client, body)
    assert answer.status_code == 400
    assert answer.json()["detail"] == "La clé « titre » est donnée deux fois"


async def test_the_same_key_may_stand_in_two_objects(client: httpx2.AsyncClient) -> None:
    assert (await post(client, b'{"contenu": {"a": {"x": 1}, "b": {"x": 2}}, "titre": "x"}')).status_code == 200


async def test_a_refusal_speaks_english_to_who_asks_for_it(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/corps", content=b'{"a": 1, "a": 2}', headers={**JSON, "Accept-Language": "en"})
    assert answer.json()["detail"] == 'Key "a" is given twice'


@given(layers=st.lists(st.sampled_from([b"[%s]", b'{"a": %s}', b'[0, {"b": 1, "c": %s}]']), max_size=20))
def test_a_key_given_twice_is_refused_at_any_depth(layers: list[bytes]) -> None:
    body = b'{"a": 1, "a": 2}'
    for layer in layers:
        body = layer % body
    with pytest.raises(RequeteIllisible):
        parse_json(body)


async def test_64_levels_are_read(client: httpx2.AsyncClient) -> None:
    assert (await post(client, nested(64))).status_code == 200


async def test_brackets_inside_texts_are_not_levels(client: httpx2.AsyncClient) -> None:
    text = '\\"[{' * 200
    assert (await post(client, f'{{"contenu": {{"a": "{text}"}}}}'.encode())).status_code == 200


@given(value=JSON_VALUES)
def test_any_json_value_is_read_as_it_was_written(value: Any) -> None:
    assert parse_json(json.dumps(value).encode()) == value


@given(
    body=st.binary(max_size=60)
    | st.text('{}[]":,0eE+-. \\u\ud800né\0', max_size=60).map(lambda t: t.encode("utf-8", "replace"))
)
async def test_any_bytes_are_read_or_refused_never_a_failure(client: httpx2.AsyncClient, body: bytes) -> None:
    answer = await post(client, body)
    assert answer.status_code in (200, 400, 422)
    assert isinstance(answer.json(), dict)


async def test_a_body_whose_announced_size_is_too_large_is_not_read_at_all() -> None:
    async def receive() -> Message:
        raise AssertionError("the body was read")

    announced = [(b"content-length", str(MAX_BYTES + 1).encode())]
    with pytest.raises(CorpsTropGrand):
        await read_bytes(Request({"type": "http", "headers": announced}, receive), MAX_BYTES)


async def test_a_body_of_unknown_size_is_not_read_on_once_too_large() -> None:
    received = 0

    async def receive() -> Message:
        nonlocal received
        received += 1
        return {"type": "http.request", "body": b"x" * 40, "more_body": True}

    with pytest.raises(CorpsTropGrand):
        await read_bytes(Request({"type": "http", "headers": []}, receive), 100)
    assert received == 3


async def test_a_body_may_be_as_large_as_allowed_and_no_larger(client: httpx2.AsyncClient) -> None:
    async def chunks(size: int) -> AsyncIterator[bytes]:
        yield b'{"contenu": {}}'.ljust(size // 2)
        yield b" " * (size - size // 2)

    assert (await client.patch("/corps", content=b"{}".ljust(100), headers=JSON)).status_code == 200
    assert (await client.patch("/corps", content=chunks(100), headers=JSON)).status_code == 200
    for too_large in (b"{}".ljust(101), chunks(101)):
        answer = await client.patch("/corps", content=too_large, headers=JSON)
        assert answer.status_code == 413
        assert answer.json()["code"] == "CORPS_TROP_GRAND"
        assert "100" in answer.json()["detail"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": ""},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/jsonp"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/merge-patch+json"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
async def test_another_media_type_or_a_compression_is_refused(
    client: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await client.post("/corps", content=b"{}", headers=headers)
    assert answer.status_code == 415
    assert answer.json()["code"] == "TYPE_REFUSE"


@pytest.mark.parametrize(
    "media", ["application/json; charset=utf-8", "Application/JSON", "application/merge-patch+json"]
)
async def test_the_media_types_named_are_taken_with_or_without_parameters(
    client: httpx2.AsyncClient, media: str
) -> None:
    assert (await client.patch("/corps", content=b"{}", headers={"Content-Type": media})).status_code == 200


async def test_a_refused_body_lists_every_fault(client: httpx2.AsyncClient) -> None:
    body = {"titre": "x" * 21, "nombre": 101, "actif": "oui", "textes": ["a", 1], "titer": "a"}
    answer = await post(client, json.dumps(body).encode())
    assert answer.status_code == 422
    faults = {fault["champ"]: fault for fault in answer.json()["erreurs"]}
    assert {champ: fault["code"] for champ, fault in faults.items()} == {
        "/titre": "LONGUEUR_INVALIDE",
        "/nombre": "HORS_BORNES",
        "/actif": "TYPE_INVALIDE",
        "/textes/1": "TYPE_INVALIDE",
        "/titer": "CHAMP_INCONNU",
    }
    assert faults["/titer"]["suggestion"] == "titre"
    assert faults["/nombre"]["valeur"] == "101"


@pytest.mark.parametrize("body", [b"null", b"5", b'"a"', b"[]", b"true"])
async def test_a_body_that_is_no_object_is_refused(client: httpx2.AsyncClient, body: bytes) -> None:
    answer = await post(client, body)
    assert answer.status_code == 422
    assert [fault["code"] for fault in answer.json()["erreurs"]] == ["TYPE_INVALIDE"]


@pytest.mark.parametrize(
    "body", [rb'{"titre": "\ud800"}', rb'{"textes": ["a", "\udc00"]}', rb'{"contenu": {"a": {"\ud83d": 1}}}']
)
async def test_a_lone_surrogate_is_refused(client: httpx2.AsyncClient, body: bytes) -> None:
    answer = await post(client, body)
    assert answer.status_code == 422
    assert answer.json()["code"] == "DONNEES_REFUSEES"


async def test_a_pair_of_surrogates_is_a_character(client: httpx2.AsyncClient) -> None:
    assert (await post(client, rb'{"titre": "\ud83d\ude00"}')).json()["titre"] == "😀"


async def test_every_nul_character_is_named_by_its_place(client: httpx2.AsyncClient) -> None:
    body = rb'{"titre": "a\u0000", "textes": ["b", "\u0000"], "contenu": {"x": [{"y": "\u0000"}]}}'
    answer = await post(client, body)
    assert answer.status_code == 422
    faults = {fault["champ"]: fault["code"] for fault in answer.json()["erreurs"]}
    assert faults == dict.fromkeys(("/titre", "/textes/1", "/contenu/x/0/y"), "CARACTERE_INTERDIT")


@pytest.mark.parametrize(("body", "media"), [(b"{", "application/json"), (b'{"a": 1}', "text/plain"), (b"", "")])
async def test_a_bad_body_never_hides_a_missing_credential(client: httpx2.AsyncClient, body: bytes, media: str) -> None:
    answer = await client.post("/garde", content=body, headers={"Content-Type": media})
    assert answer.status_code == 401


class Libre(BaseModel):
    valeur: Any


@given(JSON_VALUES | st.lists(st.sampled_from(["\x00", "\ud800", "\\u0000", "\\ud800", "é\U0001f600", "a"])))
def test_a_body_is_refused_for_what_cannot_be_stored_and_else_taken_as_it_is(value: Any) -> None:
    whole = json.dumps(value, ensure_ascii=False)
    nul = "\x00" in "".join(texts_of(value))
    if nul or any("\ud800" <= character <= "\udfff" for character in whole):
        with pytest.raises(DonneesRefusees) as refused:
            validate(Libre, {"valeur": value})
        assert {each.code for each in refused.value.erreurs} == {"CARACTERE_INTERDIT"}
    else:
        assert validate(Libre, {"valeur": value}).valeur == value


def texts_of(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from texts_of(part)
    elif isinstance(value, dict):
        for name, part in value.items():
            yield name
            yield from texts_of(part)
