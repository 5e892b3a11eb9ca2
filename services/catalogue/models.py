"""Tables of the schema ``catalogue``.

What the plan says is kept in versions (:mod:`shared.versions`). A fiche is one document (``contenu``, in the shape the
interface serves); what is searched across fiches (actions, roles) is projected from it in the same transaction. What
people say of its progress is ``suivi``, apart: the official wording is never overwritten.
"""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import Column, DateTime, ForeignKey, Index, MetaData, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.plans import PlanConnu
from shared.versions import NAMES, Connu, current_once

SCHEMA = "catalogue"
metadata = MetaData(schema=SCHEMA, naming_convention=NAMES)


class Table(SQLModel, registry=registry(metadata=metadata)):
    """The base of this service's own tables."""

    metadata: ClassVar[MetaData] = metadata


class PlanVersion(Table, PlanConnu, table=True):
    """A plan: identity, axes and objectives."""

    __tablename__ = "plan_version"
    __table_args__ = (current_once("plan_version", "plan"),)


class FicheVersion(Table, Connu, table=True):
    """A fiche-action, as its reviewed file words it."""

    __tablename__ = "fiche_version"
    __table_args__ = (
        current_once("fiche_version", "plan", "numero"),
        Index("fiche_version_histoire_idx", "plan", "numero", "connu_du"),
    )

    numero: int
    axe: str = Field(sa_type=Text)
    objectif: str | None = Field(sa_type=Text)
    thematiques: list[str] = Field(sa_type=ARRAY(Text))
    publics: list[str] = Field(sa_type=ARRAY(Text))
    debut: date | None
    fin: date | None


def _version(table: str, *, nullable: bool = True) -> Any:
    return Column(ForeignKey(f"{SCHEMA}.{table}.id", ondelete="CASCADE"), nullable=nullable, index=True)


class ActionVersion(Table, table=True):
    """An action of a version of a fiche, with the dates its schedule gives."""

    __tablename__ = "action_version"

    id: int | None = Field(default=None, primary_key=True)
    fiche_version: int = Field(sa_column=_version("fiche_version", nullable=False))
    rang: int
    code: str = Field(sa_type=Text, index=True)
    contenu: dict[str, Any] = Field(sa_type=JSONB)
    debut: date | None
    fin: date | None


class RoleVersion(Table, table=True):
    """An organisation that pilots or contributes, in a version of a fiche."""

    __tablename__ = "role_version"

    id: int | None = Field(default=None, primary_key=True)
    fiche_version: int = Field(sa_column=_version("fiche_version", nullable=False))
    portee: str = Field(sa_type=Text)
    organisme: str = Field(sa_type=Text, index=True)
    role: str = Field(sa_type=Text)


class OrganismeVersion(Table, Connu, table=True):
    """An entry of the directory of organisations."""

    __tablename__ = "organisme_version"
    __table_args__ = (current_once("organisme_version", "plan", "code"),)

    code: str = Field(sa_type=Text)


class LexiqueVersion(Table, Connu, table=True):
    """An abbreviation of the plan."""

    __tablename__ = "lexique_version"
    __table_args__ = (current_once("lexique_version", "plan", "code"),)

    code: str = Field(sa_type=Text)
    rang: int


class Suivi(Table, table=True):
    """What people say of a fiche (``code`` = its number) or of an action (``code`` = ``11.A3``)."""

    __tablename__ = "suivi"
    __table_args__ = (
        current_once("suivi", "plan", "code"),
        Index("suivi_histoire_idx", "plan", "code", "connu_du"),
    )

    id: int | None = Field(default=None, primary_key=True)
    plan: str = Field(sa_type=Text)
    fiche: int
    code: str = Field(sa_type=Text)
    statut: str = Field(sa_type=Text)
    debut: date | None
    fin: date | None
    note: str | None = Field(sa_type=Text)
    connu_du: datetime = Field(sa_type=DateTime(timezone=True))
    connu_au: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class Changement(Table, table=True):
    """Who changed what, when: the members that differ, before and after. Append-only."""

    __tablename__ = "changement"
    __table_args__ = (Index("changement_fiche_idx", "plan", "fiche", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    plan: str = Field(sa_type=Text)
    fiche: int
    portee: str = Field(sa_type=Text)
    nature: str = Field(sa_type=Text)
    auteur: str = Field(sa_type=Text)
    quand: datetime = Field(sa_type=DateTime(timezone=True))
    avant: dict[str, Any] | None = Field(sa_type=JSONB)
    apres: dict[str, Any] | None = Field(sa_type=JSONB)


class Recherche(Table, table=True):
    """One text that the search can find, as one version of a fiche or of an abbreviation words it."""

    __tablename__ = "recherche"
    __table_args__ = (Index("recherche_vecteur_idx", "vecteur", postgresql_using="gin"),)

    id: int | None = Field(default=None, primary_key=True)
    fiche_version: int | None = Field(sa_column=_version("fiche_version"))
    lexique_version: int | None = Field(sa_column=_version("lexique_version"))
    type: str = Field(sa_type=Text)
    code: str = Field(sa_type=Text)
    titre: str = Field(sa_type=Text)
    texte: str = Field(sa_type=Text)
    lien: str = Field(sa_type=Text)
    vecteur: Any = Field(sa_type=TSVECTOR)
