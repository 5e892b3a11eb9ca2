"""Requests for another pathway, the team's opinion, the decision."""

from datetime import date

from sqlalchemy import BigInteger, Identity, Index, Text, text
from sqlmodel import Field

from services.orientation.models.registry import Table


class Reorientation(Table, table=True):
    """A request for another pathway: one at a time for a dossier. ``echeance_avis`` is null when no opinion is due."""

    __tablename__ = "reorientation"
    __table_args__ = (
        Index("reorientation_en_cours_idx", "dossier", unique=True, postgresql_where=text("decidee_le IS NULL")),
        Index(
            "reorientation_avis_idx",
            "echeance_avis",
            "id",
            postgresql_where=text("decidee_le IS NULL AND avis IS NULL"),
        ),
        Index("reorientation_etat_idx", "etat", "rang"),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    rang: int = Field(sa_type=BigInteger, sa_column_args=(Identity(always=True),), default=None)
    dossier: str = Field(sa_type=Text, foreign_key="orientation.dossier.id")
    de: str = Field(sa_type=Text)
    vers: str = Field(sa_type=Text)
    motif: str = Field(sa_type=Text)
    etat: str = Field(sa_type=Text)
    demandee_le: date
    demandeur: str = Field(sa_type=Text)
    echeance_avis: date | None = None
    avis: str | None = Field(default=None, sa_type=Text)
    avis_le: date | None = None
    decidee_le: date | None = None
    decideur: str | None = Field(default=None, sa_type=Text)
    motif_decision: str | None = Field(default=None, sa_type=Text)
