"""What was measured: the current state and every revision, apart; the sums kept beside; who pushes."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, Index, Numeric, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from services.indicators.models.registry import INSTANT, Table


class Cle(SQLModel):
    """The natural key of a measurement; ``ventilation`` is canonical (``age:25-49|sexe:F``, empty for the total)."""

    definition: int = Field(primary_key=True)
    territoire: str = Field(primary_key=True, sa_type=Text)
    periode: str = Field(primary_key=True, sa_type=Text)
    ventilation: str = Field(primary_key=True, sa_type=Text)
    source: str = Field(primary_key=True, sa_type=Text)


class Contenu(SQLModel):
    """What a measurement says; ``valeur`` holds a numerator or a sum too, ``diviseur`` a denominator or a headcount."""

    valeur: Decimal | None = Field(default=None, sa_type=Numeric)
    diviseur: Decimal | None = Field(default=None, sa_type=Numeric)
    texte: str | None = Field(default=None, sa_type=Text)
    statut: str | None = Field(default=None, sa_type=Text)
    confidentialite: str | None = Field(default=None, sa_type=Text)
    commentaire: str | None = Field(default=None, sa_type=Text)
    extrait_le: datetime = Field(sa_type=INSTANT)
    supprimee: bool = False


class Mesure(Table, Cle, Contenu, table=True):
    """The current state of every measurement; deleted ones stay as tombstones."""

    __tablename__ = "mesure"
    __table_args__ = (Index("mesure_ecriture_idx", "ecriture"),)

    ecriture: int = Field(sa_type=BigInteger)


class Revision(Table, Cle, Contenu, table=True):
    """Every state a measurement ever had, added and never changed."""

    __tablename__ = "revision"
    __table_args__ = (Index("revision_ecriture_idx", "ecriture"),)

    ecriture: int = Field(primary_key=True, sa_type=BigInteger)


class PeriodeRecue(Table, table=True):
    """A quantity and a period for which a source once gave something, be it deleted since: elsewhere all is new.

    ``ecriture``: the write that alone gave all of it, unchanged since, and how many rows it had in all (``lignes``).
    """

    __tablename__ = "periode_recue"

    definition: int = Field(primary_key=True)
    source: str = Field(primary_key=True, sa_type=Text)
    periode: str = Field(primary_key=True, sa_type=Text)
    ecriture: int | None = Field(default=None, sa_type=BigInteger)
    lignes: int | None = None


class Ecriture(Table, table=True):
    """One write: its instant is given last, under a lock, so that instants follow the order of commits."""

    __tablename__ = "ecriture"

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    enregistre_le: datetime | None = Field(default=None, sa_type=INSTANT, index=True)
    lot: str | None = Field(default=None, sa_type=Text)
    acteur: str = Field(sa_type=Text)


class Agregat(Table, table=True):
    """The sums of the children supplied under a parent, kept in the transaction that writes them."""

    __tablename__ = "agregat"

    definition: int = Field(primary_key=True)
    parent: str = Field(primary_key=True, sa_type=Text)
    periode: str = Field(primary_key=True, sa_type=Text)
    ventilation: str = Field(primary_key=True, sa_type=Text)
    source: str = Field(primary_key=True, sa_type=Text)
    valeur: Decimal = Field(sa_type=Numeric)
    diviseur: Decimal = Field(sa_type=Numeric)
    recus: int
    signales: int
    ecriture: int = Field(sa_type=BigInteger)


class Presence(Table, table=True):
    """How many live measurements each source has of a quantity, and the last write that changed one of them."""

    __tablename__ = "presence"

    definition: int = Field(primary_key=True)
    source: str = Field(primary_key=True, sa_type=Text)
    nombre: int = Field(sa_type=BigInteger)
    ecriture: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})


class Source(Table, table=True):
    """A system that pushes, recorded on first use."""

    __tablename__ = "source"

    code: str = Field(primary_key=True, sa_type=Text)
    libelle: str | None = Field(default=None, sa_type=Text)
    organisme: str | None = Field(default=None, sa_type=Text)
    seuil_secret: int | None = None
    vue_le: datetime = Field(sa_type=INSTANT)


class SourceReference(Table, table=True):
    """Which source is published for an indicator, and for which days."""

    __tablename__ = "source_reference"

    id: int | None = Field(default=None, primary_key=True)
    plan: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text, index=True)
    indicateur: str = Field(sa_type=Text, index=True)
    valide_du: date | None = None
    valide_au: date | None = None


class Verrou(Table, table=True):
    """Days whose measurements no longer change, for some quantities."""

    __tablename__ = "verrou"

    id: str = Field(primary_key=True, sa_type=Text)
    plan: str = Field(sa_type=Text)
    codes: list[str] = Field(sa_type=JSONB)
    debut: date
    fin: date
    motif: str = Field(sa_type=Text)
    acteur: str = Field(sa_type=Text)
    pose_le: datetime = Field(sa_type=INSTANT)
    leve_le: datetime | None = Field(default=None, sa_type=INSTANT)
