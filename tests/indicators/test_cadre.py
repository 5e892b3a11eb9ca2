"""What a process holds of the definitions is asked of the database again as soon as they change."""

from collections.abc import Callable

import httpx2
import pytest

from services.indicators.app import create_app
from services.indicators.queries import cadre
from services.indicators.settings import Settings
from shared.settings import IdentitySettings
from tests.conftest import Base, client_of, execute

ASKED = "/v1/valeurs?grandeur=30.I1.a&periode=2025-01"
WITHDRAW = "UPDATE indicators.grandeur_version SET connu_au = now() WHERE code = '30.I1.a' AND connu_au IS NULL"
RETURN = "UPDATE indicators.grandeur_version SET connu_au = NULL WHERE code = '30.I1.a'"
FORGET = "UPDATE indicators.plan_version SET connu_au = now()"


@pytest.mark.parametrize("role", [None, "pilote"])
async def test_definitions_that_change_are_seen_by_the_next_question(
    own_base: Base, identity: IdentitySettings, bearer: Callable[[str], dict[str, str]], role: str | None
) -> None:
    key = bearer(role) if role else {}
    settings = Settings(database_url=own_base.url_of("indicators"), identity=identity)
    async with client_of(create_app(settings)) as client:

        async def ask() -> httpx2.Response:
            return await client.get(ASKED, headers=key)

        assert (await ask()).status_code == 200
        await execute(own_base.owner_url, WITHDRAW)
        refused = await ask()
        assert refused.status_code == 422
        assert refused.json()["erreurs"][0]["code"] == "GRANDEUR_INCONNUE"
        await execute(own_base.owner_url, RETURN)
        assert (await ask()).status_code == 200
        await execute(own_base.owner_url, FORGET)
        assert (await ask()).json()["code"] == "PLAN_ABSENT"


async def test_a_refused_question_does_not_have_the_definitions_read_again(
    own_base: Base, identity: IdentitySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(database_url=own_base.url_of("indicators"), identity=identity)
    async with client_of(create_app(settings)) as client:
        assert (await client.get(ASKED)).status_code == 200
        read: list[int] = []
        monkeypatch.setattr(cadre, "parse_grandeur", lambda *_: read.append(1))
        for _ in range(3):
            assert (await client.get(ASKED + "&territoire=inconnu")).status_code == 422
        assert read == []
