"""Rule sets that people write: drafts, then published ones, which nothing changes any more."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from services.orientation.models.registry import INSTANT, Table


class JeuRegles(Table, table=True):
    """A rule set: ``contenu`` is its JSON, byte for byte what ``empreinte`` (SHA-256) is of.

    ``auteurs`` are those who wrote in it, ``rapport`` and ``simulation`` say on which content they were made. Once
    ``publie_le`` is set, a trigger refuses any change.
    """

    __tablename__ = "jeu_regles"
    __table_args__ = (Index("jeu_regles_publie_idx", "publie_le", postgresql_where=text("publie_le IS NOT NULL")),)

    version: str = Field(primary_key=True, sa_type=Text)
    contenu: str = Field(sa_type=Text)
    empreinte: str = Field(sa_type=Text)
    auteurs: list[str] = Field(sa_type=ARRAY(Text))
    cas: list[dict[str, Any]] = Field(sa_type=JSONB)
    rapport: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    simulation: dict[str, Any] | None = Field(
        default=None,
        sa_type=JSONB(none_as_null=True),
    )
    cree_le: datetime = Field(sa_type=INSTANT)
    modifie_le: datetime = Field(sa_type=INSTANT)
    publie_le: datetime | None = Field(default=None, sa_type=INSTANT)
    publie_par: str | None = Field(default=None, sa_type=Text)
