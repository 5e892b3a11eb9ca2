"""Tables of measurements, their revisions and sums, and the writes that made them."""

import sqlalchemy as sa
from alembic import op


def create() -> None:
    """Make the tables and their indexes."""
    op.create_table(
        "agregat",
        sa.Column("definition", sa.Integer(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=False),
        sa.Column("periode", sa.Text(), nullable=False),
        sa.Column("ventilation", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("valeur", sa.Numeric(), nullable=False),
        sa.Column("diviseur", sa.Numeric(), nullable=False),
        sa.Column("recus", sa.Integer(), nullable=False),
        sa.Column("signales", sa.Integer(), nullable=False),
        sa.Column("ecriture", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("definition", "parent", "periode", "ventilation", "source", name=op.f("agregat_pkey")),
        schema="indicators",
    )
    op.create_table(
        "ecriture",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("enregistre_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lot", sa.Text(), nullable=True),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("ecriture_pkey")),
        schema="indicators",
    )
    op.create_index(
        op.f("indicators_ecriture_enregistre_le_idx"), "ecriture", ["enregistre_le"], unique=False, schema="indicators"
    )
    op.create_table(
        "mesure",
        sa.Column("valeur", sa.Numeric(), nullable=True),
        sa.Column("diviseur", sa.Numeric(), nullable=True),
        sa.Column("texte", sa.Text(), nullable=True),
        sa.Column("statut", sa.Text(), nullable=True),
        sa.Column("confidentialite", sa.Text(), nullable=True),
        sa.Column("commentaire", sa.Text(), nullable=True),
        sa.Column("extrait_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("supprimee", sa.Boolean(), nullable=False),
        sa.Column("definition", sa.Integer(), nullable=False),
        sa.Column("territoire", sa.Text(), nullable=False),
        sa.Column("periode", sa.Text(), nullable=False),
        sa.Column("ventilation", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("ecriture", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "definition", "territoire", "periode", "ventilation", "source", name=op.f("mesure_pkey")
        ),
        schema="indicators",
    )
    op.create_index("mesure_ecriture_idx", "mesure", ["ecriture"], unique=False, schema="indicators")
    op.create_table(
        "presence",
        sa.Column("definition", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("nombre", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("definition", "source", name=op.f("presence_pkey")),
        schema="indicators",
    )
    op.create_table(
        "revision",
        sa.Column("valeur", sa.Numeric(), nullable=True),
        sa.Column("diviseur", sa.Numeric(), nullable=True),
        sa.Column("texte", sa.Text(), nullable=True),
        sa.Column("statut", sa.Text(), nullable=True),
        sa.Column("confidentialite", sa.Text(), nullable=True),
        sa.Column("commentaire", sa.Text(), nullable=True),
        sa.Column("extrait_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("supprimee", sa.Boolean(), nullable=False),
        sa.Column("definition", sa.Integer(), nullable=False),
        sa.Column("territoire", sa.Text(), nullable=False),
        sa.Column("periode", sa.Text(), nullable=False),
        sa.Column("ventilation", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("ecriture", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "definition", "territoire", "periode", "ventilation", "source", "ecriture", name=op.f("revision_pkey")
        ),
        schema="indicators",
    )
    op.create_index("revision_ecriture_idx", "revision", ["ecriture"], unique=False, schema="indicators")


def drop() -> None:
    """Remove them."""
    op.drop_index("revision_ecriture_idx", table_name="revision", schema="indicators")
    op.drop_table("revision", schema="indicators")
    op.drop_table("presence", schema="indicators")
    op.drop_index("mesure_ecriture_idx", table_name="mesure", schema="indicators")
    op.drop_table("mesure", schema="indicators")
    op.drop_index(op.f("indicators_ecriture_enregistre_le_idx"), table_name="ecriture", schema="indicators")
    op.drop_table("ecriture", schema="indicators")
    op.drop_table("agregat", schema="indicators")
