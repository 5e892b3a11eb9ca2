"""Reviewed data files: YAML a person can correct by hand, checked by a schema, every fault named.

Scalars are read as text (only ``null`` is special), so ``11.10``, ``non`` or ``2022-01-01`` never change meaning on the
way in: the schema decides the types.
"""

from collections.abc import Hashable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

Model = TypeVar("Model", bound=BaseModel)


class DataModel(BaseModel):
    """What a data file may hold: nothing unknown, nothing changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class DataFault(Exception):
    """One or more data files are refused; ``faults`` names each fault with its file and place."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class _TextLoader(yaml.CSafeLoader):
    """A YAML loader that keeps scalars as text and refuses a key given twice."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own class attribute
        first: [(tag, pattern) for tag, pattern in resolvers if tag == "tag:yaml.org,2002:null"]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"clé « {key} » donnée deux fois", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> Any:
    """Read one YAML file; raise :class:`DataFault` when it is missing, not UTF-8 or not YAML."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_TextLoader)  # noqa: S506 - a SafeLoader
    except FileNotFoundError as error:
        raise DataFault([f"{path.name} : fichier absent ({path})"]) from error
    except UnicodeDecodeError as error:
        raise DataFault([f"{path.name} : le fichier n'est pas en UTF-8 ({error.reason})"]) from error
    except (yaml.YAMLError, TypeError, ValueError, AttributeError) as error:  # the last three: odd keys and tags
        raise DataFault([f"{path.name} : {error}"]) from error


def read_model(path: Path, model: type[Model]) -> Model:
    """Read one YAML file as ``model``; raise :class:`DataFault` with every fault of the file."""
    return parse_model(read_yaml(path), model, path.name)


def parse_model(value: Any, model: type[Model], name: str) -> Model:
    """Check a value already read against ``model``, naming the faults after the file ``name``."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise DataFault(
            [
                f"{name} : {'.'.join(map(str, fault['loc']))} : {fault['msg']}"
                for fault in error.errors(include_url=False)
            ]
        ) from error
