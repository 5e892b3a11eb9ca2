"""Access tokens: what the issuer signed for us, for now, and nothing else; a refusal never says why."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx2
import pytest
import time_machine
from fastapi import APIRouter, Depends
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from shared import tokens
from shared.errors import NonAuthentifie
from shared.service_app import build_app
from shared.settings import IdentitySettings
from shared.tokens import AccessControl, Identite, exige, public
from tests.conftest import client_of

ISSUER = "https://identite.exemple.fr/realms/spie"
EC = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig", "alg": "ES256"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
STRANGER = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig", "alg": "ES256"})
JWKS = json.dumps(KeySet([EC, RSA]).as_dict(private=False))
CONTROL = AccessControl(IdentitySettings(issuer=ISSUER, audience="spie", jwks=JWKS))
NOW = int(time.time())
CLAIMS = {
    "iss": ISSUER,
    "aud": "spie",
    "sub": "agent-7",
    "iat": NOW,
    "exp": NOW + 3600,
    "scope": "plan:lire plan:ecrire",
}


def sign(key: Any = EC, header: dict[str, Any] | None = None, without: tuple[str, ...] = (), **claims: Any) -> str:
    """A token as the issuer makes it, with some headers or claims changed."""
    whole = {"alg": "RS256" if key is RSA else "ES256", "kid": key.kid, **(header or {})}
    said = {name: value for name, value in (CLAIMS | claims).items() if name not in without}
    return jwt.encode(whole, said, key, algorithms=[str(whole["alg"])])


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def sign_with_public_key(secret: bytes) -> str:
    """The classic confusion: HMAC keyed by what everyone knows."""
    text = f"{part({'alg': 'HS256', 'typ': 'JWT', 'kid': 'rsa'})}.{part(CLAIMS)}"
    digest = hmac.new(secret, text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


async def identify(token: str) -> Identite | None:
    return await CONTROL.identify(f"Bearer {token}")


BAD = {
    "nothing": "",
    "garbage": "pas-un-jeton",
    "three dots": "...",
    "not base64": "é.é.é",
    "not JSON": "YQ.YQ.YQ",
    "a list as header": f"{part([1])}.{part(CLAIMS)}.YQ",
    "too long": sign(reste="x" * 9000),
    "another key": sign(STRANGER),
    "no signature": sign().rsplit(".", 1)[0] + ".",
    "another's signature": ".".join([*sign().split(".")[:2], sign(sub="autre").split(".")[2]]),
    "alg none": f"{part({'alg': 'none', 'kid': 'ec'})}.{part(CLAIMS)}.",
    "alg NONE": f"{part({'alg': 'NONE', 'kid': 'ec'})}.{part(CLAIMS)}.",
    "HMAC with the public key, PEM": sign_with_public_key(RSA.as_pem(private=False)),
    "HMAC with the public key, DER": sign_with_public_key(RSA.as_der(private=False)),
    "an algorithm not allowed": sign(RSA, {"alg": "RS512"}),
    "the other key's name": sign(EC, {"kid": "rsa"}),
    "unknown kid": sign(EC, {"kid": "inconnu"}),
    "no kid among two keys": f"{part({'alg': 'ES256'})}.{'.'.join(sign().split('.')[1:])}",
    "wrong typ": sign(header={"typ": "logout+jwt"}),
    "a key of its own": sign(STRANGER, {"jwk": STRANGER.as_dict(private=False)}),
    "other issuer": sign(iss="https://ailleurs.exemple.fr"),
    "no issuer": sign(without=("iss",)),
    "issuer as a list": sign(iss=[ISSUER]),
    "wrong audience": sign(aud="autre"),
    "wrong audiences": sign(aud=["autre", "spie2"]),
    "no audience": sign(without=("aud",)),
    "expired": sign(exp=NOW - 60),
    "no end": sign(without=("exp",)),
    "an end that is a text": sign(exp=str(NOW + 60)),
    "an end that is true": sign(exp=True),
    "not yet valid": sign(nbf=NOW + 600),
    "issued tomorrow": sign(iat=NOW + 86400),
    "no subject": sign(without=("sub",)),
    "empty subject": sign(sub=""),
    "subject as a number": sign(sub=7),
}


@pytest.mark.parametrize("case", BAD)
async def test_a_bad_token_is_refused(case: str) -> None:
    with pytest.raises(NonAuthentifie):
        await identify(BAD[case])


async def test_a_refusal_never_says_why() -> None:
    told = set()
    for token in BAD.values():
        with pytest.raises(NonAuthentifie) as refused:
            await identify(token)
        told.add((refused.value.detail, tuple(refused.value.headers.items()), len(refused.value.erreurs)))
    assert len(told) == 1


@pytest.mark.parametrize("authorization", ["Bearer", "Bearer ", "Basic YTpi", "", sign(), f"Token {sign()}"])
async def test_another_scheme_is_refused(authorization: str) -> None:
    with pytest.raises(NonAuthentifie):
        await CONTROL.identify(authorization)


@pytest.mark.parametrize("key", [EC, RSA], ids=["ES256", "RS256"])
async def test_a_valid_token_names_its_caller(key: Any) -> None:
    assert await identify(sign(key)) == Identite("agent-7", frozenset({"plan:lire", "plan:ecrire"}))


@pytest.mark.parametrize(
    "token",
    [
        sign(header={"typ": "at+jwt"}),
        sign(aud=["autre", "spie"]),
        sign(scope=["plan:lire", "plan:ecrire"]),
        sign(scope="  plan:ecrire   plan:lire "),
        sign(exp=NOW + 3600.5),
        f" {sign()} ",
    ],
    ids=["typ of RFC 9068", "several audiences", "scopes as a list", "loose spaces", "end with a fraction", "spaces"],
)
async def test_what_other_issuers_write_is_understood(token: str) -> None:
    assert await identify(token) == Identite("agent-7", frozenset({"plan:lire", "plan:ecrire"}))


async def test_the_scheme_is_read_in_any_case() -> None:
    assert await CONTROL.identify(f"bEARER {sign()}") is not None


async def test_a_token_without_scope_holds_no_right() -> None:
    assert await identify(sign(without=("scope",))) == Identite("agent-7", frozenset())


async def test_the_claim_that_carries_the_rights_is_a_setting() -> None:
    control = AccessControl(IdentitySettings(issuer=ISSUER, jwks=JWKS, scope_claim="droits"))
    identite = await control.identify(f"Bearer {sign(droits=['a'], scope='b')}")
    assert identite is not None
    assert identite.portees == {"a"}


async def test_restrictions_are_sets_and_an_empty_one_is_not_none() -> None:
    identite = await identify(sign(sources=["caf", "msa"], territoires=[]))
    assert identite is not None
    assert (identite.sources, identite.territoires, identite.grandeurs) == (
        frozenset({"caf", "msa"}),
        frozenset(),
        None,
    )


async def test_a_token_ends_half_a_minute_after_its_end_and_no_later() -> None:
    token = sign()
    with time_machine.travel(NOW + 3600 + 25, tick=False):
        assert await identify(token) is not None
    with time_machine.travel(NOW + 3600 + 35, tick=False), pytest.raises(NonAuthentifie):
        await identify(token)


async def test_a_signature_is_verified_once_and_the_claims_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    control = AccessControl(IdentitySettings(issuer=ISSUER, audience="spie", jwks=JWKS))
    verified: list[str] = []
    decode = jwt.decode

    def count(token: str, *given: Any, **more: Any) -> Any:
        verified.append(token)
        return decode(token, *given, **more)

    monkeypatch.setattr(jwt, "decode", count)
    good, future = sign(), sign(exp=NOW + 7200, nbf=NOW - 60)
    for _ in range(3):
        assert await control.identify(f"Bearer {good}") == await control.identify(f"bearer  {good} ")
        assert await control.identify(f"Bearer {future}") is not None
    assert verified == [good, future]
    with time_machine.travel(NOW + 3600 + 35, tick=False):
        for _ in range(2):
            with pytest.raises(NonAuthentifie):
                await control.identify(f"Bearer {good}")
        assert await control.identify(f"Bearer {future}") is not None
    with time_machine.travel(NOW - 120, tick=False), pytest.raises(NonAuthentifie):
        await control.identify(f"Bearer {future}")
    assert verified == [good, future]


async def test_refused_tokens_are_not_remembered_and_verified_ones_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MAX_VERIFIED", 3)
    control = AccessControl(IdentitySettings(issuer=ISSUER, audience="spie", jwks=JWKS))
    known = sign()
    await control.identify(f"Bearer {known}")
    for token in BAD.values():
        with pytest.raises(NonAuthentifie):
            await control.identify(f"Bearer {token}")
    assert len(control._verified) == 1
    for number in range(10):
        await control.identify(f"Bearer {sign(sub=str(number))}")
        assert await control.identify(f"Bearer {known}") == Identite("agent-7", frozenset({"plan:lire", "plan:ecrire"}))
    assert len(control._verified) == 3


async def test_another_issuer_does_not_profit_from_what_was_verified_here() -> None:
    token = sign()
    assert await identify(token) is not None
    elsewhere = AccessControl(IdentitySettings(issuer="https://ailleurs.exemple.fr", audience="spie", jwks=JWKS))
    with pytest.raises(NonAuthentifie):
        await elsewhere.identify(f"Bearer {token}")


async def test_without_keys_no_token_is_believed() -> None:
    with pytest.raises(NonAuthentifie):
        await AccessControl(IdentitySettings(issuer=ISSUER)).identify(f"Bearer {sign()}")


async def test_nothing_sent_is_nobody() -> None:
    assert await CONTROL.identify(None) is None


@given(place=st.integers(0, len(sign().rsplit(".", 1)[0]) - 1), character=st.characters(codec="ascii"))
async def test_a_changed_token_is_refused(place: int, character: str) -> None:
    token = sign()
    changed = token[:place] + character + token[place + 1 :]
    if changed != token:
        with pytest.raises(NonAuthentifie):
            await identify(changed)


@given(authorization=st.text(max_size=60) | st.text(max_size=60).map("Bearer {}".format))
async def test_any_header_is_refused_and_never_a_failure(authorization: str) -> None:
    with pytest.raises(NonAuthentifie):
        await CONTROL.identify(authorization)


router = APIRouter()


@router.get("/public")
async def read_public(acces: Annotated[Identite | None, Depends(public)]) -> str:
    return acces.sujet if acces else "personne"


@router.get("/garde")
async def read_guarded(acces: Annotated[Identite, Depends(exige("plan:ecrire"))]) -> str:
    return acces.sujet


@router.get("/ou")
async def read_either(acces: Annotated[Identite, Depends(exige("plan:lire", "plan:ecrire"))]) -> str:
    return acces.sujet


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    settings = IdentitySettings(issuer=ISSUER, jwks=JWKS)
    async with client_of(build_app(name="essai", title="Essai", routers=[router], identity=settings)) as made:
        yield made


async def get(client: httpx2.AsyncClient, path: str, token: str | None = None) -> httpx2.Response:
    return await client.get(path, headers={"Authorization": f"Bearer {token}"} if token else {})


async def test_a_public_read_is_open_to_all_but_checks_what_is_sent(client: httpx2.AsyncClient) -> None:
    assert (await get(client, "/public")).json() == "personne"
    assert (await get(client, "/public", sign())).json() == "agent-7"
    assert (await get(client, "/public", sign(STRANGER))).status_code == 401


@pytest.mark.parametrize(("portee", "status"), [("plan:lire", 200), ("plan:ecrire", 200), ("plan:autre", 403)])
async def test_one_right_among_several_is_enough(client: httpx2.AsyncClient, portee: str, status: int) -> None:
    answer = await get(client, "/ou", sign(scope=portee))
    assert answer.status_code == status
    if status == 403:
        assert 'scope="plan:lire plan:ecrire"' in answer.headers["www-authenticate"]
        assert "plan:lire ou plan:ecrire" in answer.json()["detail"]


async def test_a_guarded_operation_lets_in_who_holds_the_right(client: httpx2.AsyncClient) -> None:
    answer = await get(client, "/garde", sign())
    assert (answer.status_code, answer.json()) == (200, "agent-7")


async def test_nobody_is_told_to_come_with_a_token(client: httpx2.AsyncClient) -> None:
    answer = await get(client, "/garde")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="spie"'
    assert answer.json()["code"] == "NON_AUTHENTIFIE"


async def test_every_bad_token_gets_the_same_401(client: httpx2.AsyncClient) -> None:
    told = set()
    for token in BAD.values():
        if token and token.isascii():
            answer = await client.get(
                "/garde", headers={"Authorization": f"Bearer {token}", "X-Request-Id": "essai-0001"}
            )
            assert answer.status_code == 401
            told.add((answer.content, answer.headers["www-authenticate"]))
    assert [header for _, header in told] == ['Bearer realm="spie", error="invalid_token"']


@pytest.mark.parametrize("scope", ["", "plan:lire", "plan", "plan:ecrire:tout", "PLAN:ECRIRE", "plan:ecrire,plan:lire"])
async def test_who_lacks_the_right_is_told_which(client: httpx2.AsyncClient, scope: str) -> None:
    answer = await get(client, "/garde", sign(scope=scope))
    assert answer.status_code == 403
    assert answer.json()["code"] == "DROIT_INSUFFISANT"
    assert "plan:ecrire" in answer.json()["detail"]
    assert 'scope="plan:ecrire"' in answer.headers["www-authenticate"]
