"""The page about running it names every setting, and compose.yaml starts closed containers with known settings."""

import re
from typing import Any

import pytest
import yaml
from pydantic_settings import BaseSettings

from gateway.settings import Settings as GatewaySettings
from services.catalogue.settings import Settings as CatalogueSettings
from services.indicators.settings import Settings as IndicatorsSettings
from services.orientation.settings import Settings as OrientationSettings
from shared import metrics
from shared.settings import IdentitySettings
from tests.processes import ROOT

READ = (GatewaySettings, CatalogueSettings, IndicatorsSettings, OrientationSettings, IdentitySettings)
OUTSIDE = {"SPIE_JOURNAL", "SPIE_METRIQUES", "SPIE_PYTHON", "PG_BIN", "OTEL_EXPORTER_OTLP_ENDPOINT"}
POSTGRES = {"POSTGRES_DB", "POSTGRES_PASSWORD", "POSTGRES_INITDB_ARGS"}
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
PAGE = (ROOT / "docs" / "exploitation.md").read_text()
GIVEN = re.compile(r"\$\{\w+:(?:\?|-)\}")


def names_of(settings: type[BaseSettings]) -> set[str]:
    prefix = settings.model_config.get("env_prefix", "")
    fields = settings.model_fields.items()
    return {str(field.validation_alias or f"{prefix}{name}".upper()) for name, field in fields if name != "identity"}


KNOWN = OUTSIDE.union(*(names_of(settings) for settings in READ))


def test_the_page_about_running_it_names_every_setting_and_every_measure() -> None:
    table = PAGE.split("## Settings")[1].split("\n## ")[0]
    assert sorted(re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE)) == sorted(KNOWN)
    measured = {family.name for family in metrics.REGISTRY.collect()}
    assert set(re.findall(r"^\| `(spie_\w+)` \|", PAGE, re.MULTILINE)) == measured


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_a_container_is_closed_looked_after_and_told_known_settings(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert ("healthcheck" in service) != (service["restart"] == "no")
    assert set(service["environment"]) <= (POSTGRES if name == "base" else KNOWN)
    assert service.get("user") == ("postgres" if name == "base" else None)
    assert all(port.startswith("127.0.0.1:") and port.endswith(":8000") for port in service.get("ports", []))


def test_no_secret_has_a_value_and_no_container_runs_as_root() -> None:
    text = (ROOT / "compose.yaml").read_text()
    assert re.findall(r"\$\{", text)
    assert text.count("${") == len(GIVEN.findall(text))
    for service in COMPOSE["services"].values():
        for name, value in service["environment"].items():
            if re.search("PASSWORD|JETON|POIVRE|CLE_|DATABASE_URL", name):
                assert GIVEN.search(value), name
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)


def test_each_profile_starts_one_door() -> None:
    profiles: dict[str, set[str]] = {}
    for name, service in COMPOSE["services"].items():
        for profile in service.get("profiles", ["toujours"]):
            profiles.setdefault(profile, set()).add(name)
    assert profiles == {
        "toujours": {"base", "migrate"},
        "services": {"catalogue", "indicators", "orientation", "worker", "gateway"},
        "tout-en-un": {"tout"},
    }
    assert COMPOSE["services"]["tout"]["environment"]["SPIE_WORKER"] == "true"
    assert "command" not in COMPOSE["services"]["tout"]
