"""Tables of what is published, frozen or locked."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


def create() -> None:
    """Make the tables and their indexes."""
    op.create_table(
        "millesime",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("nom", sa.Text(), nullable=False),
        sa.Column("libelle", sa.Text(), nullable=False),
        sa.Column("au", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("millesime_pkey")),
        sa.UniqueConstraint("plan", "nom", name=op.f("millesime_plan_nom_key")),
        schema="indicators",
    )
    op.create_table(
        "publication",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("definition", sa.Integer(), nullable=False),
        sa.Column("annee", sa.Integer(), nullable=False),
        sa.Column("territoire", sa.Text(), nullable=False),
        sa.Column("periode", sa.Text(), nullable=False),
        sa.Column("ventilation", sa.Text(), nullable=False),
        sa.Column("cachee", sa.Boolean(), nullable=False),
        sa.Column("cellule", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("publie_du", sa.DateTime(timezone=True), nullable=False),
        sa.Column("publie_au", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("publication_pkey")),
        schema="indicators",
    )
    op.create_index(
        "publication_courante_key",
        "publication",
        ["definition", "territoire", "periode", "ventilation"],
        unique=True,
        schema="indicators",
        postgresql_where=sa.text("publie_au IS NULL"),
    )
    op.create_index("publication_unite_idx", "publication", ["definition", "annee"], unique=False, schema="indicators")
    op.create_table(
        "unite_publication",
        sa.Column("definition", sa.Integer(), nullable=False),
        sa.Column("annee", sa.Integer(), nullable=False),
        sa.Column("publie_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("demandes", sa.Integer(), nullable=False),
        sa.Column("faites", sa.Integer(), nullable=False),
        sa.Column("en_attente", sa.Boolean(), nullable=False),
        sa.Column("motif", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("definition", "annee", name=op.f("unite_publication_pkey")),
        schema="indicators",
    )
    op.create_table(
        "verrou",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("codes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("debut", sa.Date(), nullable=False),
        sa.Column("fin", sa.Date(), nullable=False),
        sa.Column("motif", sa.Text(), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("pose_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leve_le", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("verrou_pkey")),
        schema="indicators",
    )


def drop() -> None:
    """Remove them."""
    op.drop_table("verrou", schema="indicators")
    op.drop_table("unite_publication", schema="indicators")
    op.drop_index("publication_unite_idx", table_name="publication", schema="indicators")
    op.drop_index(
        "publication_courante_key",
        table_name="publication",
        schema="indicators",
        postgresql_where=sa.text("publie_au IS NULL"),
    )
    op.drop_table("publication", schema="indicators")
    op.drop_table("millesime", schema="indicators")
