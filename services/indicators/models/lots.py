"""Pushes, their fate, and the answers kept for callers who repeat a request."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.indicators.models.registry import INSTANT, Table
from shared.idempotency import Reponse


class Lot(Table, table=True):
    """One push and its fate."""

    __tablename__ = "lot"
    __table_args__ = (Index("lot_acteur_idx", "acteur", "rang"),)

    id: str = Field(primary_key=True, sa_type=Text)
    rang: int = Field(sa_type=BigInteger, sa_column_args=(Identity(always=True),), default=None)
    plan: str = Field(sa_type=Text)
    acteur: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    etat: str = Field(sa_type=Text)
    statut: int | None = None
    rapport: dict[str, Any] = Field(sa_type=JSONB)
    recu_le: datetime = Field(sa_type=INSTANT, index=True)
    termine_le: datetime | None = Field(default=None, sa_type=INSTANT)
    expire_le: datetime = Field(sa_type=INSTANT, index=True)


class LotRejet(Table, table=True):
    """One fault of a push; the row itself stands beside its first fault."""

    __tablename__ = "lot_rejet"

    lot: str = Field(primary_key=True, sa_type=Text)
    rang: int = Field(primary_key=True)
    indice: int
    faute: dict[str, Any] = Field(sa_type=JSONB)
    ligne: dict[str, Any] | None = Field(default=None, sa_type=JSONB)


class LotCorps(Table, table=True):
    """The body of a push that waits for its turn, and what is needed to read it as its caller."""

    __tablename__ = "lot_corps"

    lot: str = Field(primary_key=True, sa_type=Text)
    corps: bytes = Field(sa_type=LargeBinary)
    demande: dict[str, Any] = Field(sa_type=JSONB)


class Idempotence(Table, Reponse, table=True):
    """The answers kept for callers who repeat a request."""

    __tablename__ = "idempotence"
