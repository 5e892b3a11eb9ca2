"""Tables of quantities, their targets, and the sources that measure them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


def create() -> None:
    """Make the tables and their indexes."""
    op.create_table(
        "cible",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("grandeur", sa.Text(), nullable=False),
        sa.Column("territoire", sa.Text(), nullable=False),
        sa.Column("periode", sa.Text(), nullable=False),
        sa.Column("contenu", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("connu_du", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connu_au", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("cible_pkey")),
        schema="indicators",
    )
    op.create_index(
        "cible_courante_key",
        "cible",
        ["plan", "grandeur", "territoire", "periode"],
        unique=True,
        schema="indicators",
        postgresql_where=sa.text("connu_au IS NULL"),
    )
    op.create_table(
        "definition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("grandeur", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("definition_pkey")),
        sa.UniqueConstraint("plan", "grandeur", "version", name=op.f("definition_plan_grandeur_version_key")),
        schema="indicators",
    )
    op.create_table(
        "grandeur_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contenu", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("connu_du", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connu_au", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cle", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("indicateur", sa.Text(), nullable=False),
        sa.Column("fiche", sa.Integer(), nullable=False),
        sa.Column("definition", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("grandeur_version_pkey")),
        schema="indicators",
    )
    op.create_index(
        "grandeur_version_courant_key",
        "grandeur_version",
        ["plan", "cle"],
        unique=True,
        schema="indicators",
        postgresql_where=sa.text("connu_au IS NULL"),
    )
    op.create_table(
        "source",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("libelle", sa.Text(), nullable=True),
        sa.Column("organisme", sa.Text(), nullable=True),
        sa.Column("seuil_secret", sa.Integer(), nullable=True),
        sa.Column("vue_le", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("source_pkey")),
        schema="indicators",
    )
    op.create_table(
        "source_reference",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("indicateur", sa.Text(), nullable=False),
        sa.Column("valide_du", sa.Date(), nullable=True),
        sa.Column("valide_au", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("source_reference_pkey")),
        schema="indicators",
    )
    op.create_index(
        op.f("indicators_source_reference_indicateur_idx"),
        "source_reference",
        ["indicateur"],
        unique=False,
        schema="indicators",
    )
    op.create_index(
        op.f("indicators_source_reference_source_idx"),
        "source_reference",
        ["source"],
        unique=False,
        schema="indicators",
    )


def drop() -> None:
    """Remove them."""
    op.drop_index(op.f("indicators_source_reference_source_idx"), table_name="source_reference", schema="indicators")
    op.drop_index(
        op.f("indicators_source_reference_indicateur_idx"), table_name="source_reference", schema="indicators"
    )
    op.drop_table("source_reference", schema="indicators")
    op.drop_table("source", schema="indicators")
    op.drop_index(
        "grandeur_version_courant_key",
        table_name="grandeur_version",
        schema="indicators",
        postgresql_where=sa.text("connu_au IS NULL"),
    )
    op.drop_table("grandeur_version", schema="indicators")
    op.drop_table("definition", schema="indicators")
    op.drop_index(
        "cible_courante_key", table_name="cible", schema="indicators", postgresql_where=sa.text("connu_au IS NULL")
    )
    op.drop_table("cible", schema="indicators")
