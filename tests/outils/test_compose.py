"""``compose.yaml`` is a Compose file, as the schema that Docker published says."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator  # type: ignore[import-untyped]

from tests.outils.installation import wheel

pytestmark = pytest.mark.outils
ROOT = Path(__file__).parents[2]


def test_compose_yaml_follows_the_schema_of_compose() -> None:
    schema: Any = json.loads((wheel("docker-compose==1.29.2") / "compose" / "config" / "compose_spec.json").read_text())
    document = yaml.safe_load((ROOT / "compose.yaml").read_text())
    del document["name"]  # in the specification since 2022, after this copy of its schema
    validator = Draft7Validator(schema)
    assert [f"{list(fault.path)}: {fault.message}" for fault in validator.iter_errors(document)] == []
