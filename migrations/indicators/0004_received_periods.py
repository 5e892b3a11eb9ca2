"""Quantities and periods for which a source once gave something: elsewhere all that comes is new."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "periode_recue",
        sa.Column("definition", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("periode", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("definition", "source", "periode", name=op.f("periode_recue_pkey")),
        schema="indicators",
    )
    op.execute(
        "INSERT INTO indicators.periode_recue (definition, source, periode)"
        " SELECT DISTINCT definition, source, periode FROM indicators.mesure"
    )


def downgrade() -> None:
    op.drop_table("periode_recue", schema="indicators")
