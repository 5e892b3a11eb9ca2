"""Which write last changed what a source says of a quantity, so that an answer computed before it is known to be old."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "presence",
        sa.Column("ecriture", sa.BigInteger(), server_default="0", nullable=False),
        schema="indicators",
    )


def downgrade() -> None:
    op.drop_column("presence", "ecriture", schema="indicators")
