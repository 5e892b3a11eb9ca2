"""schemathesis, every check, over the merged document against the running product, in both modes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Door

pytestmark = pytest.mark.fuzz
ROOT = Path(__file__).parents[2]
SECONDS = int(os.environ.get("FUZZ_SECONDS", "600"))


def test_nothing_that_is_sent_is_answered_against_the_document(door: Door, tmp_path: Path) -> None:
    keys = {f"SPIE_{role.upper()}": key for role, key in door.keys().items()}
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(ROOT / "schemathesis.toml"), "run"]
    command += [str(ROOT / "gateway" / "openapi.json"), "--url", door.url, "--checks", "all", "--no-color"]
    command += ["--max-time", str(SECONDS), "--continue-on-failure", "--max-failures", "50"]
    with (tmp_path / "rapport.txt").open("wb") as report:
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, **keys}, stdout=report, stderr=report, check=False)
    told = (tmp_path / "rapport.txt").read_text()
    assert done.returncode == 0, told[-20_000:]
    assert "Tested: " in told
