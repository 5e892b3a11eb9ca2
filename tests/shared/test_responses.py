"""Conditional answers: strong entity tags, weak and strong comparison (RFC 9110 §13.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from shared.errors import Introuvable, PreconditionEchouee, PreconditionRequise
from shared.responses import Preconditions, check_if_match, etag_of, found, matches, read_preconditions, ready, written

BODY = '{"a":"é"}'.encode()
ETAG = etag_of(BODY)
OTHER = etag_of(b"{}")


def request(**headers: str) -> Request:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": pairs})


@given(one=st.binary(), other=st.binary())
def test_two_representations_share_a_tag_only_when_they_are_equal(one: bytes, other: bytes) -> None:
    assert (etag_of(one) == etag_of(other)) == (one == other)


def test_a_tag_is_strong_and_quoted() -> None:
    assert ETAG.startswith('"')
    assert ETAG.endswith('"')
    assert ETAG.strip('"').isalnum()


@pytest.mark.parametrize(
    "header", [ETAG, f"W/{ETAG}", f"{OTHER}, {ETAG}", f'W/{OTHER},W/{ETAG} , "x"', "*", f"  {ETAG}  "]
)
def test_a_reader_who_has_the_bytes_gets_a_304(header: str) -> None:
    answer = ready(request(if_none_match=header), BODY)
    assert (answer.status_code, bytes(answer.body)) == (304, b"")
    assert answer.headers["etag"] == ETAG
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("header", ["", OTHER, f"W/{OTHER}", ETAG.strip('"'), f"w/{ETAG}", '"*"', f"{OTHER}, {OTHER}"])
def test_a_reader_who_has_others_gets_the_bytes(header: str) -> None:
    answer = ready(request(if_none_match=header), BODY)
    assert (answer.status_code, bytes(answer.body)) == (200, BODY)
    assert answer.headers["etag"] == ETAG
    assert answer.headers["content-type"] == "application/json"


def test_a_first_reader_gets_the_bytes() -> None:
    answer = ready(request(), BODY, media_type="text/plain")
    assert (answer.status_code, bytes(answer.body)) == (200, BODY)
    assert answer.headers["content-type"].startswith("text/plain")


def test_what_not_everyone_would_get_is_not_kept() -> None:
    for headers in ({}, {"if_none_match": ETAG}):
        assert ready(request(**headers), BODY, public=False).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("header", [ETAG, f"{OTHER}, {ETAG}", "*"])
def test_a_change_that_names_the_present_state_passes(header: str) -> None:
    assert matches(header, ETAG, weak=False)
    check_if_match(header, BODY)


@pytest.mark.parametrize("header", ["", OTHER, f"W/{ETAG}", f"W/{ETAG}, {OTHER}", ETAG.strip('"')])
def test_a_change_of_a_stale_or_weakly_named_state_is_refused(header: str) -> None:
    with pytest.raises(PreconditionEchouee):
        check_if_match(header, BODY)


def test_a_change_that_names_no_state_is_refused() -> None:
    with pytest.raises(PreconditionRequise):
        check_if_match(None, BODY)


@pytest.mark.parametrize("status", [200, 201])
def test_a_write_answers_the_new_state_and_is_not_kept(status: int) -> None:
    answer = written(BODY, status=status)
    assert (answer.status_code, bytes(answer.body)) == (status, BODY)
    assert (answer.headers["etag"], answer.headers["cache-control"]) == (ETAG, "no-store")


def test_nothing_read_is_the_refusal_given() -> None:
    assert found('{"a":"é"}', Introuvable) == BODY
    with pytest.raises(Introuvable):
        found(None, Introuvable)


@pytest.mark.parametrize(
    ("conditions", "present"), [({"if_match": ETAG}, BODY), ({"if_match": "*"}, BODY), ({"if_none_match": " * "}, None)]
)
def test_a_put_replaces_the_state_it_names_or_creates_where_there_is_none(
    conditions: dict[str, str], present: bytes | None
) -> None:
    read_preconditions(**conditions).check(present)


@pytest.mark.parametrize("present", [BODY, None])
@pytest.mark.parametrize("conditions", [{}, {"if_none_match": ETAG}, {"if_none_match": ""}])
def test_a_put_that_says_nothing_of_the_state_is_refused(conditions: dict[str, str], present: bytes | None) -> None:
    with pytest.raises(PreconditionRequise):
        Preconditions(**conditions).check(present)


@pytest.mark.parametrize(
    ("conditions", "present"),
    [
        ({"if_match": OTHER}, BODY),
        ({"if_match": f"W/{ETAG}"}, BODY),
        ({"if_match": "*"}, None),
        ({"if_match": ETAG}, None),
        ({"if_none_match": "*"}, BODY),
        ({"if_match": ETAG, "if_none_match": "*"}, BODY),
        ({"if_match": ETAG, "if_none_match": "*"}, None),
    ],
)
def test_a_put_of_another_state_than_the_one_it_names_is_refused(
    conditions: dict[str, str], present: bytes | None
) -> None:
    with pytest.raises(PreconditionEchouee):
        Preconditions(**conditions).check(present)
