"""Tables of the schema ``gateway``: partner keys, answers kept for callers who repeat a request, counts of use."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, LargeBinary, MetaData, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as UUID_TYPE
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.idempotency import Reponse
from shared.versions import NAMES

SCHEMA = "gateway"
metadata = MetaData(schema=SCHEMA, naming_convention=NAMES)
INSTANT = DateTime(timezone=True)
TEXTS = ARRAY(Text)


class Table(SQLModel, registry=registry(metadata=metadata)):
    """The base of the door's own tables."""

    metadata: ClassVar[MetaData] = metadata


class Cle(Table, table=True):
    """What a partner may do. A restriction is a list of codes, ``*`` alone for all; an empty one opens nothing."""

    __tablename__ = "cle"

    id: str = Field(primary_key=True, sa_type=Text)
    libelle: str = Field(sa_type=Text)
    portees: list[str] = Field(sa_type=TEXTS)
    sources: list[str] = Field(sa_type=TEXTS)
    grandeurs: list[str] = Field(sa_type=TEXTS)
    territoires: list[str] = Field(sa_type=TEXTS)
    cree_le: datetime = Field(sa_type=INSTANT)
    cree_par: str = Field(sa_type=Text)
    expire_le: datetime = Field(sa_type=INSTANT)
    revoquee_le: datetime | None = Field(default=None, sa_type=INSTANT)
    revoquee_par: str | None = Field(default=None, sa_type=Text)


class Secret(Table, table=True):
    """A secret of a key, as the HMAC of what was shown once; the pepper stands outside the database."""

    __tablename__ = "secret"

    id: str = Field(primary_key=True, sa_type=Text)
    cle: str = Field(sa_type=Text, foreign_key="gateway.cle.id", index=True)
    empreinte: bytes = Field(sa_type=LargeBinary)
    cree_le: datetime = Field(sa_type=INSTANT)
    expire_le: datetime = Field(sa_type=INSTANT)


class Idempotence(Table, Reponse, table=True):
    """The answers kept for callers who repeat a request; never with a key."""

    __tablename__ = "idempotence"


class Usage(Table, table=True):
    """How many requests came in a day from one kind of callers for one resource; nothing tells who they were."""

    __tablename__ = "usage"

    jour: date = Field(primary_key=True)
    genre: str = Field(primary_key=True, sa_type=Text)
    ressource: str = Field(primary_key=True, sa_type=Text)
    nombre: int = Field(sa_type=BigInteger)


class UsageDepot(Table, table=True):
    """The last deposit of counts that one process made: a second try of it adds nothing."""

    __tablename__ = "usage_depot"

    porte: UUID = Field(primary_key=True, sa_type=UUID_TYPE)
    rang: int = Field(sa_type=BigInteger)
    depose_le: datetime = Field(sa_type=INSTANT)


class UsageEnvoye(Table, table=True):
    """A month whose connections the indicators have received; ``mois`` is its first day."""

    __tablename__ = "usage_envoye"

    mois: date = Field(primary_key=True)
    connexions: int = Field(sa_type=BigInteger)
    envoye_le: datetime = Field(sa_type=INSTANT)
