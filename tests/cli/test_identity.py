"""The development issuer: one key per role, believed only by those it tells, forgotten in a month."""

import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from gateway.cli.identity import LIFETIME, ROLES, DevelopmentIssuer, make_issuer, write_keys
from gateway.cli.separate import SECRETS
from shared import clock
from shared.errors import NonAuthentifie
from shared.settings import IdentitySettings
from shared.tokens import AccessControl, Identite


def control_of(issuer: DevelopmentIssuer) -> AccessControl:
    known = issuer.environment
    settings = IdentitySettings(
        issuer=known["IDENTITY_ISSUER"], audience=known["IDENTITY_AUDIENCE"], jwks=known["IDENTITY_JWKS"]
    )
    return AccessControl(settings)


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_carries_its_own_scopes_and_no_restriction(issuer: DevelopmentIssuer, role: str) -> None:
    caller = await control_of(issuer).identify(f"Bearer {issuer.keys[role]}")
    assert caller == Identite(f"dev-{role}", frozenset(ROLES[role]))


def test_the_admin_opens_nobody_s_file() -> None:
    assert set(ROLES["admin"]) == {"acces:gerer", *ROLES["pilote"]}
    assert not [scope for scope in ROLES["admin"] if scope in ("orientation:lire", "orientation:ecrire")]


async def test_the_keys_of_one_start_are_refused_by_the_next(issuer: DevelopmentIssuer) -> None:
    with pytest.raises(NonAuthentifie):
        await control_of(make_issuer()).identify(f"Bearer {issuer.keys['pilote']}")


async def test_the_keys_end_after_a_month(issuer: DevelopmentIssuer) -> None:
    control = control_of(issuer)
    with time_machine.travel(clock.now() + LIFETIME - timedelta(days=1), tick=False):
        assert await control.identify(f"Bearer {issuer.keys['pilote']}") is not None
    with time_machine.travel(clock.now() + LIFETIME + timedelta(minutes=1), tick=False), pytest.raises(NonAuthentifie):
        await control.identify(f"Bearer {issuer.keys['pilote']}")


def test_services_are_told_the_public_half_only(issuer: DevelopmentIssuer) -> None:
    told = json.loads(issuer.environment["IDENTITY_JWKS"])["keys"]
    assert len(told) == 1
    assert "d" not in told[0]
    of_services = [value for name, value in issuer.environment.items() if SECRETS.get(name) != "gateway"]
    assert not any(key in value for key in issuer.keys.values() for value in of_services)


def test_the_keys_file_is_the_owner_s_alone_and_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "cles-dev.json"
    path.write_text("{}")
    path.chmod(0o644)
    write_keys(path, {"pilote": "jeton"})
    assert json.loads(path.read_text()) == {"pilote": "jeton"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["cles-dev.json"]
