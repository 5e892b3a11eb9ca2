"""First tables: the definitions of the indicators, in versions."""

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
        "indicateur_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contenu", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("connu_du", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connu_au", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("fiche", sa.Integer(), nullable=False),
        sa.Column("rang", sa.Integer(), nullable=False),
        sa.Column("axe", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("indicateur_version_pkey")),
        schema="indicators",
    )
    op.create_index(
        "indicateur_version_courant_key",
        "indicateur_version",
        ["plan", "code"],
        unique=True,
        schema="indicators",
        postgresql_where=sa.text("connu_au IS NULL"),
    )
    op.create_table(
        "plan_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("contenu", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("connu_du", sa.DateTime(timezone=True), nullable=False),
        sa.Column("connu_au", sa.DateTime(timezone=True), nullable=True),
        sa.Column("debut", sa.Date(), nullable=False),
        sa.Column("fin", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("plan_version_pkey")),
        schema="indicators",
    )
    op.create_index(
        "plan_version_courant_key",
        "plan_version",
        ["plan"],
        unique=True,
        schema="indicators",
        postgresql_where=sa.text("connu_au IS NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "plan_version_courant_key",
        table_name="plan_version",
        schema="indicators",
        postgresql_where=sa.text("connu_au IS NULL"),
    )
    op.drop_table("plan_version", schema="indicators")
    op.drop_index(
        "indicateur_version_courant_key",
        table_name="indicateur_version",
        schema="indicators",
        postgresql_where=sa.text("connu_au IS NULL"),
    )
    op.drop_table("indicateur_version", schema="indicators")
