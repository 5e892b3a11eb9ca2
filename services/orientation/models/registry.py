"""The registry of the tables of the schema ``orientation``."""

from typing import ClassVar

from sqlalchemy import DateTime, MetaData
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from shared.versions import NAMES

SCHEMA = "orientation"
metadata = MetaData(schema=SCHEMA, naming_convention=NAMES)
INSTANT = DateTime(timezone=True)


class Table(SQLModel, registry=registry(metadata=metadata)):
    """The base of this service's own tables."""

    metadata: ClassVar[MetaData] = metadata
