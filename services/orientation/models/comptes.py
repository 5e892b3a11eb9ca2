"""What counts of each dossier, folded from its events; what is to be folded again; how often it was."""

from datetime import date

from sqlalchemy import BigInteger, Identity, Index, SmallInteger, Text
from sqlmodel import Field

from services.orientation.models.registry import Table

INCLUDED = ("perimetre", "cle", "precedent", "precedent_tous", "nombre", "de", "jusqu", "orientation", "rdv", "commune")


class DossierCompte(Table, table=True):
    """One thing that counts of a dossier (``statistics/comptes.py``), where its person lives; made from its events.

    A date without limit is an infinity. Figures are read off the index alone.
    """

    __tablename__ = "dossier_compte"
    __table_args__ = (Index("dossier_compte_jour_idx", "nature", "jour", postgresql_include=INCLUDED),)

    dossier: str = Field(primary_key=True, sa_type=Text)
    numero: int = Field(primary_key=True, sa_type=SmallInteger)
    commune: str | None = Field(default=None, sa_type=Text)
    nature: int = Field(sa_type=SmallInteger)
    jour: date
    cle: str = Field(sa_type=Text)
    perimetre: int = Field(sa_type=SmallInteger)
    precedent: date
    precedent_tous: date
    orientation: int
    rdv: int
    nombre: int
    de: date
    jusqu: date


class CompteARefaire(Table, table=True):
    """A dossier whose events or place changed, once for each change: triggers write it, whoever changes them."""

    __tablename__ = "compte_a_refaire"

    rang: int = Field(primary_key=True, sa_type=BigInteger, sa_column_args=(Identity(always=True),), default=None)
    dossier: str = Field(sa_type=Text)


class CompteDepasse(Table, table=True):
    """A dossier that an older version of the product folded, while it still ran beside this one: a trigger notes it."""

    __tablename__ = "compte_depasse"

    rang: int = Field(primary_key=True, sa_type=BigInteger, sa_column_args=(Identity(always=True),), default=None)
    dossier: str = Field(sa_type=Text)


class CompteVersion(Table, table=True):
    """The one row that tells one state of ``dossier_compte`` from another."""

    __tablename__ = "compte_version"

    unique: bool = Field(primary_key=True)
    version: int = Field(sa_type=BigInteger)
