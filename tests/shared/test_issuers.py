"""The keys of an issuer are fetched, change, and outlive its absence; the door's own tokens stand beside."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from shared import clock
from shared.errors import NonAuthentifie, ServiceIndisponible
from shared.issuers import DISCOVERY, DOOR_ISSUER, FRESH_SECONDS, KEPT_SECONDS, RETRY_SECONDS, FetchedKeys
from shared.settings import IdentitySettings
from shared.tokens import AccessControl


def make_key(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"})


ONE, TWO, DOOR = make_key("un"), make_key("deux"), make_key("porte")


class Emetteur:
    """An issuer on loopback: what it publishes, whether it is there, how often it was asked."""

    def __init__(self) -> None:
        self.keys: list[ECKey] = [ONE]
        self.asked = 0
        self.status = 200
        self.body: bytes | None = None
        self.name = ""

    async def give_keys(self, request: web.Request) -> web.Response:
        self.asked += 1
        document = json.dumps(KeySet(list(self.keys)).as_dict(private=False)).encode()
        return web.Response(body=document if self.body is None else self.body, status=self.status)

    async def give_discovery(self, request: web.Request) -> web.Response:
        return web.json_response({"issuer": self.name, "jwks_uri": f"{request.url.origin()}/cles"})


@pytest.fixture
async def emetteur() -> AsyncIterator[Emetteur]:
    made = Emetteur()
    application = web.Application()
    application.add_routes([web.get("/cles", made.give_keys), web.get(DISCOVERY, made.give_discovery)])
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.name = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


class Montre:
    """A clock that only moves when told."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def kids(keys: KeySet) -> list[str | None]:
    return [key.kid for key in keys.keys]


async def test_keys_are_fetched_once_and_again_after_ten_minutes(emetteur: Emetteur) -> None:
    montre = Montre()
    keys = FetchedKeys(emetteur.name, f"{emetteur.name}/cles", now=montre)
    for _ in range(3):
        assert kids(await keys.find("un")) == ["un"]
    assert emetteur.asked == 1
    montre.seconds += FRESH_SECONDS
    await keys.find("un")
    assert emetteur.asked == 2


async def test_the_discovery_document_says_where_the_keys_are(emetteur: Emetteur) -> None:
    keys = FetchedKeys(emetteur.name, emetteur.name + DISCOVERY)
    assert kids(await keys.find("un")) == ["un"]


async def test_the_discovery_document_of_another_issuer_is_not_believed(emetteur: Emetteur) -> None:
    with pytest.raises(ServiceIndisponible):
        await FetchedKeys("https://autre.exemple.fr", emetteur.name + DISCOVERY).find("un")


async def test_an_unknown_key_asks_again_but_not_at_every_request(emetteur: Emetteur) -> None:
    montre = Montre()
    keys = FetchedKeys(emetteur.name, f"{emetteur.name}/cles", now=montre)
    await keys.find("un")
    emetteur.keys = [ONE, TWO]
    for _ in range(5):
        assert kids(await keys.find("deux")) == ["un"]  # asked a moment ago
    assert emetteur.asked == 1
    montre.seconds += RETRY_SECONDS
    assert kids(await keys.find("deux")) == ["un", "deux"]
    assert emetteur.asked == 2


@pytest.mark.parametrize(
    "away", [{"status": 503}, {"status": 302}, {"body": b"{}"}, {"body": b"[]"}, {"body": b"x" * (2 << 20)}]
)
async def test_the_last_keys_are_believed_for_a_day_while_the_issuer_is_away(
    emetteur: Emetteur, away: dict[str, Any]
) -> None:
    montre = Montre()
    keys = FetchedKeys(emetteur.name, f"{emetteur.name}/cles", now=montre)
    await keys.find("un")
    for name, value in away.items():
        setattr(emetteur, name, value)
    montre.seconds += FRESH_SECONDS
    assert kids(await keys.find("un")) == ["un"]
    montre.seconds += KEPT_SECONDS
    with pytest.raises(ServiceIndisponible):
        await keys.find("un")


def sign(key: ECKey, **claims: Any) -> str:
    now = int(clock.now().timestamp())
    said = {"aud": "spie", "sub": "quelqu-un", "iat": now, "exp": now + 300, "scope": "a", **claims}
    return jwt.encode({"alg": "ES256", "kid": key.kid, "typ": "JWT"}, said, key)


async def test_a_token_signed_by_a_withdrawn_key_is_refused_once_that_is_known(emetteur: Emetteur) -> None:
    settings = IdentitySettings(issuer=emetteur.name, jwks_url=f"{emetteur.name}/cles")
    control, montre = AccessControl(settings), Montre()
    keys = FetchedKeys(emetteur.name, f"{emetteur.name}/cles", now=montre)
    control._issuers[emetteur.name] = type(control._issuers[emetteur.name])(emetteur.name, keys)
    token = sign(ONE, iss=emetteur.name)
    assert await control.identify(f"Bearer {token}") is not None
    emetteur.keys = [TWO]
    montre.seconds += FRESH_SECONDS
    with pytest.raises(NonAuthentifie):
        await control.identify(f"Bearer {token}")
    assert await control.identify(f"Bearer {sign(TWO, iss=emetteur.name)}") is not None


def door_and(issuer: str) -> AccessControl:
    return AccessControl(
        IdentitySettings(
            issuer=issuer,
            jwks=json.dumps(KeySet([ONE]).as_dict(private=False)),
            door_jwks=json.dumps(KeySet([DOOR]).as_dict(private=False)),
            scope_claim="droits",
        )
    )


async def test_the_door_signs_for_itself_and_for_nobody_else() -> None:
    control = door_and("https://identite.exemple.fr")
    caller = await control.identify(f"Bearer {sign(DOOR, iss=DOOR_ISSUER)}")
    assert caller is not None
    assert caller.portees == {"a"}  # the door writes scope, whatever the issuer does
    for token in (sign(DOOR, iss="https://identite.exemple.fr"), sign(ONE, iss=DOOR_ISSUER)):
        with pytest.raises(NonAuthentifie):
            await control.identify(f"Bearer {token}")


async def test_a_header_nested_without_end_is_a_refusal() -> None:
    with pytest.raises(NonAuthentifie):
        await door_and("https://identite.exemple.fr").identify(f"Bearer {'W1tb' * 1500}.e30.YQ")
