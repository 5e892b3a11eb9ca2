"""Spectral, with the committed ruleset, has nothing to say of the contract in either language."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.outils.installation import npm

pytestmark = pytest.mark.outils
ROOT = Path(__file__).parents[2]
SPECTRAL = "@stoplight/spectral-cli@6.16.3"
SECONDS = 120


def lint(document: Path) -> list[str]:
    """Return what spectral says, warnings included."""
    command = [npm(SPECTRAL) / "node_modules" / ".bin" / "spectral", "lint", "--quiet", "--format", "json"]
    asked = [*command, "--ruleset", ROOT / ".spectral.yaml", "--fail-severity", "hint", document]
    done = subprocess.run(list(map(str, asked)), capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.stdout.lstrip().startswith("["), done.stderr[-2000:]
    return [f"{each['code']} {'.'.join(map(str, each['path']))}: {each['message']}" for each in json.loads(done.stdout)]


@pytest.mark.parametrize("name", ["openapi.json", "openapi.en.json"])
def test_spectral_has_nothing_to_say(name: str) -> None:
    assert lint(ROOT / "gateway" / name) == []


def test_spectral_sees_what_it_is_asked_to_see(tmp_path: Path) -> None:
    document = json.loads((ROOT / "gateway" / "openapi.json").read_text(encoding="utf-8"))
    operation = document["paths"]["/v1/fiches"]["get"]
    operation["summary"] += "."
    del operation["x-service"], operation["security"], operation["tags"]
    operation["responses"]["200"]["content"]["application/json"]["example"]["total"] = "beaucoup"
    spoilt = tmp_path / "openapi.json"
    spoilt.write_text(json.dumps(document), encoding="utf-8")
    rules = {each.partition(" ")[0] for each in lint(spoilt)}
    assert {"spie-resume", "spie-service", "spie-droit", "operation-tags", "oas3-valid-media-example"} <= rules
