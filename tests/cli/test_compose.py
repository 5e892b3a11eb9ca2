"""What ``compose.yaml`` promises: nothing runs as root or writes outside, no secret has a default, all is watched."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic_settings import BaseSettings

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
PUBLIC_KEYS = {"IDENTITY_JWKS", "IDENTITY_JWKS_URL"}
OPTIONAL = {"ORIENTATION_INDICATEURS_JETON", "GATEWAY_INDICATEURS_JETON"} | PUBLIC_KEYS


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
    with_default = set(re.findall(r"\$\{(\w+):?-", TEXT))
    assert with_default == OPTIONAL  # absent, something is not sent; nothing is less protected
    assert set(re.findall(r"\$\{(\w+):-([^}]+)\}", TEXT)) == set()
    assert not re.search(r"(PASSWORD|POIVRE|JETON|SIGNATURE|CLE_IDENTITE): *[\"']?\w", TEXT)


def test_both_ways_to_run_it_are_there_and_only_the_door_is_published() -> None:
    profiles = {name: SERVICES[name].get("profiles") for name in SERVICES}
    assert {name for name, own in profiles.items() if own is None} == {"base", "migrate"}
    assert {name for name, own in profiles.items() if own == ["tout-en-un"]} == {"tout"}
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"gateway": ["127.0.0.1:8000:8000"], "tout": ["127.0.0.1:8000:8000"]}


def test_the_guide_tells_every_setting_and_no_other() -> None:
    guide = (ROOT / "docs" / "exploitation.md").read_text()
    section = guide[guide.index("## Settings") : guide.index("## Back up")]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert told == settings_known()
