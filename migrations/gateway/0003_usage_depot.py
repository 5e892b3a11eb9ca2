"""Which deposit of counts each door made last, so that none is added twice."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "usage_depot",
        sa.Column("porte", sa.UUID(), nullable=False),
        sa.Column("rang", sa.BigInteger(), nullable=False),
        sa.Column("depose_le", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("porte", name=op.f("usage_depot_pkey")),
        schema="gateway",
    )


def downgrade() -> None:
    op.drop_table("usage_depot", schema="gateway")
