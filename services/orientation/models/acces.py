"""Who looked at a dossier, when and why: rows that the service may only add, then sealed in chained segments."""

from datetime import datetime

from sqlalchemy import BigInteger, Identity, Index, LargeBinary, Text, text
from sqlmodel import Field

from services.orientation.models.registry import INSTANT, Table


class Acces(Table, table=True):
    """One access; ``segment`` is null until it is sealed. ``motif`` may be erased, its SHA-256 stays under the seal."""

    __tablename__ = "acces"
    __table_args__ = (
        Index("acces_dossier_idx", "dossier", "rang"),
        Index("acces_a_sceller_idx", "rang", postgresql_where=text("segment IS NULL")),
    )

    rang: int = Field(primary_key=True, sa_type=BigInteger, sa_column_args=(Identity(always=True),), default=None)
    dossier: str = Field(sa_type=Text)
    acteur: str = Field(sa_type=Text)
    operation: str = Field(sa_type=Text)
    motif: str | None = Field(default=None, sa_type=Text)
    motif_empreinte: bytes | None = Field(default=None, sa_type=LargeBinary)
    le: datetime = Field(sa_type=INSTANT)
    segment: int | None = Field(default=None, sa_type=BigInteger, index=True)


class AccesSegment(Table, table=True):
    """A seal: the SHA-256 of the seal before it and of its own accesses; it stays when these are forgotten."""

    __tablename__ = "acces_segment"

    numero: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    nombre: int
    premier_le: datetime = Field(sa_type=INSTANT)
    dernier_le: datetime = Field(sa_type=INSTANT)
    precedente: bytes | None = Field(default=None, sa_type=LargeBinary)
    empreinte: bytes = Field(sa_type=LargeBinary)
    scelle_le: datetime = Field(sa_type=INSTANT)
    efface_le: datetime | None = Field(default=None, sa_type=INSTANT)
