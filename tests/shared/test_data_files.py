"""Reviewed data files: scalars stay text until the schema decides, and every fault is named."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import Field

from shared.data_files import DataFault, DataModel, parse_model, read_model, read_yaml


class Ligne(DataModel):
    titre: str
    rang: int | None = None


class Fichier(DataModel):
    nom: str
    jour: date | None = None
    montant: Decimal | None = None
    lignes: list[Ligne] = Field([])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "fiche.yaml"


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refuse(path: Path, content: str | bytes) -> list[str]:
    with pytest.raises(DataFault) as refused:
        read_model(write(path, content), Fichier)
    assert all(fault.startswith("fiche.yaml : ") for fault in refused.value.faults)
    return refused.value.faults


@pytest.mark.parametrize(
    "scalar",
    [
        "non",
        "oui",
        "yes",
        "on",
        "true",
        "11.10",
        "1e3",
        "010",
        "0x1F",
        "1_000",
        "12:30",
        "2022-01-01",
        ".inf",
        ".nan",
        "<<",
        "=",
    ],
)
def test_a_scalar_is_read_as_it_is_written(path: Path, scalar: str) -> None:
    assert read_yaml(write(path, f"nom: {scalar}\n? {scalar}\n: nom\n")) == {"nom": scalar, scalar: "nom"}


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.dictionaries(TEXTS, TEXTS | st.lists(TEXTS, max_size=4), max_size=4))
def test_any_text_written_in_yaml_is_read_back(path: Path, value: dict[str, Any]) -> None:
    assert read_yaml(write(path, yaml.safe_dump(value, allow_unicode=True))) == value


@pytest.mark.parametrize("nothing", ["null", "~", ""])
def test_only_null_is_nothing(path: Path, nothing: str) -> None:
    assert read_yaml(write(path, f"nom: {nothing}\n")) == {"nom": None}


def test_the_schema_decides_the_types(path: Path) -> None:
    content = "nom: 11.10\njour: 2022-01-01\nmontant: 11.10\nlignes:\n- {titre: non, rang: 3}\n- {titre: '  a '}\n"
    assert read_model(write(path, content), Fichier) == Fichier(
        nom="11.10",
        jour=date(2022, 1, 1),
        montant=Decimal("11.10"),
        lignes=[Ligne(titre="non", rang=3), Ligne(titre="a")],
    )


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfnom: a\n", b"nom: a\r\n", b"# rien\n---\nnom: a\n..."])
def test_what_editors_leave_in_files_changes_nothing(path: Path, content: bytes) -> None:
    assert read_model(write(path, content), Fichier) == Fichier(nom="a")


@pytest.mark.parametrize(
    "content",
    ["nom: a\nnom: b\n", "nom: a\nlignes:\n- titre: a\n  titre: a\n", "{nom: a, 'nom': b}", 'nom: a\n"n\\x6fm": b'],
)
def test_a_key_given_twice_is_refused_with_its_line(path: Path, content: str) -> None:
    (fault,) = refuse(path, content)
    assert "donnée deux fois" in fault
    assert "line" in fault


def test_every_fault_of_a_file_is_named_by_its_place(path: Path) -> None:
    content = "nom: [a]\njour: 2022-02-30\nmontant: beaucoup\nprix: 3\nlignes:\n- {titre: a, rang: x}\n- {rangs: 1}\n"
    found = {fault.split(" : ")[1] for fault in refuse(path, content)}
    assert found == {"nom", "jour", "montant", "prix", "lignes.0.rang", "lignes.1.titre", "lignes.1.rangs"}


@pytest.mark.parametrize(
    "content",
    [
        "nom: été".encode("latin-1"),
        "nom: été".encode("utf-16"),
        b"nom: \xed\xa0\x80",
    ],
)
def test_a_file_that_is_not_utf_8_is_refused_in_words(path: Path, content: bytes) -> None:
    (fault,) = refuse(path, content)
    assert "UTF-8" in fault


@pytest.mark.parametrize(
    "content",
    [
        "nom: [a",
        "nom:\t- a",
        "nom: a: b",
        "nom: \x01",
        "nom: *absent",
        "nom: a\n---\nnom: b",
        "nom: !!python/object/apply:os.getcwd []",
        "&a [*a]",
        "",
        "nom",
        "- nom",
    ],
)
def test_what_is_not_the_yaml_expected_is_refused(path: Path, content: str) -> None:
    assert refuse(path, content)


def test_a_missing_file_is_told_with_its_place(path: Path) -> None:
    with pytest.raises(DataFault, match=r"fiche\.yaml : fichier absent") as refused:
        read_yaml(path)
    assert str(path) in str(refused.value)


def test_what_was_read_cannot_change() -> None:
    line = parse_model({"titre": "a"}, Ligne, "essai")
    with pytest.raises(ValueError, match="frozen"):
        line.titre = "b"  # type: ignore[misc]
