"""Tables of the schema ``indicators``: the definitions, in versions."""

from typing import ClassVar

from sqlalchemy import MetaData, Text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.plans import PlanConnu
from shared.versions import NAMES, Connu, current_once

SCHEMA = "indicators"
metadata = MetaData(schema=SCHEMA, naming_convention=NAMES)


class Table(SQLModel, registry=registry(metadata=metadata)):
    """The base of this service's own tables."""

    metadata: ClassVar[MetaData] = metadata


class PlanVersion(Table, PlanConnu, table=True):
    """A plan whose indicators are defined here."""

    __tablename__ = "plan_version"
    __table_args__ = (current_once("plan_version", "plan"),)


class IndicateurVersion(Table, Connu, table=True):
    """An indicator: its code, its official label, its fiche."""

    __tablename__ = "indicateur_version"
    __table_args__ = (current_once("indicateur_version", "plan", "code"),)

    code: str = Field(sa_type=Text)
    fiche: int
    rang: int
    axe: str = Field(sa_type=Text)
