"""What ``compose.yaml`` promises: nothing runs as root or writes outside, no secret has a default, all is watched."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic_settings import BaseSettings

from gateway.settings import SERVICES as SERVICE_NAMES
from gateway.settings import Settings as GatewaySettings
from services.catalogue.settings import Settings as CatalogueSettings
from services.indicators.settings import Settings as IndicatorsSettings
from services.orientation.settings import Settings as OrientationSettings
from shared.settings import IdentitySettings

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "compose.yaml").read_text()
DOCUMENT: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, Any] = DOCUMENT["services"]
OURS = [name for name in SERVICES if name != "base"]
ELSEWHERE = {"SPIE_JOURNAL", "SPIE_METRIQUES", "OTEL_EXPORTER_OTLP_ENDPOINT"}
"""Read where lines, measures and spans are set up."""
GIVEN = set(re.findall(r"\$\{(\w+):\?\}", TEXT))
OPTIONAL = set(re.findall(r"\$\{(\w+):-\}", TEXT))
SECRETS_NOT_NEEDED = {"ORIENTATION_INDICATEURS_JETON", "GATEWAY_INDICATEURS_JETON", "GATEWAY_OIDC_SECRET"}
"""Absent, something is not sent, or the issuer refuses our client; nothing is less protected."""
LEFT_OUT = {
    "GATEWAY_CLES_DEV": "development roles: never in production",
    "GATEWAY_METRIQUES": "the published door must not tell its measures; SPIE_METRIQUES serves them inside",
}


def settings_known() -> set[str]:
    """Every environment variable that our settings read."""
    classes: list[type[BaseSettings]] = [
        GatewaySettings,
        CatalogueSettings,
        IndicatorsSettings,
        OrientationSettings,
        IdentitySettings,
    ]
    known = set(ELSEWHERE)
    for each in classes:
        prefix = each.model_config.get("env_prefix") or ""
        for name, field in each.model_fields.items():
            if name == "identity":  # settings of their own
                continue
            alias = field.validation_alias
            known.add(alias if isinstance(alias, str) else f"{prefix}{name}".upper())
    return known


@pytest.mark.parametrize("name", OURS)
def test_nothing_of_ours_may_more_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "user" not in service
    assert re.search(r"^USER (?!0|root)\d+:\d+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("name", SERVICES)
def test_what_stays_is_watched_and_what_ends_is_waited_for(name: str) -> None:
    service = SERVICES[name]
    if service["restart"] == "no":
        assert any(
            others["depends_on"].get(name, {}).get("condition") == "service_completed_successfully"
            for others in SERVICES.values()
            if isinstance(others.get("depends_on"), dict)
        )
    else:
        assert service["healthcheck"]["test"]


def test_every_variable_is_a_setting_that_something_reads() -> None:
    named = {variable for name in OURS for variable in SERVICES[name].get("environment", {})}
    assert named - settings_known() == set()


def test_no_secret_has_a_default() -> None:
    assert set(re.findall(r"\$\{(\w+)", TEXT)) == GIVEN | OPTIONAL  # no other form: no value stands in the file
    secret = {name for name in OPTIONAL if re.search(r"PASSWORD|POIVRE|JETON|SIGNATURE|SECRET|CLE_|DOOR_JWKS", name)}
    assert secret == SECRETS_NOT_NEEDED
    assert not re.search(r"(PASSWORD|POIVRE|JETON|SIGNATURE|SECRET|SESSIONS|CLE_IDENTITE): *[\"']?\w", TEXT)


@pytest.mark.parametrize("name", ["gateway", "tout"])
def test_the_door_is_given_every_setting_of_the_guide_or_it_is_said_why_not(name: str) -> None:
    guided = {each for each in settings_told() if each.startswith(("GATEWAY_", "IDENTITY_"))}
    passed = set(SERVICES[name]["environment"])
    inside = {f"GATEWAY_{service}".upper() for service in SERVICE_NAMES} if name == "tout" else set()
    assert guided - passed == set(LEFT_OUT) | inside  # services in the door's process: its own default
    assert all(reason for reason in LEFT_OUT.values())


def test_what_may_be_left_out_is_then_as_if_it_had_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in settings_known():
        monkeypatch.delenv(name, raising=False)
    classes = (GatewaySettings, OrientationSettings)
    absent = [each() for each in classes]
    for name in OPTIONAL:
        monkeypatch.setenv(name, "")
    assert [each() for each in classes] == absent


def test_both_ways_to_run_it_are_there_and_only_the_door_is_published() -> None:
    profiles = {name: SERVICES[name].get("profiles") for name in SERVICES}
    assert {name for name, own in profiles.items() if own is None} == {"base", "migrate"}
    assert {name for name, own in profiles.items() if own == ["tout-en-un"]} == {"tout"}
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"gateway": ["127.0.0.1:8000:8000"], "tout": ["127.0.0.1:8000:8000"]}


def settings_told() -> set[str]:
    """Every environment variable of the table of the guide."""
    guide = (ROOT / "docs" / "exploitation.md").read_text()
    section = guide[guide.index("## Settings") : guide.index("## Back up")]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def test_the_guide_tells_every_setting_and_no_other() -> None:
    assert settings_told() == settings_known()
