"""Figures on their way to the indicators."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.orientation.models.registry import INSTANT, Table


class Envoi(Table, table=True):
    """The figures of one month, written with the decision to send them; ``id`` is the key under which they are sent."""

    __tablename__ = "envoi"
    __table_args__ = (
        Index("envoi_mois_idx", "mois", "rang"),
        Index("envoi_attente_idx", "rang", postgresql_where=text("etat <> 'ENVOYE'")),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    rang: int = Field(sa_type=BigInteger, sa_column_args=(Identity(always=True),), default=None)
    mois: date
    empreinte: bytes = Field(sa_type=LargeBinary)
    corps: dict[str, Any] = Field(sa_type=JSONB)
    lignes: int
    etat: str = Field(sa_type=Text)
    cree_le: datetime = Field(sa_type=INSTANT)
    essais: int
    prochain_le: datetime = Field(sa_type=INSTANT)
    statut: int | None = None
    envoye_le: datetime | None = Field(default=None, sa_type=INSTANT)
    lot: str | None = Field(default=None, sa_type=Text)
    rejetees: int | None = None
