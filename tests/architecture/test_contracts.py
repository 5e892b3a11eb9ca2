"""Each import contract is broken once, on purpose, in a copy of the tree: the linter names it, and it alone."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.processes import ROOT

PACKAGES = ("services", "gateway", "shared", "migrations")
LINT = "from importlinter.cli import lint_imports_command as c; c()"
CONFIGURATION: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS: list[str] = [contract["name"] for contract in CONFIGURATION["tool"]["importlinter"]["contracts"]]

# For each contract, the modules that break it and what each imports; ``preuve`` is a new file.
PROOFS: dict[str, tuple[tuple[str, str], ...]] = {
    "Services never import each other": (
        ("services.catalogue.preuve", "services.indicators.errors"),
        ("services.indicators.preuve", "services.orientation.vocabulary"),
        ("services.orientation.preuve", "services.catalogue.errors"),
    ),
    "The gateway names services, it never imports them": (("gateway.preuve", "services.catalogue.vocabulary"),),
    "Services know neither the gateway nor the migrations": (
        ("services.catalogue.preuve", "gateway.settings"),
        ("services.orientation.preuve", "migrations.run"),
    ),
    "What is shared depends on no service and no gateway": (
        ("shared.preuve", "services.catalogue.errors"),
        ("shared.preuve", "gateway.settings"),
        ("shared.preuve", "migrations.run"),
    ),
    "Inside a service: routes, then decisions, then queries, then tables": (
        ("services.catalogue.queries", "services.catalogue.routes"),
        ("services.indicators.models", "services.indicators.service"),
        ("services.orientation.load", "services.orientation.routes"),
    ),
    "Decisions and queries never see the web framework": (
        ("services.catalogue.service", "fastapi"),
        ("services.indicators.queries", "starlette.requests"),
    ),
    "Rules are pure: they know neither the web nor the database": (
        ("services.indicators.periods", "asyncpg"),
        ("services.indicators.series", "sqlalchemy"),
        ("services.indicators.secrecy", "starlette.requests"),
    ),
}
CASES = [(name, *proof) for name in CONTRACTS for proof in PROOFS.get(name, ())]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The Python files of the product, and the configuration that holds the contracts."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "data"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def broken_contracts(root: Path) -> list[str]:
    """Run the linter as ``./spie check`` does; name the contracts it finds broken."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache"],
        cwd=root,
        env={**environment, "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    told = {name: [word for word in ("KEPT", "BROKEN") if f"{name} {word}" in done.stdout] for name in CONTRACTS}
    assert all(len(words) == 1 for words in told.values()), done.stdout + done.stderr
    broken = [name for name, words in told.items() if words == ["BROKEN"]]
    assert bool(broken) == bool(done.returncode)
    return broken


def test_the_tree_keeps_every_contract(copy: Path) -> None:
    assert broken_contracts(copy) == []


@pytest.mark.parametrize(("contract", "module", "imported"), CASES)
def test_one_bad_import_breaks_exactly_its_contract(copy: Path, contract: str, module: str, imported: str) -> None:
    place = copy.joinpath(*module.split("."))
    path = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\nimport {imported}\n")
    assert broken_contracts(copy) == [contract]


def test_every_contract_has_its_proof() -> None:
    assert set(PROOFS) == set(CONTRACTS)
    assert all(PROOFS.values())


def test_contracts_name_modules_that_exist() -> None:
    for contract in CONFIGURATION["tool"]["importlinter"]["contracts"]:
        for module in contract.get("source_modules", []) + contract.get("modules", []) + contract.get("containers", []):
            path = ROOT / module.replace(".", "/")
            assert path.is_dir() or path.with_suffix(".py").is_file(), module
