"""What the rules proposed for a dossier, and what an agent decided."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.orientation.models.registry import INSTANT, Table


class Orientation(Table, table=True):
    """A proposal, with what it was made from; ``faits`` and ``proposition`` are null once the identity was erased."""

    __tablename__ = "orientation"
    __table_args__ = (Index("orientation_dossier_idx", "dossier", "rang"),)

    id: str = Field(primary_key=True, sa_type=Text)
    rang: int = Field(sa_type=BigInteger, sa_column_args=(Identity(always=True),), default=None)
    dossier: str = Field(sa_type=Text, foreign_key="orientation.dossier.id")
    acteur: str = Field(sa_type=Text)
    cree_le: datetime = Field(sa_type=INSTANT)
    date_reference: date
    regles_version: str = Field(sa_type=Text)
    empreinte: str = Field(sa_type=Text)
    parcours: str = Field(sa_type=Text)
    modalite: str = Field(sa_type=Text)
    faits: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    provenance: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    proposition: dict[str, Any] | None = Field(default=None, sa_type=JSONB)


class OrientationDecision(Table, table=True):
    """The one decision that follows a proposal; its texts are null once the identity was erased."""

    __tablename__ = "orientation_decision"

    orientation: str = Field(primary_key=True, sa_type=Text, foreign_key="orientation.orientation.id")
    dossier: str = Field(sa_type=Text, foreign_key="orientation.dossier.id", index=True)
    acteur: str = Field(sa_type=Text)
    decide_le: datetime = Field(sa_type=INSTANT)
    parcours: str = Field(sa_type=Text)
    etape: str = Field(sa_type=Text)
    ecart: bool
    motif_ecart: str | None = Field(default=None, sa_type=Text)
    evenement: str = Field(sa_type=Text)
    organisme: str | None = Field(default=None, sa_type=Text)
    motif: str | None = Field(default=None, sa_type=Text)
    notification: str | None = Field(default=None, sa_type=Text)
