"""Tables of pushes, their bodies and refused rows, and answers kept for repeated requests."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


def create() -> None:
    """Make the tables and their indexes."""
    op.create_table(
        "idempotence",
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("cle", sa.Text(), nullable=False),
        sa.Column("empreinte", sa.LargeBinary(), nullable=False),
        sa.Column("statut", sa.SmallInteger(), nullable=False),
        sa.Column("entetes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("corps", sa.LargeBinary(), nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("acteur", "cle", name=op.f("idempotence_pkey")),
        schema="indicators",
    )
    op.create_index(
        op.f("indicators_idempotence_cree_le_idx"), "idempotence", ["cree_le"], unique=False, schema="indicators"
    )
    op.create_table(
        "lot",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("rang", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("etat", sa.Text(), nullable=False),
        sa.Column("statut", sa.Integer(), nullable=True),
        sa.Column("rapport", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("recu_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("termine_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expire_le", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("lot_pkey")),
        schema="indicators",
    )
    op.create_index(op.f("indicators_lot_expire_le_idx"), "lot", ["expire_le"], unique=False, schema="indicators")
    op.create_index(op.f("indicators_lot_recu_le_idx"), "lot", ["recu_le"], unique=False, schema="indicators")
    op.create_index("lot_acteur_idx", "lot", ["acteur", "rang"], unique=False, schema="indicators")
    op.create_table(
        "lot_corps",
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("corps", sa.LargeBinary(), nullable=False),
        sa.Column("demande", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("lot", name=op.f("lot_corps_pkey")),
        schema="indicators",
    )
    op.create_table(
        "lot_rejet",
        sa.Column("lot", sa.Text(), nullable=False),
        sa.Column("rang", sa.Integer(), nullable=False),
        sa.Column("indice", sa.Integer(), nullable=False),
        sa.Column("faute", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("ligne", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("lot", "rang", name=op.f("lot_rejet_pkey")),
        schema="indicators",
    )


def drop() -> None:
    """Remove them."""
    op.drop_table("lot_rejet", schema="indicators")
    op.drop_table("lot_corps", schema="indicators")
    op.drop_index("lot_acteur_idx", table_name="lot", schema="indicators")
    op.drop_index(op.f("indicators_lot_recu_le_idx"), table_name="lot", schema="indicators")
    op.drop_index(op.f("indicators_lot_expire_le_idx"), table_name="lot", schema="indicators")
    op.drop_table("lot", schema="indicators")
    op.drop_index(op.f("indicators_idempotence_cree_le_idx"), table_name="idempotence", schema="indicators")
    op.drop_table("idempotence", schema="indicators")
