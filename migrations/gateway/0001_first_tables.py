"""First tables: partner keys, their secrets, and the answers kept for callers who repeat a request."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "cle",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("libelle", sa.Text(), nullable=False),
        sa.Column("portees", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("sources", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("grandeurs", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("territoires", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cree_par", sa.Text(), nullable=False),
        sa.Column("expire_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoquee_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoquee_par", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("cle_pkey")),
        schema="gateway",
    )
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
        schema="gateway",
    )
    op.create_index(op.f("gateway_idempotence_cree_le_idx"), "idempotence", ["cree_le"], unique=False, schema="gateway")
    op.create_table(
        "secret",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("cle", sa.Text(), nullable=False),
        sa.Column("empreinte", sa.LargeBinary(), nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expire_le", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cle"], ["gateway.cle.id"], name=op.f("secret_cle_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("secret_pkey")),
        schema="gateway",
    )
    op.create_index(op.f("gateway_secret_cle_idx"), "secret", ["cle"], unique=False, schema="gateway")


def downgrade() -> None:
    op.drop_index(op.f("gateway_secret_cle_idx"), table_name="secret", schema="gateway")
    op.drop_table("secret", schema="gateway")
    op.drop_index(op.f("gateway_idempotence_cree_le_idx"), table_name="idempotence", schema="gateway")
    op.drop_table("idempotence", schema="gateway")
    op.drop_table("cle", schema="gateway")
