"""The frame of every application: HEAD, request ids, failures that tell nothing, problems for every refusal."""

import logging
from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import APIRouter, Request, Response
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message

from shared.journal import describe_failure
from shared.responses import ready
from shared.service_app import REQUEST_ID, build_app, request_id_of
from shared.settings import IdentitySettings
from tests.conftest import client_of

PERSONNE = "Dupont-4711"
ID = {"X-Request-Id": "essai-0001"}
router = APIRouter(prefix="/v1")


@router.get("/choses/{code}")
async def read_chose(request: Request, code: int) -> Response:
    return ready(request, f'{{"code":{code}}}'.encode())


@router.put("/choses/{code}")
@router.patch("/choses/{code}")
async def change_chose(code: int) -> Response:
    return Response(status_code=204)


@router.post("/envois")
async def send_chose() -> Response:
    return Response(status_code=204)


@router.get("/panne")
async def fail() -> Response:
    try:
        raise ValueError(f"la personne {PERSONNE}")
    except ValueError as error:
        raise RuntimeError(f"le dossier de {PERSONNE}") from error


@router.get("/coupure")
async def lose() -> Response:
    raise ConnectionRefusedError(f"la base {PERSONNE}")


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(build_app(name="essai", title="Essai", routers=[router], identity=IdentitySettings())) as made:
        yield made


@pytest.mark.parametrize(
    ("path", "status"),
    [("/v1/choses/3", 200), ("/v1/choses/a", 422), ("/v1/rien", 404), ("/v1/envois", 405), ("/v1/panne", 500)],
)
async def test_head_answers_as_get_without_its_body(client: httpx2.AsyncClient, path: str, status: int) -> None:
    read, head = await client.get(path, headers=ID), await client.head(path, headers=ID)
    assert (read.status_code, head.status_code) == (status, status)
    assert head.headers == read.headers
    assert read.content
    assert not head.content
    assert int(head.headers["content-length"]) == len(read.content)


async def test_head_sends_no_byte_of_the_body() -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    app = build_app(name="essai", title="Essai", routers=[router], identity=IdentitySettings())
    scope = {"type": "http", "method": "HEAD", "path": "/v1/choses/3", "query_string": b"", "headers": []}
    await app(scope, receive, send)
    assert (sent[0]["type"], sent[0]["status"]) == ("http.response.start", 200)
    assert [message["body"] for message in sent[1:]] == [b""]


async def test_head_says_304_to_who_has_the_bytes(client: httpx2.AsyncClient) -> None:
    etag = (await client.get("/v1/choses/3")).headers["etag"]
    answer = await client.head("/v1/choses/3", headers={"If-None-Match": etag})
    assert (answer.status_code, answer.headers["etag"]) == (304, etag)


@pytest.mark.parametrize("given_id", ["essai-0001", "A.b_c-12", "x" * 64, "0" * 8])
async def test_a_well_formed_request_id_is_echoed(client: httpx2.AsyncClient, given_id: str) -> None:
    for path in ("/v1/choses/3", "/v1/rien", "/v1/panne"):
        answer = await client.get(path, headers={"X-Request-Id": given_id})
        assert answer.headers.get_list("x-request-id") == [given_id]
        assert answer.json().get("request_id", given_id) == given_id


@pytest.mark.parametrize("given_id", ["court", "x" * 65, "avec espace", "a/b/c/d/e", "essai:0001", "", "<script>alert"])
async def test_a_malformed_request_id_is_replaced(client: httpx2.AsyncClient, given_id: str) -> None:
    answer = await client.get("/v1/rien", headers={"X-Request-Id": given_id})
    made = answer.headers["x-request-id"]
    assert made != given_id
    assert REQUEST_ID.fullmatch(made)
    assert answer.json()["request_id"] == made


@given(given_id=st.none() | st.text(max_size=70))
def test_a_request_id_is_always_well_formed(given_id: str | None) -> None:
    assert REQUEST_ID.fullmatch(request_id_of(given_id))


async def test_two_requests_without_an_id_get_two(client: httpx2.AsyncClient) -> None:
    ids = {(await client.get("/v1/choses/3")).headers["x-request-id"] for _ in range(5)}
    assert len(ids) == 5


async def test_a_failure_is_a_problem_that_tells_nothing_of_it(
    client: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = await client.get("/v1/panne", headers=ID)
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "ERREUR_INTERNE"
    assert PERSONNE not in answer.text
    assert PERSONNE not in caplog.text
    (line,) = [record.getMessage() for record in caplog.records if record.name == "spie"]
    assert line.startswith("essai-0001 GET /v1/panne : RuntimeError at ")
    assert "test_service_app.py" in line


async def test_what_cannot_be_reached_is_a_503_that_says_when_to_come_back(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/v1/coupure")
    assert answer.status_code == 503
    assert answer.json()["code"] == "SERVICE_INDISPONIBLE"
    assert int(answer.headers["retry-after"]) > 0
    assert PERSONNE not in answer.text


def test_a_failure_is_described_by_its_type_and_deepest_place() -> None:
    def deep() -> None:
        raise KeyError(PERSONNE)

    with pytest.raises(KeyError) as failed:
        deep()
    described = describe_failure(failed.value)
    assert described == f"KeyError at {__file__}:{deep.__code__.co_firstlineno + 1}"
    assert describe_failure(KeyError(PERSONNE)) == "KeyError at ?"


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/rien", "/v1/choses", "/v1/choses/3/", "/v1/envois/", "//v1/envois", "/V1/panne"]
)
async def test_what_is_not_an_address_is_a_404_without_a_redirect(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.get(f"http://test{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["code"], answer.json()["status"]) == ("INTROUVABLE", 404)
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/v1/choses/3", {"GET", "HEAD", "PATCH", "PUT"}),
        ("DELETE", "/v1/panne", {"GET", "HEAD"}),
        ("TRACE", "/v1/panne", {"GET", "HEAD"}),
        ("GET", "/v1/envois", {"POST"}),
        ("HEAD", "/v1/envois", {"POST"}),
    ],
)
async def test_a_method_refused_is_told_which_are_allowed(
    client: httpx2.AsyncClient, method: str, path: str, allowed: set[str]
) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"
    assert {name.strip() for name in answer.headers["allow"].split(",")} == allowed


async def test_a_problem_is_never_kept_and_varies_by_language(client: httpx2.AsyncClient) -> None:
    for path in ("/v1/rien", "/v1/envois", "/v1/choses/a", "/v1/panne"):
        french = await client.get(path)
        english = await client.get(path, headers={"Accept-Language": "en"})
        assert french.headers["cache-control"] == "no-store"
        assert french.headers["vary"] == "Accept-Language"
        assert french.json()["title"] != english.json()["title"]
