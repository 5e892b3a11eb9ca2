"""Dossiers, one a person, and what happened: no identity, a keyed hash alone tells who it is."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.orientation.models.registry import INSTANT, Table


class Dossier(Table, table=True):
    """A person's dossier. ``pseudonyme`` is null once the identity was erased: the counts stay."""

    __tablename__ = "dossier"

    id: str = Field(primary_key=True, sa_type=Text)
    pseudonyme: bytes | None = Field(default=None, sa_type=LargeBinary, unique=True)
    cle: str | None = Field(default=None, sa_type=Text)
    commune: str | None = Field(default=None, sa_type=Text)
    ctm: str | None = Field(default=None, sa_type=Text, index=True)
    cree_le: datetime = Field(sa_type=INSTANT)
    modifie_le: datetime = Field(sa_type=INSTANT)
    efface_le: datetime | None = Field(default=None, sa_type=INSTANT)


class Evenement(Table, table=True):
    """Something that happened to a person, on a day; added, never changed. ``rang`` is the order of arrival."""

    __tablename__ = "evenement"
    __table_args__ = (Index("evenement_dossier_idx", "dossier", "date", "rang"),)

    rang: int = Field(primary_key=True, sa_type=BigInteger, sa_column_args=(Identity(always=True),), default=None)
    id: str = Field(sa_type=Text, unique=True)
    dossier: str = Field(sa_type=Text, foreign_key="orientation.dossier.id")
    date: date
    type: str = Field(sa_type=Text)
    contenu: dict[str, Any] = Field(sa_type=JSONB)
    acteur: str = Field(sa_type=Text)
    enregistre_le: datetime = Field(sa_type=INSTANT, index=True)
