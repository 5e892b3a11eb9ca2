"""Which write alone filled a quantity at a period, so that all of it is read off the index of writes."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("periode_recue", sa.Column("ecriture", sa.BigInteger(), nullable=True), schema="indicators")
    op.add_column("periode_recue", sa.Column("lignes", sa.Integer(), nullable=True), schema="indicators")


def downgrade() -> None:
    op.drop_column("periode_recue", "lignes", schema="indicators")
    op.drop_column("periode_recue", "ecriture", schema="indicators")
