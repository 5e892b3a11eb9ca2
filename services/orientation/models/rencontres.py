"""Meetings of the RIO, who is enrolled in them, and who waits for a seat."""

from datetime import datetime

from sqlalchemy import BigInteger, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.orientation.models.registry import INSTANT, Table


class Rencontre(Table, table=True):
    """A meeting: where, from when to when, for how many. ``sequence`` counts its changes, as RFC 5545 asks."""

    __tablename__ = "rencontre"
    __table_args__ = (Index("rencontre_debut_idx", "debut", "id"),)

    id: str = Field(primary_key=True, sa_type=Text)
    serie: str | None = Field(default=None, sa_type=Text, index=True)
    lieu: str = Field(sa_type=Text)
    commune: str = Field(sa_type=Text)
    ctm: str = Field(sa_type=Text)
    debut: datetime = Field(sa_type=INSTANT)
    fin: datetime = Field(sa_type=INSTANT)
    capacite: int
    modalite: str = Field(sa_type=Text)
    animateurs: list[str] = Field(sa_type=ARRAY(Text))
    langues: list[str] = Field(sa_type=ARRAY(Text))
    accessibilite: list[str] = Field(sa_type=ARRAY(Text))
    statut: str = Field(sa_type=Text)
    motif_annulation: str | None = Field(default=None, sa_type=Text)
    sequence: int = 0
    acteur: str = Field(sa_type=Text)
    cree_le: datetime = Field(sa_type=INSTANT)
    modifie_le: datetime = Field(sa_type=INSTANT)


class Inscription(Table, table=True):
    """A person's seat. ``debut`` and ``fin`` are the meeting's.

    The database refuses two seats ``INSCRITE`` of one person that overlap: ``inscription_chevauchement_excl``, made by
    the migration, for the models cannot say it.
    """

    __tablename__ = "inscription"
    __table_args__ = (
        Index("inscription_rencontre_idx", "rencontre", "rang"),
        Index("inscription_dossier_idx", "dossier", "debut"),
    )

    rang: int = Field(primary_key=True, sa_type=BigInteger, sa_column_args=(Identity(always=True),), default=None)
    id: str = Field(sa_type=Text, unique=True)
    rencontre: str = Field(sa_type=Text, foreign_key="orientation.rencontre.id")
    dossier: str = Field(sa_type=Text, foreign_key="orientation.dossier.id")
    debut: datetime = Field(sa_type=INSTANT)
    fin: datetime = Field(sa_type=INSTANT)
    statut: str = Field(sa_type=Text)
    promue: bool = False
    preavis_respecte: bool
    motif_annulation: str | None = Field(default=None, sa_type=Text)
    issue: str | None = Field(default=None, sa_type=Text)
    issue_le: datetime | None = Field(default=None, sa_type=INSTANT)
    inscrite_le: datetime = Field(sa_type=INSTANT)
    annulee_le: datetime | None = Field(default=None, sa_type=INSTANT)


class Attente(Table, table=True):
    """A person's place in the queue of a full meeting; ``rang`` is the order of arrival."""

    __tablename__ = "attente"
    __table_args__ = (
        Index(
            "attente_rencontre_key", "rencontre", "dossier", unique=True, postgresql_where=text("statut = 'EN_ATTENTE'")
        ),
        Index("attente_rencontre_idx", "rencontre", "rang"),
    )

    rang: int = Field(primary_key=True, sa_type=BigInteger, sa_column_args=(Identity(always=True),), default=None)
    id: str = Field(sa_type=Text, unique=True)
    rencontre: str = Field(sa_type=Text, foreign_key="orientation.rencontre.id")
    dossier: str = Field(sa_type=Text, foreign_key="orientation.dossier.id", index=True)
    statut: str = Field(sa_type=Text)
    inscription: str | None = Field(default=None, sa_type=Text, foreign_key="orientation.inscription.id", unique=True)
    arrivee_le: datetime = Field(sa_type=INSTANT)
    sortie_le: datetime | None = Field(default=None, sa_type=INSTANT)
