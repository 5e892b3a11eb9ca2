"""What callers without a right read, in versions."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.indicators.models.registry import INSTANT, Table


class Publication(Table, table=True):
    """What callers without a right read: finished cells, in versions."""

    __tablename__ = "publication"
    __table_args__ = (
        Index(
            "publication_courante_key",
            "definition",
            "territoire",
            "periode",
            "ventilation",
            unique=True,
            postgresql_where=text("publie_au IS NULL"),
        ),
        Index("publication_unite_idx", "definition", "annee"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    definition: int
    annee: int
    territoire: str = Field(sa_type=Text)
    periode: str = Field(sa_type=Text)
    ventilation: str = Field(sa_type=Text)
    cachee: bool
    cellule: dict[str, Any] = Field(sa_type=JSONB)
    publie_du: datetime = Field(sa_type=INSTANT)
    publie_au: datetime | None = Field(default=None, sa_type=INSTANT)


class UnitePublication(Table, table=True):
    """One quantity over one year: when it was last published, and whether a person must look first."""

    __tablename__ = "unite_publication"

    definition: int = Field(primary_key=True)
    annee: int = Field(primary_key=True)
    publie_le: datetime | None = Field(default=None, sa_type=INSTANT)
    demandes: int = 0
    """How many writes touched it; ``faites`` of them are in what is published."""
    faites: int = 0
    en_attente: bool = False
    motif: str | None = Field(default=None, sa_type=Text)


class Millesime(Table, table=True):
    """A publication frozen under a name, citable for ever."""

    __tablename__ = "millesime"
    __table_args__ = (UniqueConstraint("plan", "nom"),)

    id: int | None = Field(default=None, primary_key=True)
    plan: str = Field(sa_type=Text)
    nom: str = Field(sa_type=Text)
    libelle: str = Field(sa_type=Text)
    au: datetime = Field(sa_type=INSTANT)
    acteur: str = Field(sa_type=Text)
    cree_le: datetime = Field(sa_type=INSTANT)
