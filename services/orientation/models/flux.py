"""Partner feeds: the register of files, their faults, what each source last said, and the hashes that match persons."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.orientation.models.registry import INSTANT, Table


class FluxRecu(Table, table=True):
    """One file of a partner, known by its SHA-256: the day it came starts the legal clock."""

    __tablename__ = "flux_recu"
    __table_args__ = (UniqueConstraint("source", "empreinte"), Index("flux_recu_acteur_idx", "acteur", "rang"))

    id: str = Field(primary_key=True, sa_type=Text)
    rang: int = Field(sa_type=BigInteger, sa_column_args=(Identity(always=True),), default=None)
    acteur: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    empreinte: bytes = Field(sa_type=LargeBinary)
    statut: int
    rapport: dict[str, Any] = Field(sa_type=JSONB)
    recu_le: datetime = Field(sa_type=INSTANT, index=True)


class FluxRejet(Table, table=True):
    """One fault of a file: where and which, never a value of the line."""

    __tablename__ = "flux_rejet"

    recu: str = Field(primary_key=True, sa_type=Text)
    rang: int = Field(primary_key=True)
    faute: dict[str, Any] = Field(sa_type=JSONB)


class Identifiant(Table, table=True):
    """A keyed hash of what tells of a person; ``civil`` only resembles, and matches nobody by itself."""

    __tablename__ = "identifiant"

    empreinte: bytes = Field(primary_key=True, sa_type=LargeBinary)
    dossier: str = Field(primary_key=True, sa_type=Text, foreign_key="orientation.dossier.id", index=True)
    nature: str = Field(sa_type=Text)
    cle: str = Field(sa_type=Text)


class FaitRecu(Table, table=True):
    """What a feed of a source last said of a fact; a null ``valeur`` says that it became unknown."""

    __tablename__ = "fait_recu"

    dossier: str = Field(primary_key=True, sa_type=Text, foreign_key="orientation.dossier.id")
    source: str = Field(primary_key=True, sa_type=Text)
    flux: str = Field(primary_key=True, sa_type=Text)
    code: str = Field(primary_key=True, sa_type=Text)
    valeur: Any = Field(sa_type=JSONB)
    confirme: bool
    extrait_le: datetime = Field(sa_type=INSTANT)
    recu_le: datetime = Field(sa_type=INSTANT)
    recu: str = Field(sa_type=Text)
