"""The byte cache in front of the services: bounded, emptied by writes, revalidated by ETag."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send

from gateway.cache import MAX_ENTRY, ByteCache, Entry, Key
from gateway.upstreams import AsgiUpstream
from tests.gateway.servers import Listener, gateway_before, no_body, scope_of

CACHED = {"etag": '"a"', "cache-control": "no-cache"}


class Counter:
    """A service that counts its reads and answers as told; a write answers as ``status`` says."""

    def __init__(self, body: bytes = b"un", status: int = 200, **headers: str) -> None:
        self.body = body
        self.status = status
        self.headers = CACHED | {name.replace("_", "-"): value for name, value in headers.items()}
        self.conditions: list[bytes | None] = []
        self.authorizations = 0
        self.hold: asyncio.Event | None = None
        self.held = asyncio.Event()

    @property
    def reads(self) -> int:
        """How many reads reached the service."""
        return len(self.conditions)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = dict(scope["headers"])
        status, body = self.status, self.body
        if scope["method"] == "GET":
            self.conditions.append(given.get(b"if-none-match"))
            self.authorizations += b"authorization" in given
            if given.get(b"if-none-match") == self.headers.get("etag", "").encode():
                status, body = 304, b""
        if self.hold is not None and scope["method"] == "GET":
            self.held.set()
            await self.hold.wait()
        headers = [(name.encode(), value.encode()) for name, value in self.headers.items() if value]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        for start in range(0, len(body), 1 << 18):
            await send({"type": "http.response.body", "body": body[start : start + (1 << 18)], "more_body": True})
        await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def door(service: Counter, **settings: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """The real door before ``service``."""
    transport = httpx2.ASGITransport(app=gateway_before(AsgiUpstream(service), **settings))
    async with httpx2.AsyncClient(transport=transport, base_url="http://porte") as client:
        yield client


@pytest.fixture
def always_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.cache.FRESH_SECONDS", 3600.0)


@pytest.fixture
def always_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.cache.FRESH_SECONDS", 0.0)


def entry_of(size: int) -> Entry:
    return Entry([], b"." * size, b'"a"', 0.0)


keys: st.SearchStrategy[Key] = st.tuples(st.sampled_from(["/v1/a", "/v1/b"]), st.sampled_from([b"", b"x=1", b"x=2"]))
steps = st.lists(st.tuples(st.sampled_from(["put", "get", "drop", "clear"]), keys, st.integers(0, 5000)), max_size=40)


@given(steps=steps, maximum=st.integers(0, 12_000))
def test_what_is_kept_never_weighs_more_than_the_bound(steps: list[tuple[str, Key, int]], maximum: int) -> None:
    cache = ByteCache(maximum)
    seen = {key for _, key, _ in steps}
    for step, key, size in steps:
        match step:
            case "put":
                cache.put(key, entry_of(size), generation=cache.generation)
            case "get":
                cache.get(key)
            case "drop":
                cache.drop(key)
            case _:
                cache.clear()
    kept = [(key, entry) for key in seen if (entry := cache.get(key)) is not None]
    assert sum(entry.weight(key) for key, entry in kept) <= maximum


@given(sizes=st.lists(st.integers(0, 3000), min_size=1, max_size=20), maximum=st.integers(1024, 12_000))
def test_what_was_used_last_is_what_stays(sizes: list[int], maximum: int) -> None:
    cache = ByteCache(maximum)
    for number, size in enumerate(sizes):
        cache.put((f"/v1/{number}", b""), entry_of(size), generation=0)
    fitting = [number for number, size in enumerate(sizes) if entry_of(size).weight((f"/v1/{number}", b"")) <= maximum]
    kept = [number for number in fitting if cache.get((f"/v1/{number}", b"")) is not None]
    assert kept == fitting[len(fitting) - len(kept) :]
    assert kept or not fitting


def test_the_least_recently_used_leaves_first() -> None:
    cache = ByteCache(3 * entry_of(100).weight(("/v1/a", b"")))
    for name in ("/v1/a", "/v1/b", "/v1/c"):
        cache.put((name, b""), entry_of(100), generation=0)
    cache.get(("/v1/a", b""))
    cache.put(("/v1/d", b""), entry_of(100), generation=0)
    assert cache.get(("/v1/b", b"")) is None
    assert all(cache.get((name, b"")) for name in ("/v1/a", "/v1/c", "/v1/d"))


def test_what_was_read_before_a_write_is_not_kept() -> None:
    cache = ByteCache(10_000)
    before = cache.generation
    cache.clear()
    cache.put(("/v1/a", b""), entry_of(1), generation=before)
    assert cache.get(("/v1/a", b"")) is None


@pytest.mark.usefixtures("always_fresh")
async def test_a_fresh_answer_is_served_without_asking_again() -> None:
    service = Counter()
    async with door(service) as client:
        first = await client.get("/v1/x?a=1", headers={"X-Request-Id": "premier-appel"})
        second = await client.get("/v1/x?a=1", headers={"X-Request-Id": "second-appel"})
    assert first.content == second.content == b"un"
    assert {**second.headers, "x-request-id": ""} == {**first.headers, "x-request-id": ""}
    assert second.headers.get_list("x-request-id") == ["second-appel"]
    assert service.reads == 1


@pytest.mark.usefixtures("always_fresh")
async def test_another_query_is_another_answer() -> None:
    service = Counter()
    async with door(service) as client:
        for path in ("/v1/x?a=1", "/v1/x?a=2", "/v1/x", "/v1/x/y"):
            await client.get(path)
    assert service.reads == 4


@pytest.mark.usefixtures("always_fresh")
async def test_a_write_empties_it() -> None:
    service = Counter()
    async with door(service) as client:
        await client.get("/v1/x")
        service.body = b"deux"
        await client.patch("/v1/x/autre")
        assert (await client.get("/v1/x")).content == b"deux"


@pytest.mark.usefixtures("always_fresh")
async def test_a_refused_write_leaves_it() -> None:
    service = Counter()
    async with door(service) as client:
        await client.get("/v1/x")
        service.status = 422
        await client.patch("/v1/x")
        assert (await client.get("/v1/x")).status_code == 200
    assert service.reads == 1


@pytest.mark.usefixtures("always_fresh")
async def test_a_read_begun_before_a_write_is_not_kept_after_it() -> None:
    service = Counter()
    service.hold = asyncio.Event()
    async with door(service) as client:
        slow = asyncio.create_task(client.get("/v1/x"))
        await service.held.wait()
        await client.patch("/v1/x")
        service.hold.set()
        assert (await slow).content == b"un"
        service.body = b"deux"
        assert (await client.get("/v1/x")).content == b"deux"


@pytest.mark.usefixtures("always_fresh")
@pytest.mark.parametrize(
    "service",
    [
        Counter(vary="Accept"),
        Counter(cache_control="no-store"),
        Counter(cache_control=""),
        Counter(etag=""),
        Counter(status=404),
        Counter(status=503),
        Counter(body=b"." * (MAX_ENTRY + 1)),
    ],
    ids=["vary", "no-store", "no policy", "no etag", "404", "503", "over 1 MiB"],
)
async def test_an_answer_that_may_not_be_kept_passes_untouched_each_time(service: Counter) -> None:
    async with door(service) as client:
        answers = [await client.get("/v1/x") for _ in range(2)]
    assert service.reads == 2
    for answer in answers:
        assert answer.status_code == service.status
        assert answer.content == service.body


@pytest.mark.usefixtures("always_fresh")
async def test_an_answer_of_one_mebibyte_is_kept() -> None:
    service = Counter(body=b"." * MAX_ENTRY)
    async with door(service) as client:
        answers = [await client.get("/v1/x") for _ in range(2)]
    assert service.reads == 1
    assert [len(answer.content) for answer in answers] == [MAX_ENTRY, MAX_ENTRY]


@pytest.mark.usefixtures("always_fresh")
async def test_a_bound_of_zero_keeps_nothing() -> None:
    service = Counter()
    async with door(service, cache_bytes=0) as client:
        assert [(await client.get("/v1/x")).content for _ in range(2)] == [b"un", b"un"]
    assert service.reads == 2


@pytest.mark.usefixtures("always_fresh")
async def test_who_names_themselves_is_asked_of_the_service_each_time() -> None:
    service = Counter()
    async with door(service) as client:
        await client.get("/v1/x")
        for _ in range(2):
            await client.get("/v1/x", headers={"Authorization": "Bearer jeton"})
        await client.get("/v1/x", headers={"Authorization": ""})
        await client.get("/v1/x")
    assert service.reads == 4
    assert service.authorizations == 3


@pytest.mark.usefixtures("always_stale")
async def test_a_stale_answer_is_revalidated_by_one_conditional_request_and_served() -> None:
    service = Counter()
    async with door(service) as client:
        await client.get("/v1/x")
        service.body = b"non lu : l'etiquette est la meme"
        answer = await client.get("/v1/x")
    assert service.conditions == [None, b'"a"']
    assert answer.status_code == 200
    assert answer.content == b"un"


async def test_a_stale_answer_found_to_be_right_is_fresh_again(monkeypatch: pytest.MonkeyPatch) -> None:
    service = Counter()
    async with door(service) as client:
        monkeypatch.setattr("gateway.cache.FRESH_SECONDS", 0.0)
        await client.get("/v1/x")
        monkeypatch.setattr("gateway.cache.FRESH_SECONDS", 3600.0)
        for _ in range(3):
            await client.get("/v1/x")
    assert service.conditions == [None, b'"a"']


@pytest.mark.usefixtures("always_stale")
async def test_a_stale_answer_that_changed_is_replaced() -> None:
    service = Counter()
    async with door(service) as client:
        await client.get("/v1/x")
        service.body, service.headers["etag"] = b"deux", '"b"'
        assert (await client.get("/v1/x")).content == b"deux"
        assert (await client.get("/v1/x")).content == b"deux"
    assert service.conditions == [None, b'"a"', b'"b"']


@pytest.mark.usefixtures("always_stale")
async def test_a_stale_answer_that_is_gone_is_forgotten() -> None:
    service = Counter()
    async with door(service) as client:
        await client.get("/v1/x")
        service.status, service.headers["etag"] = 404, ""
        assert (await client.get("/v1/x")).status_code == 404
        await client.get("/v1/x")
    assert service.conditions == [None, b'"a"', None]


@pytest.mark.usefixtures("always_fresh")
async def test_head_is_served_from_it() -> None:
    service = Counter(content_length="2", content_type="text/plain")
    gateway = gateway_before(AsgiUpstream(service))
    got, head = Listener(), Listener()
    for method, listener in (("GET", got), ("HEAD", head)):
        await gateway(scope_of(method=method, headers={"x-request-id": "meme-appel"}), no_body, listener)
    assert service.reads == 1
    assert (head.status, head.headers) == (got.status, got.headers)
    assert (got.body, head.body) == (b"un", b"")


@pytest.mark.usefixtures("always_fresh")
@pytest.mark.parametrize("condition", ['"a"', 'W/"a"', '"z", "a"', "*"])
async def test_who_has_it_already_is_told_so_from_it(condition: str) -> None:
    service = Counter(content_length="2")
    async with door(service) as client:
        await client.get("/v1/x")
        answer = await client.get("/v1/x", headers={"If-None-Match": condition})
    assert service.reads == 1
    assert answer.status_code == 304
    assert answer.content == b""
    assert answer.headers["etag"] == '"a"'
    assert "content-length" not in answer.headers


async def test_the_reader_s_own_condition_does_not_decide_what_is_kept() -> None:
    service = Counter()
    async with door(service) as client:
        first = await client.get("/v1/x", headers={"If-None-Match": '"a"', "If-Modified-Since": "hier"})
        second = await client.get("/v1/x")
    assert service.conditions[0] is None
    assert (first.status_code, second.status_code) == (304, 200)
    assert second.content == b"un"
