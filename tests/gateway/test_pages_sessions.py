"""The cookie of a session, sealed."""

import pytest
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response

from gateway.pages.sessions import MOST_BYTES, Sessions
from shared.errors import DroitInsuffisant

SECRET = SecretStr("secret-des-sessions-" * 2)


def test_a_sealed_cookie_is_opened_by_its_own_secret_for_its_own_use_and_time_only() -> None:
    sessions = Sessions(SECRET, secure=True)
    response = Response()
    sessions.keep(response, "depart", {"etat": "a"}, 60)
    cookie = response.headers["set-cookie"].split(";")[0]
    assert cookie.startswith("__Host-spie-depart=")

    def with_cookie(text: str) -> Request:
        return Request({"type": "http", "headers": [(b"cookie", text.encode())]})

    told = sessions.read(with_cookie(cookie), "depart")
    assert told is not None
    assert told["etat"] == "a"
    assert sessions.read(with_cookie(cookie.replace("depart", "seance", 1)), "seance") is None
    assert Sessions(SecretStr("un-autre-secret-" * 3), secure=True).read(with_cookie(cookie), "depart") is None
    with pytest.raises(DroitInsuffisant):
        sessions.keep(response, "seance", {"jeton": "x" * MOST_BYTES}, 60)
    late = Response()
    sessions.keep(late, "depart", {"etat": "a"}, -1)
    assert sessions.read(with_cookie(late.headers["set-cookie"].split(";")[0]), "depart") is None
