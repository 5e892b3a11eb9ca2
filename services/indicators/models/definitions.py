"""What is measured, in versions; what is aimed at."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.indicators.models.registry import INSTANT, Table
from shared.plans import PlanConnu
from shared.versions import Connu, current_once


class PlanVersion(Table, PlanConnu, table=True):
    """A plan whose indicators are defined here."""

    __tablename__ = "plan_version"
    __table_args__ = (current_once("plan_version", "plan"),)


class IndicateurVersion(Table, Connu, table=True):
    """An indicator: its code, its official label, its fiche, the figures that the plan gives for it."""

    __tablename__ = "indicateur_version"
    __table_args__ = (current_once("indicateur_version", "plan", "code"),)

    code: str = Field(sa_type=Text)
    fiche: int
    rang: int
    axe: str = Field(sa_type=Text)


class Definition(Table, table=True):
    """The lasting number of one version of one quantity's definition: what measurements are keyed with."""

    __tablename__ = "definition"
    __table_args__ = (UniqueConstraint("plan", "grandeur", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    plan: str = Field(sa_type=Text)
    grandeur: str = Field(sa_type=Text)
    version: int


class GrandeurVersion(Table, Connu, table=True):
    """What a definition says, as known when."""

    __tablename__ = "grandeur_version"
    __table_args__ = (current_once("grandeur_version", "plan", "cle"),)

    cle: str = Field(sa_type=Text)
    """``<code>#<definition version>``, what tells the documents of a plan apart."""
    code: str = Field(sa_type=Text)
    indicateur: str = Field(sa_type=Text)
    fiche: int
    definition: int


class Cible(Table, table=True):
    """What is aimed at for a quantity, a territory and a period, in versions."""

    __tablename__ = "cible"
    __table_args__ = (
        Index(
            "cible_courante_key",
            "plan",
            "grandeur",
            "territoire",
            "periode",
            unique=True,
            postgresql_where=text("connu_au IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    plan: str = Field(sa_type=Text)
    grandeur: str = Field(sa_type=Text)
    territoire: str = Field(sa_type=Text)
    periode: str = Field(sa_type=Text)
    contenu: dict[str, Any] = Field(sa_type=JSONB)
    acteur: str = Field(sa_type=Text)
    connu_du: datetime = Field(sa_type=INSTANT)
    connu_au: datetime | None = Field(default=None, sa_type=INSTANT)
